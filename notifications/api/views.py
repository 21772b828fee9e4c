"""A person's messages."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.response import Response
from rest_framework.views import APIView

from core.api.permissions import IsPerson
from notifications import errors
from notifications.api.serializers import NotificationOutput, ReadAllOutput
from notifications.models import Notification
from notifications.selectors.inbox import list_notifications
from notifications.services.inbox import mark_all_read, mark_read
from users.types import AuthenticatedRequest

TAGS = ["Mensajes"]


@extend_schema(tags=TAGS, summary="Mis mensajes, del más nuevo al más viejo")
class MyNotificationsView(generics.ListAPIView[Notification]):
    """`GET` my messages, newest first."""

    request: AuthenticatedRequest
    permission_classes = [IsPerson]
    throttle_scope = "user"
    serializer_class = NotificationOutput
    queryset = Notification.objects.none()

    def get_queryset(self) -> QuerySet[Notification]:
        return list_notifications(person_id=self.request.user.pk)

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "name": _name_of(self.request)}


class ReadNotificationView(APIView):
    """`POST` marks one message read."""

    permission_classes = [IsPerson]
    throttle_scope = "user"
    refusals = {"POST": (errors.NotificationNotFound,)}

    @extend_schema(
        tags=TAGS,
        summary="Marcar un mensaje como leído",
        request=None,
        responses={200: NotificationOutput},
    )
    def post(self, request: AuthenticatedRequest, notification_id: UUID) -> Response:
        read = mark_read(
            person_id=request.user.pk, notification_id=notification_id, now=timezone.now()
        )
        return Response(NotificationOutput(read, context={"name": _name_of(request)}).data)


class ReadAllNotificationsView(APIView):
    """`POST` marks every message read."""

    permission_classes = [IsPerson]
    throttle_scope = "user"

    @extend_schema(
        tags=TAGS,
        summary="Marcar todos mis mensajes como leídos",
        request=None,
        responses={200: ReadAllOutput},
    )
    def post(self, request: AuthenticatedRequest) -> Response:
        read = mark_all_read(person_id=request.user.pk, now=timezone.now())
        return Response(ReadAllOutput({"read": read}).data)


def _name_of(request: AuthenticatedRequest) -> str:
    # Nobody is signed in while the OpenAPI document is generated.
    return str(getattr(request.user, "first_name", ""))
