"""Shapes of the till in the API."""

from decimal import Decimal
from functools import partial
from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from core.api.serializers import InputSerializer
from finances.models.cash import BY_HAND, CashMovementKind

_Cash = partial(serializers.DecimalField, max_digits=12, decimal_places=2, min_value=Decimal(0))
_Amount = partial(serializers.DecimalField, max_digits=12, decimal_places=2)


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "Con base de 100 000",
            {"location": "019ace6e-0000-7000-8000-000000000001", "opening_float": "100000.00"},
            request_only=True,
        )
    ]
)
class CashShiftInput(InputSerializer):
    """Where, and what is counted in the drawer."""

    location = serializers.UUIDField()
    opening_float = _Cash()


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "Una consignación",
            {"kind": "to_bank", "amount": "300000.00", "reason": "Consignación del mediodía"},
            request_only=True,
        )
    ]
)
class CashMovementInput(InputSerializer):
    """What is put in or taken out, and why."""

    kind = serializers.ChoiceField(BY_HAND)
    amount = _Cash()
    reason = serializers.CharField(min_length=3, max_length=200)


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "Arqueo", {"counted": "412000.00", "note": "Un billete falso"}, request_only=True
        )
    ]
)
class CashCountInput(InputSerializer):
    """What was counted, before anybody says what it should be."""

    counted = _Cash()
    note = serializers.CharField(required=False, default="", allow_blank=True, max_length=300)


class CashMovementOutput(serializers.Serializer[Any]):
    """Cash that was put in (positive) or taken out (negative)."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(CashMovementKind.choices)
    amount = _Amount()
    reason = serializers.CharField()
    made_by = serializers.UUIDField(source="made_by_id")
    made_at = serializers.DateTimeField()


class CashShiftOutput(serializers.Serializer[Any]):
    """A shift. Until it is counted nothing says what should be in the drawer."""

    id = serializers.UUIDField()
    location = serializers.UUIDField(source="location_id")
    currency = serializers.CharField()
    opening_float = _Amount()
    left_before = _Amount(allow_null=True)
    opened_by = serializers.UUIDField(source="opened_by_id")
    opened_at = serializers.DateTimeField()
    closed_by = serializers.UUIDField(source="closed_by_id", allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)
    counted = _Amount(allow_null=True)
    expected = _Amount(allow_null=True)
    difference = _Amount(allow_null=True)
    note = serializers.CharField(allow_blank=True)
    movements = serializers.SerializerMethodField()

    @extend_schema_field(CashMovementOutput(many=True))
    def get_movements(self, shift: Any) -> list[dict[str, Any]]:
        """In the order in which they were made."""
        made = sorted(shift.movements.all(), key=lambda movement: movement.pk)
        return list(CashMovementOutput(made, many=True).data)
