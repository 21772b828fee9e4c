"""Classes, for those who give them and for the desk."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.api.idempotency import answer_once
from core.api.permissions import IsStaff
from finances import errors as money
from spa import errors
from spa.api.classes import TAGS
from spa.api.classes_presenters import present_places, present_roster, present_session
from spa.api.classes_shapes import (
    AttendanceInput,
    CancelSessionInput,
    ClassSessionOutput,
    PlaceOutput,
    RosterOutput,
    SeatPaymentInput,
    SubstituteInput,
)
from spa.models import Enrolment
from spa.selectors.classes import get_session, list_roster
from spa.services.class_counter import take_class_payment
from spa.services.classes import cancel_session, substitute_instructor, take_attendance
from users.types import AuthenticatedRequest


class RosterView(generics.ListAPIView[Enrolment]):
    """Who is in a class."""

    permission_classes = [IsStaff]
    throttle_scope = "user"
    serializer_class = RosterOutput
    queryset = Enrolment.objects.none()
    refusals = {"GET": (errors.ClassNotFound,)}

    @extend_schema(summary="Lista de una clase", tags=TAGS)
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """With a place, with a seat that is kept for them, or in line; first come first."""
        session = get_session(session_id=kwargs["session_id"])
        page = self.paginate_queryset(list_roster(session_id=session.pk)) or []
        return self.get_paginated_response(present_roster(page))


class AttendanceView(APIView):
    """Who was there."""

    permission_classes = [IsStaff]
    throttle_scope = "user"
    refusals = {
        "POST": (
            errors.ClassNotFound,
            errors.ClassCancelled,
            errors.ClassNotStarted,
            errors.NotOnClassList,
        )
    }

    @extend_schema(
        summary="Tomar asistencia", tags=TAGS, request=AttendanceInput, responses=RosterOutput
    )
    def post(self, request: AuthenticatedRequest, session_id: UUID) -> Response:
        """From the start of the class on; calling again corrects it."""
        asked = AttendanceInput.parse(request.data)
        take_attendance(
            session_id=session_id,
            present=asked["present"],
            actor_id=request.user.pk,
            now=timezone.now(),
        )
        return Response(present_roster(list(list_roster(session_id=session_id))))


class SeatPaymentView(APIView):
    """A seat that is paid at the desk."""

    permission_classes = [IsStaff]
    throttle_scope = "payments"
    idempotent_methods = ("POST",)
    refusals = {
        "POST": (
            errors.ClassNotFound,
            errors.NotInClass,
            errors.SeatNotPayable,
            money.CounterMethodUnknown,
            money.CashShiftNeeded,
        )
    }

    @extend_schema(
        summary="Recibir el pago de un cupo",
        tags=TAGS,
        request=SeatPaymentInput,
        responses={201: PlaceOutput},
    )
    def post(self, request: AuthenticatedRequest, session_id: UUID) -> HttpResponse:
        """All that the seat still costs; the person has a place then."""
        asked = SeatPaymentInput.parse(request.data)
        return answer_once(
            request,
            take_class_payment,
            present=_present,
            session_id=session_id,
            client_id=asked["client"],
            method=asked["method"],
            actor_id=request.user.pk,
            now=timezone.now(),
        )


def _present(place: Enrolment) -> dict[str, Any]:
    return present_places([place])[0]


class SubstituteView(APIView):
    """Somebody else gives the class."""

    permission_classes = [IsStaff]
    throttle_scope = "user"
    refusals = {
        "POST": (
            errors.ClassNotFound,
            errors.ClassCancelled,
            errors.ClassStarted,
            errors.StaffNotFound,
            errors.InstructorNotAble,
            errors.InstructorBusy,
        )
    }

    @extend_schema(
        summary="Cambiar de instructor",
        tags=TAGS,
        request=SubstituteInput,
        responses=ClassSessionOutput,
    )
    def post(self, request: AuthenticatedRequest, session_id: UUID) -> Response:
        """Their time is taken and the former instructor's is free; everybody in it is told."""
        asked = SubstituteInput.parse(request.data)
        session = substitute_instructor(
            session_id=session_id,
            instructor_id=asked["instructor"],
            actor_id=request.user.pk,
            now=timezone.now(),
        )
        return Response(present_session(session))


class CancelSessionView(APIView):
    """The studio does not give a class."""

    permission_classes = [IsStaff]
    throttle_scope = "user"
    idempotent_methods = ("POST",)
    refusals = {"POST": (errors.ClassNotFound, errors.ClassOver)}

    @extend_schema(
        summary="Cancelar una clase",
        tags=TAGS,
        request=CancelSessionInput,
        responses=ClassSessionOutput,
    )
    def post(self, request: AuthenticatedRequest, session_id: UUID) -> HttpResponse:
        """Everybody gets all back, as credit or as a session of their package, and is told."""
        asked = CancelSessionInput.parse(request.data)
        return answer_once(
            request,
            cancel_session,
            present=present_session,
            status=200,
            session_id=session_id,
            reason=asked["reason"],
            actor_id=request.user.pk,
            now=timezone.now(),
        )
