"""One visit as a calendar file."""

from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.views import APIView

from core.api.permissions import IsPerson
from spa import errors
from spa.api.appointments import visible_to
from spa.api.calendar_files import MEDIA_TYPE, render_calendar
from spa.selectors.appointments import get_appointment
from users.types import AuthenticatedRequest


class VisitFileView(APIView):
    """A visit to keep in one's own calendar."""

    permission_classes = [IsPerson]
    throttle_scope = "user"
    refusals = {"GET": (errors.AppointmentNotFound,)}

    @extend_schema(
        summary="Una cita como archivo de calendario (iCalendar)",
        tags=["reservas"],
        responses={
            (200, "text/calendar"): OpenApiResponse(OpenApiTypes.STR, description="RFC 5545")
        },
    )
    def get(self, request: AuthenticatedRequest, appointment_id: UUID) -> HttpResponse:
        """Taken in again after a change, it moves the event instead of adding another."""
        visit = get_appointment(appointment_id=appointment_id, client_id=visible_to(request))
        body = render_calendar([visit], name=visit.title, now=timezone.now())
        response = HttpResponse(body, content_type=MEDIA_TYPE)
        response["Content-Disposition"] = 'attachment; filename="cita.ics"'
        response["Cache-Control"] = "private, no-cache"
        return response
