"""Shapes of credit in the API."""

from typing import Any

from rest_framework import serializers

from finances.models.ledger import MovementKind


class CreditEndingOutput(serializers.Serializer[Any]):
    """How much of what is available ends when."""

    expires_at = serializers.DateTimeField()
    amount = serializers.DecimalField(max_digits=12, decimal_places=2)


class CreditBalanceOutput(serializers.Serializer[Any]):
    """What can be spent, and what waits for a visit that is being paid."""

    currency = serializers.CharField()
    available = serializers.DecimalField(max_digits=12, decimal_places=2)
    reserved = serializers.DecimalField(max_digits=12, decimal_places=2)
    ending = CreditEndingOutput(many=True)


class CreditMovementOutput(serializers.Serializer[Any]):
    """What came (positive) or went (negative), and for what."""

    at = serializers.DateTimeField()
    kind = serializers.ChoiceField(MovementKind.choices)
    amount = serializers.DecimalField(max_digits=12, decimal_places=2)
    currency = serializers.CharField()
    reason = serializers.CharField(allow_blank=True)
    payable_kind = serializers.CharField(allow_null=True)
    payable_id = serializers.UUIDField(allow_null=True)


class CreditOutput(serializers.Serializer[Any]):
    """The balances, and a page of the movements."""

    balances = CreditBalanceOutput(many=True)
    count = serializers.IntegerField()
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = CreditMovementOutput(many=True)
