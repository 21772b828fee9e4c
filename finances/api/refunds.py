"""Refunds over HTTP: asked for by staff, agreed to by an administrator above the limit."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.api.idempotency import answer_once
from core.api.permissions import IsAdmin, IsStaff
from core.ids import uuid7
from finances import errors
from finances.api.filters import RefundFilter
from finances.api.refunds_shapes import RefundInput, RefundOutput, RefundReasonInput
from finances.models import Refund
from finances.selectors.refunds import get_refund, list_refunds
from finances.services.refunds import Wish, approve_refund, reject_refund, request_refund
from users.types import AuthenticatedRequest

TAGS = ["finanzas"]


class RefundsView(generics.ListAPIView[Refund]):
    """Money that goes back."""

    permission_classes = [IsStaff]
    throttle_scope = "payments"
    idempotent_methods = ("POST",)
    serializer_class = RefundOutput
    filterset_class = RefundFilter
    refusals = {
        "POST": (
            errors.PaymentUnknown,
            errors.RefundNotPaid,
            errors.RefundTooMuch,
            errors.RefundAmountWrong,
            errors.RefundWayWrong,
            errors.RefundPlaceMissing,
            errors.RefundNoCredit,
            errors.RefundOfOneself,
            errors.CashShiftNeeded,
            errors.PayeeUnknown,
        )
    }

    def get_queryset(self) -> QuerySet[Refund]:
        return list_refunds()

    @extend_schema(
        operation_id="refunds_list",
        summary="Devoluciones, de la más reciente a la más antigua",
        tags=TAGS,
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Everybody's; by client, or by where they stand."""
        return super().get(request, *args, **kwargs)

    @extend_schema(
        summary="Devolver dinero de un pago",
        tags=TAGS,
        request=RefundInput,
        responses={201: RefundOutput},
    )
    def post(self, request: AuthenticatedRequest) -> HttpResponse:
        """On its way at once, or `requested` where the rules want a second person."""
        asked = RefundInput.parse(request.data)
        wish = Wish(
            payment_id=asked["payment"],
            amount=asked["amount"],
            source=asked["source"],
            destination=asked["destination"],
            reason=asked["reason"],
            location_id=asked["location"],
        )
        return answer_once(
            request,
            request_refund,
            present=_present,
            refund_id=uuid7(),
            wish=wish,
            actor_id=request.user.pk,
            now=timezone.now(),
        )


class RefundView(APIView):
    """One refund."""

    permission_classes = [IsStaff]
    throttle_scope = "payments"
    refusals = {"GET": (errors.RefundUnknown,)}

    @extend_schema(summary="Una devolución y su estado", tags=TAGS, responses=RefundOutput)
    def get(self, request: Request, refund_id: UUID) -> Response:
        """Where it stands."""
        return Response(_present(get_refund(refund_id=refund_id)))


class ApproveRefundView(APIView):
    """A second person agrees."""

    permission_classes = [IsAdmin]
    throttle_scope = "payments"
    idempotent_methods = ("POST",)
    refusals = {
        "POST": (
            errors.RefundUnknown,
            errors.RefundDecided,
            errors.RefundNeedsAnother,
            errors.RefundOfOneself,
            errors.CashShiftNeeded,
            errors.PayeeUnknown,
        )
    }

    @extend_schema(
        summary="Aprobar una devolución", tags=TAGS, request=None, responses=RefundOutput
    )
    def post(self, request: AuthenticatedRequest, refund_id: UUID) -> HttpResponse:
        """The money is promised now, once."""
        return answer_once(
            request,
            approve_refund,
            present=_present,
            status=200,
            refund_id=refund_id,
            actor_id=request.user.pk,
            now=timezone.now(),
        )


class RejectRefundView(APIView):
    """A second person refuses, or the first withdraws."""

    permission_classes = [IsAdmin]
    throttle_scope = "payments"
    idempotent_methods = ("POST",)
    refusals = {"POST": (errors.RefundUnknown, errors.RefundDecided)}

    @extend_schema(
        summary="Rechazar una devolución",
        tags=TAGS,
        request=RefundReasonInput,
        responses=RefundOutput,
    )
    def post(self, request: AuthenticatedRequest, refund_id: UUID) -> HttpResponse:
        """Credit that was set aside is the client's to spend again."""
        asked = RefundReasonInput.parse(request.data)
        return answer_once(
            request,
            reject_refund,
            present=_present,
            status=200,
            refund_id=refund_id,
            reason=asked["reason"],
            actor_id=request.user.pk,
            now=timezone.now(),
        )


def _present(refund: Refund) -> dict[str, Any]:
    return dict(RefundOutput(refund).data)
