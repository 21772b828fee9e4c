"""Charging a payment by API. The answer says that it was ordered; what came of it, its GET."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.api.idempotency import answer_once
from core.api.permissions import IsPerson, IsPublic
from core.use_cases import UseCase
from finances import errors
from finances.api.charges_shapes import (
    BankOutput,
    ChargeInput,
    PaymentAcceptanceOutput,
    RetryInput,
    means_of,
    spent_of,
)
from finances.api.serializers import ChargeOutput
from finances.models import Charge
from finances.selectors.charges import present_charge
from finances.selectors.gateway import get_acceptance, list_banks
from finances.services.charges import retry_charge, send_charge, start_charge
from users.types import AuthenticatedRequest

ORDERING: tuple[Any, ...] = (
    errors.PaymentUnknown,
    errors.PaymentNotPayable,
    errors.ChargeOpen,
    errors.ChargeTriesUsed,
    errors.ChargeDataMissing,
    errors.EmailNeeded,
    errors.SourceUnknown,
    errors.SourceNotUsable,
)


class _OrderView(APIView):
    """Ordering a charge of one's own payment, and sending it."""

    permission_classes = [IsPerson]
    throttle_scope = "payments"
    idempotent_methods = ("POST",)

    def order(
        self,
        request: AuthenticatedRequest,
        use_case: UseCase[..., Charge],
        payment_id: UUID,
        asked: dict[str, Any],
    ) -> HttpResponse:
        """Store it with the answer, then send it; a repeat is answered and sends nothing."""
        ordered: list[UUID] = []
        answer = answer_once(
            request,
            use_case,
            present=_remember(ordered),
            status=202,
            payment_id=payment_id,
            client_id=request.user.pk,
            means=means_of(asked),
            ordered_by=request.user.pk,
            now=timezone.now(),
        )
        for charge_id in ordered:
            send_charge(charge_id=charge_id, spent=spent_of(asked))
        return answer


class ChargeView(_OrderView):
    """Paying by API."""

    refusals = {"POST": ORDERING}

    @extend_schema(
        tags=["finanzas"],
        summary="Cobrar un pago con el medio elegido",
        request=ChargeInput,
        responses={202: ChargeOutput},
    )
    def post(self, request: AuthenticatedRequest, payment_id: UUID) -> HttpResponse:
        """Ordered and sent; `GET payments/{id}` says what came of it and what the payer does."""
        asked = ChargeInput.parse(request.data)
        return self.order(request, start_charge, payment_id, asked)


class RetryView(_OrderView):
    """Trying again."""

    refusals = {"POST": (*ORDERING, errors.ChargeNoneYet)}

    @extend_schema(
        tags=["finanzas"],
        summary="Intentar de nuevo un pago, con el mismo medio o con otro",
        request=RetryInput,
        responses={202: ChargeOutput},
    )
    def post(self, request: AuthenticatedRequest, payment_id: UUID) -> HttpResponse:
        """As the last time, but for what the body says; under a reference of its own."""
        asked = RetryInput.parse(request.data)
        return self.order(request, retry_charge, payment_id, asked)


class PaymentAcceptanceView(APIView):
    """What a payer accepts before a charge."""

    permission_classes = [IsPerson]
    throttle_scope = "payments"
    refusals = {"GET": (errors.GatewayRefused, errors.GatewayAnswerOdd)}

    @extend_schema(
        tags=["finanzas"],
        summary="Los documentos que el pagador acepta antes de un cobro, con sus tokens",
        responses=PaymentAcceptanceOutput,
    )
    def get(self, request: AuthenticatedRequest) -> Response:
        """Fresh at every call, and never kept: a token is spent by one charge."""
        answer = Response(PaymentAcceptanceOutput(get_acceptance()).data)
        answer["Cache-Control"] = "no-store"
        return answer


class PseBanksView(APIView):
    """Banks of PSE."""

    permission_classes = [IsPublic]
    throttle_scope = "payments"
    refusals = {"GET": (errors.GatewayRefused, errors.GatewayAnswerOdd)}

    @extend_schema(
        tags=["finanzas"],
        summary="Los bancos desde los que se paga por PSE",
        responses=BankOutput(many=True),
    )
    def get(self, request: Request) -> Response:
        """As the gateway names them."""
        return Response(BankOutput(list_banks(), many=True).data)


def _remember(ordered: list[UUID]) -> Callable[[Charge], dict[str, Any]]:
    def present(charge: Charge) -> dict[str, Any]:
        ordered.append(charge.pk)
        return present_charge(charge)

    return present
