"""Visits: booking, listing, reading."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.api.idempotency import answer_once
from core.api.permissions import IsPerson
from spa import errors
from spa.api.appointment_filters import VisitsInput, read_filters
from spa.api.appointment_shapes import AppointmentOutput, BookingInput
from spa.api.desk_booking_shapes import StaffBookingInput
from spa.api.presenters import present_appointments, present_booked
from spa.api.refusals import ASKING, PAYING
from spa.models import Appointment
from spa.selectors.appointments import get_appointment, list_appointments
from spa.services.booking import book_appointment
from spa.services.desk_booking import book_for_client
from users import errors as people
from users.types import AuthenticatedRequest


class AppointmentsView(generics.ListAPIView[Appointment]):
    """My visits."""

    request: AuthenticatedRequest
    permission_classes = [IsPerson]
    throttle_scope = "user"
    throttle_scopes = {"POST": "booking"}
    refusals = {
        "POST": (
            errors.SlotTaken,
            errors.SlotNotOffered,
            errors.SlotTooSoon,
            errors.SlotTooFar,
            *ASKING,
            *PAYING,
            errors.PriceChanged,
            errors.ActiveLimitReached,
            errors.OpenHoldsLimitReached,
            errors.HourlyLimitReached,
            errors.DebtOpen,
            people.Banned,
            people.PersonUnknown,
        )
    }
    idempotent_methods = ("POST",)
    serializer_class = AppointmentOutput
    queryset = Appointment.objects.none()

    def get_queryset(self) -> QuerySet[Appointment]:
        filters = read_filters(self.request.query_params)
        return list_appointments(client_id=visible_to(self.request), **filters)

    @extend_schema(summary="Mis citas", tags=["reservas"], parameters=[VisitsInput])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Latest first, archived ones only when asked for; staff see everybody's."""
        page = self.paginate_queryset(self.get_queryset()) or []
        return self.get_paginated_response(present_appointments(page))

    @extend_schema(
        summary="Reservar",
        tags=["reservas"],
        request=PolymorphicProxySerializer(
            component_name="BookingRequest",
            serializers=[BookingInput, StaffBookingInput],
            resource_type_field_name=None,
        ),
        responses={201: AppointmentOutput},
    )
    def post(self, request: AuthenticatedRequest) -> HttpResponse:
        """Holds the time until the deposit is paid; 409 `SPA-SLOT-TAKEN` brings alternatives.

        Staff book for any `client`; they may `override` that person's limits and the notice, and
        `waive_deposit`, both with a `reason`.
        """
        by_staff = visible_to(request) is None
        asked = (StaffBookingInput if by_staff else BookingInput).parse(request.data)
        order = BookingInput.order_of(asked) | {"now": timezone.now()}
        if (client_id := asked.get("client")) is not None:
            return answer_once(
                request,
                book_for_client,
                present=present_booked,
                client_id=client_id,
                actor_id=request.user.pk,
                favour=StaffBookingInput.favour_of(asked),
                **order,
            )
        return answer_once(
            request,
            book_appointment,
            present=present_booked,
            client_id=request.user.pk,
            is_vip=request.user.role == "vip",
            **order,
        )


class AppointmentView(APIView):
    """One visit."""

    permission_classes = [IsPerson]
    throttle_scope = "user"
    refusals = {"GET": (errors.AppointmentNotFound,)}

    @extend_schema(summary="Una cita", tags=["reservas"], responses=AppointmentOutput)
    def get(self, request: AuthenticatedRequest, appointment_id: UUID) -> Response:
        """Its client's, or anybody's for staff; 404 otherwise."""
        visit = get_appointment(appointment_id=appointment_id, client_id=visible_to(request))
        return Response(present_appointments([visit])[0])


def visible_to(request: AuthenticatedRequest) -> UUID | None:
    """Whose visits the caller may see: `None` means everybody's."""
    return None if request.user.role in {"staff", "admin"} else request.user.pk
