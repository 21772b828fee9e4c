"""Shapes of this app's answers."""

from typing import Any

from rest_framework import serializers

from notifications.domain.templates import render
from notifications.models import Notification


class NotificationOutput(serializers.ModelSerializer[Notification]):
    """A message in words as they are true now; `context["name"]` is its reader's."""

    title = serializers.CharField()
    body = serializers.CharField()

    class Meta:
        model = Notification
        fields = ["id", "template", "title", "body", "created_at", "read_at"]
        read_only_fields = fields

    def to_representation(self, instance: Notification) -> dict[str, Any]:
        """The row and its words."""
        message = render(instance.template, instance.facts, name=self.context["name"])
        return {
            "id": instance.pk,
            "template": instance.template,
            "title": message.title,
            "body": message.body,
            "created_at": instance.created_at,
            "read_at": instance.read_at,
        }


class ReadAllOutput(serializers.Serializer[Any]):
    """How many messages were new."""

    read = serializers.IntegerField()
