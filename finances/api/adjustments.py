"""Adjustments of credit over HTTP: asked for by staff, agreed to by an administrator."""

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
from finances.api.adjustments_shapes import (
    AdjustmentInput,
    AdjustmentOutput,
    AdjustmentReasonInput,
)
from finances.api.filters import AdjustmentFilter
from finances.models import Adjustment
from finances.selectors.adjustments import list_adjustments
from finances.services.adjustments import (
    approve_adjustment,
    reject_adjustment,
    request_adjustment,
)
from users import errors as people
from users.types import AuthenticatedRequest

TAGS = ["finanzas"]


class AdjustmentsView(generics.ListAPIView[Adjustment]):
    """Credit that is given or taken by hand."""

    permission_classes = [IsStaff]
    throttle_scope = "payments"
    idempotent_methods = ("POST",)
    serializer_class = AdjustmentOutput
    filterset_class = AdjustmentFilter
    refusals = {
        "POST": (
            errors.AdjustmentAmountWrong,
            errors.AdjustmentTooLarge,
            errors.AdjustmentOfOneself,
            errors.AdjustmentTakesTooMuch,
            people.PersonUnknown,
        )
    }

    def get_queryset(self) -> QuerySet[Adjustment]:
        return list_adjustments()

    @extend_schema(summary="Ajustes de saldo, del más reciente al más antiguo", tags=TAGS)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Everybody's; by client, or those that wait for somebody to agree."""
        return super().get(request, *args, **kwargs)

    @extend_schema(
        summary="Ajustar el saldo de un cliente",
        tags=TAGS,
        request=AdjustmentInput,
        responses={201: AdjustmentOutput},
    )
    def post(self, request: AuthenticatedRequest) -> HttpResponse:
        """Applied at once, or `requested` where the rules want a second person."""
        asked = AdjustmentInput.parse(request.data)
        return answer_once(
            request,
            request_adjustment,
            present=_present,
            adjustment_id=uuid7(),
            client_id=asked["client"],
            amount=asked["amount"],
            currency=asked["currency"],
            reason=asked["reason"],
            actor_id=request.user.pk,
            now=timezone.now(),
        )


class ApproveAdjustmentView(APIView):
    """A second person agrees."""

    permission_classes = [IsAdmin]
    throttle_scope = "payments"
    idempotent_methods = ("POST",)
    refusals = {
        "POST": (
            errors.AdjustmentUnknown,
            errors.AdjustmentDecided,
            errors.AdjustmentNeedsAnother,
            errors.AdjustmentOfOneself,
            errors.AdjustmentTakesTooMuch,
        )
    }

    @extend_schema(summary="Aprobar un ajuste", tags=TAGS, request=None, responses=AdjustmentOutput)
    def post(self, request: AuthenticatedRequest, adjustment_id: UUID) -> HttpResponse:
        """The client's credit changes now, once."""
        return answer_once(
            request,
            approve_adjustment,
            present=_present,
            status=200,
            adjustment_id=adjustment_id,
            actor_id=request.user.pk,
            now=timezone.now(),
        )


class RejectAdjustmentView(APIView):
    """A second person refuses, or the first withdraws."""

    permission_classes = [IsAdmin]
    throttle_scope = "payments"
    idempotent_methods = ("POST",)
    refusals = {"POST": (errors.AdjustmentUnknown, errors.AdjustmentDecided)}

    @extend_schema(
        summary="Rechazar un ajuste",
        tags=TAGS,
        request=AdjustmentReasonInput,
        responses=AdjustmentOutput,
    )
    def post(self, request: AuthenticatedRequest, adjustment_id: UUID) -> HttpResponse:
        """Nothing changes."""
        asked = AdjustmentReasonInput.parse(request.data)
        return answer_once(
            request,
            reject_adjustment,
            present=_present,
            status=200,
            adjustment_id=adjustment_id,
            reason=asked["reason"],
            actor_id=request.user.pk,
            now=timezone.now(),
        )


def _present(adjustment: Adjustment) -> dict[str, Any]:
    return dict(AdjustmentOutput(adjustment).data)
