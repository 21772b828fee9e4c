"""`/api/v1/me…`: my account and my sessions; and what administrators do to others'."""

from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.response import Response
from rest_framework.views import APIView

from core.api.permissions import IsAdmin, IsPerson
from users import errors
from users.api import serializers as shapes
from users.models import Session, SessionEnd
from users.selectors.sessions import list_live_sessions
from users.services.profile import update_profile
from users.services.sessions import end_session, end_sessions_of
from users.types import AuthenticatedRequest

TAG = ["Mi cuenta"]


class MeView(APIView):
    permission_classes = [IsPerson]
    throttle_scope = "user"

    @extend_schema(tags=TAG, summary="Mi cuenta", responses=shapes.PersonOutput)
    def get(self, request: AuthenticatedRequest) -> Response:
        """Quién soy para el estudio."""
        return Response(shapes.PersonOutput(request.user).data)

    @extend_schema(
        tags=TAG, summary="Cambiar mis datos",
        request=shapes.ProfileInput, responses=shapes.PersonOutput,
    )  # fmt: skip
    def patch(self, request: AuthenticatedRequest) -> Response:
        """El teléfono no se cambia aquí: hay que probarlo."""
        given = shapes.ProfileInput.parse(request.data)
        person = update_profile(
            person=request.user,
            first_name=given.get("first_name"),
            last_name=given.get("last_name"),
            email=given.get("email"),
        )
        return Response(shapes.PersonOutput(person).data)


class MySessionsView(ListAPIView[Session]):
    permission_classes = [IsPerson]
    throttle_scope = "user"
    serializer_class = shapes.SessionOutput
    queryset = Session.objects.none()
    request: AuthenticatedRequest

    def get_queryset(self) -> QuerySet[Session]:
        """Only the caller's."""
        if getattr(self, "swagger_fake_view", False):
            return Session.objects.none()
        return list_live_sessions(person_id=self.request.user.pk, now=timezone.now())

    @extend_schema(tags=TAG, summary="Dónde tengo sesión abierta")
    def get(self, request: AuthenticatedRequest) -> Response:  # type: ignore[override]
        """La más reciente primero."""
        return self.list(request)


class MySessionView(APIView):
    permission_classes = [IsPerson]
    throttle_scope = "user"
    refusals = {"DELETE": (errors.SessionUnknown,)}

    @extend_schema(tags=TAG, summary="Cerrar una de mis sesiones", responses={204: None})
    def delete(self, request: AuthenticatedRequest, session_id: UUID) -> Response:
        """Sus tokens dejan de servir al instante."""
        end_session(
            person_id=request.user.pk,
            session_id=session_id,
            reason=SessionEnd.ENDED_BY_PERSON,
            now=timezone.now(),
        )
        return Response(status=204)


class EndSessionsView(APIView):
    permission_classes = [IsAdmin]
    throttle_scope = "user"

    @extend_schema(
        tags=["Personas"], summary="Cerrar todas las sesiones de una persona",
        request=None, responses=shapes.EndedOutput,
    )  # fmt: skip
    def post(self, request: AuthenticatedRequest, person_id: UUID) -> Response:
        """Queda en el registro de auditoría."""
        ended = end_sessions_of(person_id=person_id, actor_id=request.user.pk, now=timezone.now())
        return Response({"ended": ended})
