"""The till over HTTP: shifts of each place, counted blind (FIN-12)."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.api.idempotency import answer_once
from core.api.permissions import IsStaff
from core.ids import uuid7
from finances import errors
from finances.api.cash_shapes import (
    CashCountInput,
    CashMovementInput,
    CashShiftInput,
    CashShiftOutput,
)
from finances.api.filters import CashShiftFilter
from finances.models import CashShift
from finances.selectors.cash import get_open_shift, get_shift, list_shifts
from finances.services.cash import close_shift, move_cash, open_shift
from users.types import AuthenticatedRequest

TAGS = ["caja"]


def _present(shift: CashShift) -> Any:
    return CashShiftOutput(shift).data


@extend_schema_view(
    get=extend_schema(summary="Turnos de caja, del más reciente al más antiguo", tags=TAGS)
)
class CashShiftsView(ListAPIView[CashShift]):
    """Shifts of all places; what is open says nothing of what it should hold."""

    permission_classes = [IsStaff]
    throttle_scope = "payments"
    serializer_class = CashShiftOutput
    filterset_class = CashShiftFilter
    idempotent_methods = ("POST",)
    refusals = {
        "POST": (errors.CashLocationUnknown, errors.CashShiftOpenAlready, errors.CashAmountWrong)
    }

    def get_queryset(self) -> QuerySet[CashShift]:
        return list_shifts()

    @extend_schema(
        summary="Abrir un turno de caja",
        tags=TAGS,
        request=CashShiftInput,
        responses={201: CashShiftOutput},
    )
    def post(self, request: AuthenticatedRequest) -> HttpResponse:
        """With what is counted in the drawer; a place has one open shift."""
        asked = CashShiftInput.parse(request.data)
        return answer_once(
            request,
            open_shift,
            present=_present,
            location_id=asked["location"],
            opening_float=asked["opening_float"],
            actor_id=request.user.pk,
            now=timezone.now(),
        )


class CurrentCashShiftView(APIView):
    """The open shift of a place."""

    permission_classes = [IsStaff]
    throttle_scope = "payments"
    refusals = {"GET": (errors.CashShiftUnknown, errors.CashLocationUnknown)}

    @extend_schema(
        summary="El turno de caja abierto de una sede",
        tags=TAGS,
        parameters=[OpenApiParameter("location", OpenApiTypes.UUID, required=True)],
        responses=CashShiftOutput,
    )
    def get(self, request: Request) -> Response:
        """404 when none is open."""
        try:
            location_id = UUID(request.query_params.get("location", ""))
        except ValueError as exc:
            raise errors.CashLocationUnknown from exc
        return Response(_present(get_open_shift(location_id=location_id)))


class CashShiftView(APIView):
    """One shift."""

    permission_classes = [IsStaff]
    throttle_scope = "payments"
    refusals = {"GET": (errors.CashShiftUnknown,)}

    @extend_schema(
        summary="Un turno de caja y sus movimientos", tags=TAGS, responses=CashShiftOutput
    )
    def get(self, request: Request, shift_id: UUID) -> Response:
        """With its count, once it is closed."""
        return Response(_present(get_shift(shift_id=shift_id)))


class CashMovementsView(APIView):
    """Cash in and out, beside payments."""

    permission_classes = [IsStaff]
    throttle_scope = "payments"
    idempotent_methods = ("POST",)
    refusals = {"POST": (errors.CashShiftUnknown, errors.CashShiftClosed, errors.CashAmountWrong)}

    @extend_schema(
        summary="Registrar efectivo que entra o sale de la caja",
        tags=TAGS,
        request=CashMovementInput,
        responses={201: CashShiftOutput},
    )
    def post(self, request: AuthenticatedRequest, shift_id: UUID) -> HttpResponse:
        """To the bank, from the bank, or for a small expense."""
        return answer_once(
            request,
            move_cash,
            present=_present,
            shift_id=shift_id,
            **CashMovementInput.parse(request.data),
            actor_id=request.user.pk,
            cause_id=uuid7(),
            now=timezone.now(),
        )


class CloseCashShiftView(APIView):
    """The end of a shift."""

    permission_classes = [IsStaff]
    throttle_scope = "payments"
    idempotent_methods = ("POST",)
    refusals = {"POST": (errors.CashShiftUnknown, errors.CashShiftClosed, errors.CashAmountWrong)}

    @extend_schema(
        summary="Cerrar un turno de caja con su arqueo",
        tags=TAGS,
        request=CashCountInput,
        responses=CashShiftOutput,
    )
    def post(self, request: AuthenticatedRequest, shift_id: UUID) -> HttpResponse:
        """What is counted comes first; the answer says what should have been there."""
        return answer_once(
            request,
            close_shift,
            present=_present,
            status=200,
            shift_id=shift_id,
            **CashCountInput.parse(request.data),
            actor_id=request.user.pk,
            now=timezone.now(),
        )
