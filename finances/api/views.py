"""Payments over HTTP. Nothing here can confirm one: only the gateway's word does (NA-22)."""

from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.api.permissions import IsPerson, IsPublic
from finances import errors
from finances.api.filters import CounterPaymentFilter, PaymentFilter
from finances.api.serializers import PaymentOutput, WebhookReceived
from finances.models import Payment
from finances.selectors.paid import (
    list_counter_payments,
    present_places,
    side_by_side,
)
from finances.selectors.payments import list_payments
from finances.services.charge_looks import show_payment
from finances.services.webhooks import receive_event
from users.types import AuthenticatedRequest

SEES_ALL = frozenset({"staff", "admin"})


def visible_to(request: AuthenticatedRequest) -> UUID | None:
    """Whose money the caller may see: `None` means everybody's."""
    return None if request.user.role in SEES_ALL else request.user.pk


class PaymentsView(GenericAPIView[Payment]):
    """My payments, online and in person; staff see everybody's."""

    permission_classes = [IsPerson]
    throttle_scope = "payments"
    serializer_class = PaymentOutput
    filterset_class = PaymentFilter
    queryset = Payment.objects.none()

    @extend_schema(
        operation_id="payments_list",
        tags=["finanzas"],
        summary="Mis pagos, del más reciente al más antiguo",
        responses=PaymentOutput(many=True),
    )
    def get(self, request: AuthenticatedRequest) -> Response:
        """One page."""
        client_id = visible_to(request)
        online = self.filter_queryset(list_payments(client_id=client_id))
        in_person = CounterPaymentFilter(
            request.query_params, list_counter_payments(client_id=client_id)
        )
        page: Any = self.paginate_queryset(side_by_side(online, in_person.qs))
        return self.get_paginated_response(present_places(page))


class PaymentView(APIView):
    """One payment of mine; staff see everybody's."""

    permission_classes = [IsPerson]
    throttle_scope = "payments"
    refusals = {"GET": (errors.PaymentUnknown,)}

    @extend_schema(
        tags=["finanzas"],
        summary="Un pago, su último cobro y, mientras se pueda pagar, su checkout",
        responses=PaymentOutput,
    )
    def get(self, request: AuthenticatedRequest, payment_id: UUID) -> Response:
        """404 for somebody else's, as for none. `charge.next` says what the payer does next."""
        client_id = visible_to(request)
        return Response(
            show_payment(payment_id=payment_id, client_id=client_id, now=timezone.now())
        )


class WompiWebhookView(APIView):
    """Events of the payment gateway. No limit by address: all customers share the gateway's."""

    authentication_classes = []
    permission_classes = [IsPublic]
    throttle_scope = "webhook"
    refusals = {"POST": (errors.WebhookSignatureWrong,)}

    @extend_schema(
        tags=["finanzas"],
        summary="Evento firmado de Wompi",
        auth=[],
        request=OpenApiTypes.OBJECT,
        responses=WebhookReceived,
    )
    def post(self, request: Request) -> Response:
        """200 once the event is kept, repeats and unknown kinds too; 401 without a signature."""
        receive_event(body=request._request.body, now=timezone.now())
        return Response({"status": "stored"})
