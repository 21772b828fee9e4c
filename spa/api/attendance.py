"""The desk: who is here, who has been served, who did not come, and who pays."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.response import Response
from rest_framework.views import APIView

from core.api.idempotency import answer_once
from core.api.permissions import IsStaff
from finances import errors as money
from spa import errors
from spa.api.appointment_shapes import AppointmentOutput
from spa.api.presenters import present_appointments
from spa.api.visit_actions_shapes import (
    CodeInput,
    CounterPaymentInput,
    NothingInput,
    ReasonInput,
)
from spa.models import Appointment
from spa.selectors.appointments import get_appointment
from spa.services.attendance import (
    check_in,
    check_in_by_code,
    complete,
    mark_no_show,
    undo_check_in,
)
from spa.services.counter import take_payment
from users.types import AuthenticatedRequest

TAGS = ["recepción"]
STEP = (errors.AppointmentNotFound, errors.TransitionRefused)


class _DeskView(APIView):
    """What only staff do."""

    permission_classes = [IsStaff]
    throttle_scope = "user"


class CheckInView(_DeskView):
    """A client is here."""

    refusals = {"POST": (*STEP, errors.VisitOnAnotherDay, errors.ReasonMissing)}

    @extend_schema(
        summary="Registrar la llegada", tags=TAGS, request=ReasonInput, responses=AppointmentOutput
    )
    def post(self, request: AuthenticatedRequest, appointment_id: UUID) -> Response:
        """Also of somebody noted as absent who came after all, with a `reason`."""
        asked = ReasonInput.parse(request.data)
        visit = check_in(
            appointment_id=appointment_id,
            actor_id=request.user.pk,
            reason=asked["reason"],
            now=timezone.now(),
        )
        return Response(_present(visit))


class CheckInByCodeView(_DeskView):
    """A client shows a code."""

    refusals = {"POST": (*STEP, errors.VisitOnAnotherDay)}

    @extend_schema(
        operation_id="appointments_check_in_by_code",
        summary="Registrar la llegada por código",
        tags=TAGS,
        request=CodeInput,
        responses=AppointmentOutput,
    )
    def post(self, request: AuthenticatedRequest) -> Response:
        """The code as read from the QR or typed, in any letters, with or without spaces."""
        code = CodeInput.parse(request.data)["code"]
        visit = check_in_by_code(code=code, actor_id=request.user.pk, now=timezone.now())
        return Response(_present(visit))


class UndoCheckInView(_DeskView):
    """It was somebody else's visit."""

    refusals = {"POST": STEP}

    @extend_schema(
        summary="Deshacer la llegada", tags=TAGS, request=ReasonInput, responses=AppointmentOutput
    )
    def post(self, request: AuthenticatedRequest, appointment_id: UUID) -> Response:
        """The visit is expected again."""
        asked = ReasonInput.parse(request.data)
        visit = undo_check_in(
            appointment_id=appointment_id,
            actor_id=request.user.pk,
            reason=asked["reason"],
            now=timezone.now(),
        )
        return Response(_present(visit))


class CompleteView(_DeskView):
    """A client has been served."""

    refusals = {"POST": (*STEP, errors.VisitOnAnotherDay)}

    @extend_schema(
        summary="Completar una cita", tags=TAGS, request=None, responses=AppointmentOutput
    )
    def post(self, request: AuthenticatedRequest, appointment_id: UUID) -> Response:
        """What is not paid by now is a debt, which blocks the next booking."""
        NothingInput.parse(request.data)
        visit = complete(
            appointment_id=appointment_id, actor_id=request.user.pk, now=timezone.now()
        )
        return Response(_present(visit))


class NoShowView(_DeskView):
    """A client did not come."""

    refusals = {"POST": (*STEP, errors.VisitNotBegun, errors.ReasonMissing)}

    @extend_schema(
        summary="Registrar una inasistencia",
        tags=TAGS,
        request=ReasonInput,
        responses=AppointmentOutput,
    )
    def post(self, request: AuthenticatedRequest, appointment_id: UUID) -> Response:
        """By the terms frozen on the visit; to correct an arrival takes a `reason`."""
        asked = ReasonInput.parse(request.data)
        visit = mark_no_show(
            appointment_id=appointment_id,
            actor_id=request.user.pk,
            reason=asked["reason"],
            now=timezone.now(),
        )
        return Response(_present(visit))


class CounterPaymentsView(APIView):
    """Money taken in person."""

    permission_classes = [IsStaff]
    throttle_scope = "payments"
    idempotent_methods = ("POST",)
    refusals = {
        "POST": (
            errors.AppointmentNotFound,
            errors.VisitNotPayable,
            errors.PaysTooMuch,
            errors.DepositShort,
            errors.SeriesUnpaid,
            errors.StaffNotFound,
            money.CounterAmountWrong,
            money.TipForNobody,
            money.TipSharedUnevenly,
            money.CashShiftNeeded,
        )
    }

    @extend_schema(
        summary="Recibir un pago en el mostrador",
        tags=TAGS,
        request=CounterPaymentInput,
        responses={201: AppointmentOutput},
    )
    def post(self, request: AuthenticatedRequest, appointment_id: UUID) -> HttpResponse:
        """Cash, card or transfer, and a tip for whoever serves.

        The deposit confirms a visit that waits for it; nobody pays more than is owed.
        """
        asked = CounterPaymentInput.parse(request.data)
        return answer_once(
            request,
            take_payment,
            present=_present,
            appointment_id=appointment_id,
            actor_id=request.user.pk,
            **asked,
            now=timezone.now(),
        )


def _present(visit: Appointment) -> dict[str, Any]:
    found = get_appointment(appointment_id=visit.pk, client_id=None)
    return present_appointments([found])[0]
