"""Shapes of moving a visit."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from core.api.serializers import InputSerializer


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "A otro día, con quien pueda",
            value={"start": "2026-12-03T16:00:00-05:00"},
            request_only=True,
        )
    ]
)
class RescheduleInput(InputSerializer):
    """Where a visit goes. Without `staff`, whoever serves it now is asked first."""

    start = serializers.DateTimeField()
    staff = serializers.UUIDField(required=False, allow_null=True, default=None)
    reason = serializers.CharField(required=False, default="", allow_blank=True, max_length=140)


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "Contra los términos de la cita",
            value={
                "start": "2026-12-01T12:00:00-05:00",
                "override": True,
                "reason": "El terapeuta se enfermó",
            },
            request_only=True,
        )
    ]
)
class StaffRescheduleInput(RescheduleInput):
    """The same by staff, who may override the visit's terms and say that it counts."""

    override = serializers.BooleanField(required=False, default=False)
    counts = serializers.BooleanField(required=False, default=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Who overrides says why."""
        if attrs["override"] and not attrs["reason"]:
            raise serializers.ValidationError({"reason": _("Escribe el motivo.")})
        return attrs
