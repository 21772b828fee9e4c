"""What providers post to us: proven, stored, answered at once (FIN-02, NA-40)."""

import hashlib

from django.conf import settings
from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from core import inbox
from core.api.permissions import IsPublic
from core.crypto import constant_time_equal
from notifications import errors
from notifications.gateways import sms, whatsapp

TAGS = ["Webhooks"]


class WhatsAppWebhookView(APIView):
    """`GET` proves to Meta that the address is ours; `POST` takes what it tells us."""

    authentication_classes = ()
    permission_classes = [IsPublic]
    throttle_scope = "webhook"
    refusals = {"POST": (errors.WebhookSignatureWrong,)}

    @extend_schema(
        tags=TAGS,
        summary="Verificación del webhook de WhatsApp",
        parameters=[
            OpenApiParameter("hub.mode", required=True, enum=["subscribe"]),
            OpenApiParameter("hub.verify_token", required=True),
            OpenApiParameter("hub.challenge", required=True),
        ],
        responses={(200, "text/plain"): OpenApiTypes.STR},
    )
    def get(self, request: Request) -> HttpResponse:
        asked = request.query_params
        is_ours = constant_time_equal(
            asked.get("hub.verify_token", ""), settings.WHATSAPP_VERIFY_TOKEN
        )
        if asked.get("hub.mode") != "subscribe" or not is_ours:
            raise errors.WebhookVerificationRefused
        return HttpResponse(asked.get("hub.challenge", ""), content_type="text/plain")

    @extend_schema(
        tags=TAGS,
        summary="Avisos de WhatsApp",
        parameters=[OpenApiParameter("X-Hub-Signature-256", location="header", required=True)],
        request=OpenApiTypes.OBJECT,
        responses={200: None},
    )
    def post(self, request: Request) -> HttpResponse:
        body = request._request.body
        signature = request.headers.get("X-Hub-Signature-256", "")
        if not whatsapp.is_authentic(body=body, signature=signature):
            raise errors.WebhookSignatureWrong
        _store("whatsapp", body)
        return HttpResponse()


class TwilioStatusWebhookView(APIView):
    """`POST` takes the status of an SMS; the address carries our reference."""

    authentication_classes = ()
    permission_classes = [IsPublic]
    throttle_scope = "webhook"
    refusals = {"POST": (errors.WebhookSignatureWrong,)}

    @extend_schema(
        tags=TAGS,
        summary="Estado de un SMS",
        parameters=[
            OpenApiParameter("delivery"),
            OpenApiParameter("X-Twilio-Signature", location="header", required=True),
        ],
        request={"application/x-www-form-urlencoded": OpenApiTypes.OBJECT},
        responses={200: None},
    )
    def post(self, request: Request) -> HttpResponse:
        body = request._request.body
        signature = request.headers.get("X-Twilio-Signature", "")
        if not sms.is_authentic(path=request.get_full_path(), body=body, signature=signature):
            raise errors.WebhookSignatureWrong
        query = request.META.get("QUERY_STRING", "").encode()
        _store("twilio", query + b"&" + body)
        return HttpResponse()


def _store(provider: str, body: bytes) -> None:
    """Keep it as received; the provider's own repeats are the same bytes.

    Two statuses come of every message, and nobody waits for them: the sweep takes them together.
    """
    key = hashlib.sha256(body).hexdigest()
    inbox.store(provider=provider, key=key, body=body, now=timezone.now(), is_awaited=False)
