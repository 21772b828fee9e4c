"""The shape of booking for somebody else."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from spa.api.appointment_shapes import BookingInput
from spa.services.desk_booking import Favour


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "Para una clienta que llama, sin anticipo",
            value={
                "client": "01a1f796-2b1e-745d-932e-5bb4c9efdf5b",
                "services": ["01a1f796-2b1e-745d-932e-5bb4c9efdf5b"],
                "start": "2026-12-01T10:00:00-05:00",
                "waive_deposit": True,
                "reason": "Clienta de siempre",
            },
            request_only=True,
        )
    ]
)
class StaffBookingInput(BookingInput):
    """What staff book: for `client`, or for themselves without one.

    `override`: the client's limits, their debts and the notice do not bind.
    """

    client = serializers.UUIDField(required=False, allow_null=True, default=None)
    override = serializers.BooleanField(required=False, default=False)
    waive_deposit = serializers.BooleanField(required=False, default=False)
    reason = serializers.CharField(required=False, default="", allow_blank=True, max_length=160)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Favours are for somebody else, and for a reason."""
        if attrs["override"] or attrs["waive_deposit"]:
            if attrs["client"] is None:
                raise serializers.ValidationError({"client": _("Di para quién es la cita.")})
            if not attrs["reason"]:
                raise serializers.ValidationError({"reason": _("Escribe el motivo.")})
        return attrs

    @staticmethod
    def favour_of(asked: dict[str, Any]) -> Favour:
        """What the desk does against the rules."""
        return Favour(
            is_override=asked["override"],
            waives_deposit=asked["waive_deposit"],
            reason=asked["reason"],
        )
