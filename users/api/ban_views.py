"""`/api/v1/users/{id}/ban…`: who is not welcome any more, and who is again (USERS-10)."""

from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.response import Response
from rest_framework.views import APIView

from core.api.permissions import IsAdmin
from core.api.serializers import InputSerializer
from users import errors
from users.services.bans import ban_person, welcome_again
from users.types import AuthenticatedRequest

TAG = ["Personas"]


class BanInput(InputSerializer):
    """Why; the person reads it, and the audit log keeps it."""

    reason = serializers.CharField(min_length=3, max_length=200)


class BanView(APIView):
    permission_classes = [IsAdmin]
    throttle_scope = "user"
    refusals = {
        "POST": (errors.PersonUnknown, errors.BanNotAllowed, errors.AlreadyBanned),
    }

    @extend_schema(
        tags=TAG, summary="Declarar a alguien persona no grata",
        request=BanInput, responses={204: None},
    )  # fmt: skip
    def post(self, request: AuthenticatedRequest, person_id: UUID) -> Response:
        """Sus sesiones terminan al instante y sus citas futuras se cancelan según la política."""
        asked = BanInput.parse(request.data)
        ban_person(
            person_id=person_id,
            reason=asked["reason"],
            actor_id=request.user.pk,
            now=timezone.now(),
        )
        return Response(status=status.HTTP_204_NO_CONTENT)


class LiftBanView(APIView):
    permission_classes = [IsAdmin]
    throttle_scope = "user"
    refusals = {
        "POST": (errors.PersonUnknown, errors.BanNotAllowed, errors.NotBanned),
    }

    @extend_schema(
        tags=TAG, summary="Volver a recibir a alguien",
        request=BanInput, responses={204: None},
    )  # fmt: skip
    def post(self, request: AuthenticatedRequest, person_id: UUID) -> Response:
        """Puede ingresar y reservar de nuevo; lo cancelado sigue cancelado."""
        asked = BanInput.parse(request.data)
        welcome_again(
            person_id=person_id,
            reason=asked["reason"],
            actor_id=request.user.pk,
            now=timezone.now(),
        )
        return Response(status=status.HTTP_204_NO_CONTENT)
