"""Shapes of what is done to visits."""

from decimal import Decimal
from functools import partial
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from core.api.serializers import InputSerializer
from spa.api.appointment_shapes import AppointmentOutput
from spa.domain.terms import Reason

_Reason = partial(
    serializers.CharField, required=False, default="", allow_blank=True, max_length=160
)
_Money = partial(serializers.DecimalField, max_digits=12, decimal_places=2, min_value=Decimal(0))


class CancelInput(InputSerializer):
    """Why a client cancels, if they say."""

    reason = _Reason()


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "El estudio no puede atender",
            value={"reason": "Se fue la luz en la sede", "waive": True},
            request_only=True,
        )
    ]
)
class StaffCancelInput(CancelInput):
    """Why staff cancel, and whether the terms of the visit are waived."""

    waive = serializers.BooleanField(required=False, default=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Who waives says why."""
        if attrs["waive"] and not attrs["reason"]:
            raise serializers.ValidationError({"reason": _("Escribe el motivo.")})
        return attrs


class ReasonInput(InputSerializer):
    """Why, where the desk takes something back."""

    reason = _Reason()


class NothingInput(InputSerializer):
    """No word is needed, and none is taken."""


class CodeInput(InputSerializer):
    """The code a client shows."""

    code = serializers.CharField(max_length=20)


class TipShareInput(InputSerializer):
    """What one member of the team gets of a tip."""

    staff = serializers.UUIDField()
    amount = _Money()


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "El saldo en efectivo, con propina",
            value={"method": "cash", "amount": "72000.00", "tip": "5000.00"},
            request_only=True,
        ),
        OpenApiExample(
            "Una propina para dos",
            value={
                "method": "cash",
                "amount": "72000.00",
                "tips": [
                    {"staff": "019ace6e-0000-7000-8000-000000000001", "amount": "6000.00"},
                    {"staff": "019ace6e-0000-7000-8000-000000000002", "amount": "4000.00"},
                ],
            },
            request_only=True,
        ),
    ]
)
class CounterPaymentInput(InputSerializer):
    """Money taken at the desk. A tip is for who serves the visit, or for several: `tips`."""

    method = serializers.ChoiceField(["cash", "card", "transfer"])
    amount = _Money()
    tip = _Money(required=False)
    tips = TipShareInput(many=True, required=False, default=list)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Nobody is named twice; the tip is what its parts are, unless it says something else."""
        parts = {share["staff"]: share["amount"] for share in attrs["tips"]}
        if len(parts) < len(attrs["tips"]):
            raise serializers.ValidationError({"tips": _("Nombra a cada persona una sola vez.")})
        attrs.setdefault("tip", sum(parts.values(), Decimal(0)))
        return {**attrs, "tips": parts}


class OutcomeOutput(serializers.Serializer[Any]):
    """What followed from the terms of a visit that was cancelled."""

    grounds = serializers.ChoiceField([reason.value for reason in Reason])
    credit = serializers.DecimalField(max_digits=12, decimal_places=2)
    kept = serializers.DecimalField(max_digits=12, decimal_places=2)
    strike = serializers.BooleanField()


class CancelledOutput(AppointmentOutput):
    """A cancelled visit, and what followed from its terms."""

    outcome = OutcomeOutput()
