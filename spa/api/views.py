"""The studio's API: the catalogue, free times, visits."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.api.idempotency import answer_once
from core.api.permissions import IsPerson, IsPublic
from core.models import Location
from core.selectors.settings import get_settings
from spa import errors
from spa.api.presenters import present_appointments, present_booked
from spa.api.serializers import (
    AppointmentOutput,
    AvailabilityInput,
    AvailabilityOutput,
    BookingInput,
    CategoryOutput,
    LocationOutput,
    ServiceOutput,
    StaffOutput,
)
from spa.api.slots import present_days
from spa.models import Appointment, BookingSettings, Service, ServiceCategory, StaffMember
from spa.selectors.appointments import get_appointment, list_appointments
from spa.selectors.availability import ask, find_free
from spa.selectors.catalogue import list_categories, list_locations, list_services, list_staff
from spa.services.booking import book_appointment
from users.types import AuthenticatedRequest

MOST_DAYS = 31
UUID_QUERY = OpenApiTypes.UUID


def _query(name: str, kind: Any, *, required: bool = False, **more: Any) -> OpenApiParameter:
    return OpenApiParameter(name, kind, required=required, **more)


@extend_schema_view(get=extend_schema(summary="Sedes", tags=["catálogo"]))
class LocationsView(generics.ListAPIView[Location]):
    """The places with their opening hours."""

    permission_classes = [IsPublic]
    throttle_scope = "catalogue"
    serializer_class = LocationOutput

    def get_queryset(self) -> QuerySet[Location]:
        return list_locations()


@extend_schema_view(get=extend_schema(summary="Categorías de servicios", tags=["catálogo"]))
class CategoriesView(generics.ListAPIView[ServiceCategory]):
    """The shelves of the catalogue."""

    permission_classes = [IsPublic]
    throttle_scope = "catalogue"
    serializer_class = CategoryOutput

    def get_queryset(self) -> QuerySet[ServiceCategory]:
        return list_categories()


@extend_schema_view(get=extend_schema(summary="Personal que recibe citas", tags=["catálogo"]))
class StaffView(generics.ListAPIView[StaffMember]):
    """Who can be booked."""

    permission_classes = [IsPublic]
    throttle_scope = "catalogue"
    serializer_class = StaffOutput

    def get_queryset(self) -> QuerySet[StaffMember]:
        return list_staff()


@extend_schema_view(
    get=extend_schema(
        summary="Servicios", tags=["catálogo"], parameters=[_query("location", UUID_QUERY)]
    )
)
class ServicesView(generics.ListAPIView[Service]):
    """What can be booked online, with its deposit."""

    permission_classes = [IsPublic]
    throttle_scope = "catalogue"
    serializer_class = ServiceOutput

    def get_queryset(self) -> QuerySet[Service]:
        location = self.request.query_params.get("location")
        try:
            return list_services(location_id=UUID(location) if location else None)
        except ValueError as exc:
            raise errors.LocationNotFound from exc

    def get_serializer_context(self) -> dict[str, Any]:
        policy = get_settings(BookingSettings).policy
        return {**super().get_serializer_context(), "policy": policy}


class AvailabilityView(APIView):
    """Free times for one or several services in sequence."""

    permission_classes = [IsPublic]
    throttle_scope = "catalogue"
    refusals = {
        "GET": (
            errors.RangeTooLong,
            errors.ServiceNotOffered,
            errors.ServicesDoNotCombine,
            errors.StaffNotAble,
            errors.LocationNotFound,
            errors.LocationMissing,
        )
    }

    @extend_schema(
        summary="Horarios disponibles",
        tags=["reservas"],
        parameters=[
            _query("services", UUID_QUERY, required=True, many=True),
            _query("from", OpenApiTypes.DATE, required=True),
            _query("to", OpenApiTypes.DATE, required=True),
            _query("location", UUID_QUERY),
            _query("staff", UUID_QUERY),
        ],
        responses=AvailabilityOutput,
    )
    def get(self, request: Request) -> Response:
        """At most 31 days a call; starts within notice and horizon only."""
        query: dict[str, Any] = dict(request.query_params.items())
        asked = AvailabilityInput.parse(
            query | {"services": request.query_params.getlist("services")}
        )
        if (asked["to"] - asked["from"]).days >= MOST_DAYS:
            raise errors.RangeTooLong(days=MOST_DAYS)
        now = timezone.now()
        question = ask(
            service_ids=asked["services"],
            location_id=asked["location"],
            staff_id=asked["staff"],
            now=now,
        )
        free = find_free(question, first_day=asked["from"], last_day=asked["to"], now=now)
        duration = timedelta(minutes=question.need.duration)
        return Response(
            {
                "timezone": question.place.zone.key,
                "location": question.place.id,
                "duration_minutes": question.need.duration,
                "days": present_days(free.offers, question.place.zone, duration),
            }
        )


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
            errors.ServiceNotOffered,
            errors.ServicesDoNotCombine,
            errors.StaffNotAble,
            errors.LocationNotFound,
            errors.LocationMissing,
            errors.ActiveLimitReached,
            errors.OpenHoldsLimitReached,
            errors.HourlyLimitReached,
        )
    }
    idempotent_methods = ("POST",)
    serializer_class = AppointmentOutput
    queryset = Appointment.objects.none()

    def get_queryset(self) -> QuerySet[Appointment]:
        return list_appointments(client_id=_visible_to(self.request))

    @extend_schema(summary="Mis citas", tags=["reservas"])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Latest first; staff see everybody's."""
        page = self.paginate_queryset(self.get_queryset()) or []
        return self.get_paginated_response(present_appointments(page))

    @extend_schema(
        summary="Reservar",
        tags=["reservas"],
        request=BookingInput,
        responses={201: AppointmentOutput},
    )
    def post(self, request: AuthenticatedRequest) -> HttpResponse:
        """Holds the time until the deposit is paid; 409 `SPA-SLOT-TAKEN` brings alternatives."""
        asked = BookingInput.parse(request.data)
        return answer_once(
            request,
            book_appointment,
            present=present_booked,
            client_id=request.user.pk,
            is_vip=request.user.role == "vip",
            service_ids=asked["services"],
            start=asked["start"],
            staff_id=asked["staff"],
            location_id=asked["location"],
            notes=asked["notes"],
            now=timezone.now(),
        )


class AppointmentView(APIView):
    """One visit."""

    permission_classes = [IsPerson]
    throttle_scope = "user"
    refusals = {"GET": (errors.AppointmentNotFound,)}

    @extend_schema(summary="Una cita", tags=["reservas"], responses=AppointmentOutput)
    def get(self, request: AuthenticatedRequest, appointment_id: UUID) -> Response:
        """Its client's, or anybody's for staff; 404 otherwise."""
        visit = get_appointment(appointment_id=appointment_id, client_id=_visible_to(request))
        return Response(present_appointments([visit])[0])


def _visible_to(request: AuthenticatedRequest) -> UUID | None:
    """Whose visits the caller may see: `None` means everybody's."""
    return None if request.user.role in {"staff", "admin"} else request.user.pk
