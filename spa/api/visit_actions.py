"""What clients do with a visit of theirs: cancel it, pay the rest of it, show its code."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, PolymorphicProxySerializer, extend_schema
from rest_framework.views import APIView

from core.api.idempotency import answer_once
from core.api.permissions import IsPerson
from spa import errors
from spa.api.appointment_shapes import PAYMENT
from spa.api.appointments import visible_to
from spa.api.presenters import present_appointments
from spa.api.visit_actions_shapes import (
    CancelInput,
    CancelledOutput,
    NothingInput,
    StaffCancelInput,
)
from spa.domain.qr import draw
from spa.selectors.appointments import get_appointment
from spa.services.cancellation import cancel_appointment
from spa.services.counter import pay_balance
from spa.steps.cancelling import Cancelled, Cancelling
from users.types import AuthenticatedRequest

SVG = "image/svg+xml"


class CancelView(APIView):
    """Giving a visit up."""

    permission_classes = [IsPerson]
    throttle_scope = "booking"
    idempotent_methods = ("POST",)
    refusals = {"POST": (errors.AppointmentNotFound, errors.TransitionRefused, errors.VisitBegun)}

    @extend_schema(
        summary="Cancelar una cita",
        tags=["reservas"],
        request=PolymorphicProxySerializer(
            component_name="CancelRequest",
            serializers=[CancelInput, StaffCancelInput],
            resource_type_field_name=None,
        ),
        responses=CancelledOutput,
    )
    def post(self, request: AuthenticatedRequest, appointment_id: UUID) -> HttpResponse:
        """By the terms frozen on it; `outcome` says what came back as credit, and why.

        Staff may `waive` the terms with a `reason`: all that was paid comes back and nothing counts
        against the client.
        """
        by_staff = visible_to(request) is None
        asked = (StaffCancelInput if by_staff else CancelInput).parse(request.data)
        return answer_once(
            request,
            cancel_appointment,
            present=_present_cancelled,
            status=200,
            appointment_id=appointment_id,
            client_id=visible_to(request),
            why=Cancelling(
                actor_id=request.user.pk,
                by_staff=by_staff,
                is_waived=asked.get("waive", False),
                reason=asked["reason"],
            ),
            now=timezone.now(),
        )


class PayBalanceView(APIView):
    """Paying online what is left of a visit."""

    permission_classes = [IsPerson]
    throttle_scope = "payments"
    idempotent_methods = ("POST",)
    refusals = {"POST": (errors.AppointmentNotFound, errors.VisitNotPayable, errors.NothingOwed)}

    @extend_schema(
        summary="Pagar en línea lo que falta de una cita",
        tags=["reservas"],
        request=None,
        responses={201: OpenApiResponse(PAYMENT)},
    )
    def post(self, request: AuthenticatedRequest, appointment_id: UUID) -> HttpResponse:
        """Opens a payment for the whole balance; the visit is paid when the gateway says so."""
        NothingInput.parse(request.data)
        return answer_once(
            request,
            pay_balance,
            present=_as_it_is,
            appointment_id=appointment_id,
            client_id=request.user.pk,
            now=timezone.now(),
        )


class CheckInCodeView(APIView):
    """The code of a visit as a picture."""

    permission_classes = [IsPerson]
    throttle_scope = "user"
    refusals = {"GET": (errors.AppointmentNotFound,)}

    @extend_schema(
        summary="El código de llegada de una cita, como QR",
        tags=["reservas"],
        responses={(200, SVG): OpenApiResponse(OpenApiTypes.STR, description="SVG")},
    )
    def get(self, request: AuthenticatedRequest, appointment_id: UUID) -> HttpResponse:
        """Holds the code and nothing else: it says nothing about anybody."""
        visit = get_appointment(appointment_id=appointment_id, client_id=visible_to(request))
        answer = HttpResponse(draw(visit.check_in_code), content_type=SVG)
        answer["Cache-Control"] = "private, no-store"
        return answer


def _present_cancelled(cancelled: Cancelled) -> dict[str, Any]:
    decision = cancelled.decision
    return present_appointments([cancelled.visit])[0] | {
        "outcome": {
            "grounds": decision.reason.value,
            "credit": decision.credit,
            "kept": decision.kept,
            "strike": decision.is_strike,
        }
    }


def _as_it_is(payment: dict[str, Any]) -> dict[str, Any]:
    return payment
