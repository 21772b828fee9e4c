"""Moving a visit over HTTP."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema
from rest_framework.views import APIView

from core.api.idempotency import answer_once
from core.api.permissions import IsPerson
from spa import errors
from spa.api.appointment_shapes import AppointmentOutput
from spa.api.appointments import visible_to
from spa.api.presenters import present_appointments
from spa.api.refusals import ASKING
from spa.api.rescheduling_shapes import RescheduleInput, StaffRescheduleInput
from spa.models import Appointment
from spa.services.rescheduling import reschedule_appointment
from spa.steps.moving import Moving
from users.types import AuthenticatedRequest


class RescheduleView(APIView):
    """Moving a visit to another time, or to somebody else."""

    permission_classes = [IsPerson]
    throttle_scope = "booking"
    idempotent_methods = ("POST",)
    refusals = {
        "POST": (
            errors.AppointmentNotFound,
            errors.VisitNotMovable,
            errors.MovesUsedUp,
            errors.MoveTooLate,
            errors.SlotTaken,
            errors.SlotNotOffered,
            errors.SlotTooSoon,
            errors.SlotTooFar,
            *ASKING,
            errors.PackageExpiresBefore,
        )
    }

    @extend_schema(
        summary="Reprogramar una cita",
        tags=["reservas"],
        request=PolymorphicProxySerializer(
            component_name="RescheduleRequest",
            serializers=[RescheduleInput, StaffRescheduleInput],
            resource_type_field_name=None,
        ),
        responses=AppointmentOutput,
    )
    def post(self, request: AuthenticatedRequest, appointment_id: UUID) -> HttpResponse:
        """As often and as late as the terms frozen on it allow; prices and deposit stay.

        It has its new time or keeps the old one: 409 `SPA-SLOT-TAKEN` brings alternatives, and
        for staff an `explanation` of who and what is in the way. Staff may `override` the terms
        and the notice with a `reason`; their moves leave the client's untouched unless `counts`
        says otherwise.
        """
        by_staff = visible_to(request) is None
        asked = (StaffRescheduleInput if by_staff else RescheduleInput).parse(request.data)
        return answer_once(
            request,
            reschedule_appointment,
            present=_present_moved,
            status=200,
            appointment_id=appointment_id,
            client_id=visible_to(request),
            moving=Moving(
                start=asked["start"],
                staff_id=asked["staff"],
                actor_id=request.user.pk,
                by_staff=by_staff,
                is_override=asked.get("override", False),
                counts=asked.get("counts", True),
                reason=asked["reason"],
            ),
            now=timezone.now(),
        )


def _present_moved(visit: Appointment) -> dict[str, Any]:
    return present_appointments([visit])[0]
