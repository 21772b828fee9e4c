"""Classes: what there is, coming in, leaving."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.api.idempotency import answer_once
from core.api.permissions import IsPerson, IsPublic
from core.selectors.settings import get_settings
from spa import errors
from spa.api.availability import MOST_DAYS
from spa.api.classes_presenters import present_placed, present_places, present_sessions
from spa.api.classes_shapes import (
    ClassSessionOutput,
    ClassTypeOutput,
    EnrolInput,
    LeaveInput,
    PlaceOutput,
    SessionsInput,
    StaffEnrolInput,
    StaffLeaveInput,
)
from spa.models import BookingSettings, ClassSession, ClassType, Enrolment
from spa.selectors.classes import list_class_types, list_my_places, list_sessions
from spa.services.enrolment import Wish, enrol, leave
from users import errors as people
from users.types import AuthenticatedRequest

TAGS = ["clases"]


@extend_schema_view(get=extend_schema(summary="Tipos de clase", tags=["catálogo"]))
class ClassTypesView(generics.ListAPIView[ClassType]):
    """What is taught to groups."""

    permission_classes = [IsPublic]
    throttle_scope = "catalogue"
    serializer_class = ClassTypeOutput

    def get_queryset(self) -> QuerySet[ClassType]:
        return list_class_types()

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "policy": get_settings(BookingSettings).policy}


class SessionsView(generics.ListAPIView[ClassSession]):
    """Classes to come."""

    permission_classes = [IsPublic]
    throttle_scope = "catalogue"
    serializer_class = ClassSessionOutput
    queryset = ClassSession.objects.none()
    refusals = {"GET": (errors.RangeTooLong,)}

    def get_queryset(self) -> QuerySet[ClassSession]:
        query = self.request.query_params
        names = SessionsInput().fields.keys() & query.keys()
        asked = SessionsInput.parse({name: query[name] for name in names})
        if (asked["to"] - asked["from"]).days >= MOST_DAYS:
            raise errors.RangeTooLong(days=MOST_DAYS)
        return list_sessions(
            first_day=asked["from"],
            last_day=asked["to"],
            location_id=asked["location"],
            class_type_id=asked["type"],
            now=timezone.now(),
        )

    @extend_schema(summary="Clases", tags=TAGS, parameters=[SessionsInput])
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """With the seats that are free, earliest first; at most 31 days a call."""
        page = self.paginate_queryset(self.get_queryset()) or []
        return self.get_paginated_response(present_sessions(page))


class EnrolView(APIView):
    """Coming into a class."""

    permission_classes = [IsPerson]
    throttle_scope = "booking"
    idempotent_methods = ("POST",)
    refusals = {
        "POST": (
            errors.ClassNotFound,
            errors.ClassCancelled,
            errors.ClassStarted,
            errors.ClassFull,
            errors.AlreadyInClass,
            errors.OpenHoldsLimitReached,
            errors.PackageNotFound,
            errors.PackageNotForThis,
            errors.PackageUsedUp,
            people.PersonUnknown,
            people.Banned,
        )
    }

    @extend_schema(
        summary="Inscribirse",
        tags=TAGS,
        request=EnrolInput,
        responses={201: PlaceOutput},
    )
    def post(self, request: AuthenticatedRequest, session_id: UUID) -> HttpResponse:
        """Takes a seat, or the one that was offered; it is kept until it is paid.

        Full: 409 `SPA-CLASS-FULL`, or with `wait` a place in line. Staff may name a `client`.
        """
        shape = StaffEnrolInput if _is_desk(request) else EnrolInput
        asked = shape.parse(request.data)
        wish = Wish(package_id=asked["package"], use_credit=asked["use_credit"], wait=asked["wait"])
        return answer_once(
            request,
            enrol,
            present=present_placed,
            client_id=asked.get("client") or request.user.pk,
            session_id=session_id,
            wish=wish,
            actor_id=request.user.pk,
            now=timezone.now(),
        )


class LeaveView(APIView):
    """Leaving a class, declining an offer, going out of the line."""

    permission_classes = [IsPerson]
    throttle_scope = "booking"
    refusals = {
        "POST": (
            errors.ClassNotFound,
            errors.ClassCancelled,
            errors.ClassStarted,
            errors.NotInClass,
        )
    }

    @extend_schema(summary="Dejar una clase", tags=TAGS, request=LeaveInput, responses=PlaceOutput)
    def post(self, request: AuthenticatedRequest, session_id: UUID) -> Response:
        """In time everything comes back, later what the terms say; a repeat changes nothing.

        Staff may name a `client`, and a `waive_reason` to give everything back.
        """
        shape = StaffLeaveInput if _is_desk(request) else LeaveInput
        asked = shape.parse(request.data)
        place = leave(
            client_id=asked.get("client") or request.user.pk,
            session_id=session_id,
            actor_id=request.user.pk,
            waive_reason=asked.get("waive_reason", ""),
            now=timezone.now(),
        )
        return Response(present_places([place])[0])


class MyPlacesView(generics.ListAPIView[Enrolment]):
    """My places in classes."""

    request: AuthenticatedRequest
    permission_classes = [IsPerson]
    throttle_scope = "user"
    serializer_class = PlaceOutput
    queryset = Enrolment.objects.none()

    @extend_schema(summary="Mis clases", tags=TAGS)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The latest class first, those in line too."""
        places = list_my_places(client_id=self.request.user.pk)
        page = self.paginate_queryset(places) or []
        return self.get_paginated_response(present_places(page))


def _is_desk(request: AuthenticatedRequest) -> bool:
    return request.user.role in {"staff", "admin"}
