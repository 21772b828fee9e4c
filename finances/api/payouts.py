"""Commissions and payouts over HTTP (FIN-07). Nothing here can say that a bank has paid."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.api.idempotency import answer_once
from core.api.permissions import IsAdmin, IsPublic, IsStaff
from finances import errors
from finances.api.filters import CommissionFilter, PayoutFilter
from finances.api.payouts_shapes import (
    CommissionOutput,
    PayoutDetailOutput,
    PayoutInput,
    PayoutOutput,
    PayoutsStored,
)
from finances.api.serializers import WebhookReceived
from finances.models import Commission, Payout
from finances.selectors.commissions import list_commissions, parties_of
from finances.selectors.payouts import get_payout, list_payouts
from finances.services.payouts import pay_out
from finances.services.payouts_webhooks import receive_payout_event
from users.types import AuthenticatedRequest

TAGS = ["finanzas"]


class CommissionsView(generics.ListAPIView[Commission]):
    """What I have earned; an administrator sees everybody's."""

    request: AuthenticatedRequest
    permission_classes = [IsStaff]
    throttle_scope = "payments"
    serializer_class = CommissionOutput
    filterset_class = CommissionFilter
    queryset = Commission.objects.none()

    def get_queryset(self) -> QuerySet[Commission]:
        user = self.request.user
        parties = None if user.role == "admin" else parties_of(person_id=user.pk)
        return list_commissions(parties=parties)

    @extend_schema(summary="Comisiones, de la más reciente a la más antigua", tags=TAGS)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One page."""
        return super().get(request, *args, **kwargs)


class PayoutsView(generics.ListAPIView[Payout]):
    """Batches of bank payments."""

    permission_classes = [IsAdmin]
    throttle_scope = "payouts"
    idempotent_methods = ("POST",)
    serializer_class = PayoutOutput
    filterset_class = PayoutFilter
    refusals = {"POST": (errors.PayeeUnknown, errors.NothingToPayOut)}

    def get_queryset(self) -> QuerySet[Payout]:
        return list_payouts()

    @extend_schema(summary="Pagos a terceros, del más reciente al más antiguo", tags=TAGS)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One page."""
        return super().get(request, *args, **kwargs)

    @extend_schema(
        summary="Pagar comisiones y propinas",
        tags=TAGS,
        request=PayoutInput,
        responses={201: PayoutsStored},
    )
    def post(self, request: AuthenticatedRequest) -> HttpResponse:
        """Batches are stored now and sent within seconds; `GET` says what became of them."""
        asked = PayoutInput.parse(request.data)
        return answer_once(
            request,
            pay_out,
            present=_present,
            payee_ids=asked.get("payees"),
            actor_id=request.user.pk,
            now=timezone.now(),
        )


class PayoutView(APIView):
    """One batch with its lines."""

    permission_classes = [IsAdmin]
    throttle_scope = "payments"
    refusals = {"GET": (errors.PayoutUnknown,)}

    @extend_schema(
        summary="Un pago a terceros con sus líneas", tags=TAGS, responses=PayoutDetailOutput
    )
    def get(self, request: Request, payout_id: UUID) -> Response:
        """As it is known now."""
        return Response(PayoutDetailOutput(get_payout(payout_id=payout_id)).data)


class PayoutsWebhookView(APIView):
    """Events of the payouts provider, which is another product than the payment gateway."""

    authentication_classes = []
    permission_classes = [IsPublic]
    throttle_scope = "webhook"
    refusals = {"POST": (errors.WebhookSignatureWrong,)}

    @extend_schema(
        tags=TAGS,
        summary="Evento firmado de pagos a terceros de Wompi",
        auth=[],
        request=OpenApiTypes.OBJECT,
        responses=WebhookReceived,
    )
    def post(self, request: Request) -> Response:
        """200 once the event is kept, repeats and unknown kinds too; 401 without a signature."""
        receive_payout_event(body=request._request.body, now=timezone.now())
        return Response({"status": "stored"})


def _present(payouts: list[Payout]) -> dict[str, Any]:
    found = [get_payout(payout_id=payout.pk) for payout in payouts]
    return {"payouts": [dict(PayoutDetailOutput(payout).data) for payout in found]}
