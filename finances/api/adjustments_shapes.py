"""Shapes of adjustments in the API."""

from decimal import Decimal
from typing import Any

from django.conf import settings
from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from core.api.serializers import InputSerializer
from finances.models.adjustments import AdjustmentState


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "Compensar una demora",
            {
                "client": "01935b1f-0000-7000-8000-000000000000",
                "amount": "30000.00",
                "reason": "Compensación por la demora de hoy",
            },
        )
    ]
)
class AdjustmentInput(InputSerializer):
    """Whose credit changes, by how much (positive gives, negative takes), and why."""

    client = serializers.UUIDField()
    amount = serializers.DecimalField(
        max_digits=12, decimal_places=2, min_value=Decimal(-(10**9)), max_value=Decimal(10**9)
    )
    currency = serializers.CharField(
        min_length=3, max_length=3, required=False, default=settings.DEFAULT_CURRENCY
    )
    reason = serializers.CharField(min_length=3, max_length=200)


@extend_schema_serializer(
    examples=[OpenApiExample("Rechazar", {"reason": "Ya se había compensado"})]
)
class AdjustmentReasonInput(InputSerializer):
    """Why it is refused."""

    reason = serializers.CharField(min_length=3, max_length=200)


class AdjustmentOutput(serializers.Serializer[Any]):
    """What was asked for, by whom, and what became of it."""

    id = serializers.UUIDField()
    client = serializers.UUIDField(source="client_id")
    amount = serializers.DecimalField(max_digits=12, decimal_places=2)
    currency = serializers.CharField()
    reason = serializers.CharField()
    state = serializers.ChoiceField(AdjustmentState.choices)
    needs_approval = serializers.BooleanField()
    requested_by = serializers.UUIDField(source="requested_by_id")
    requested_at = serializers.DateTimeField()
    decided_by = serializers.UUIDField(source="decided_by_id", allow_null=True)
    decided_at = serializers.DateTimeField(allow_null=True)
    answer = serializers.CharField(allow_blank=True)
