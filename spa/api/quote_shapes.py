"""Shapes of quotes."""

from typing import Any

from rest_framework import serializers

from spa.api.appointment_shapes import PolicyOutput


class QuotedItemOutput(serializers.Serializer[Any]):
    """One service, or an addition to one: its list price and what comes off.

    A package's session pays for all of what `is_covered`; `discount` is the voucher's share.
    """

    service = serializers.UUIDField()
    add_on = serializers.UUIDField(allow_null=True)
    guest = serializers.IntegerField()
    list_price = serializers.DecimalField(max_digits=12, decimal_places=2)
    price = serializers.DecimalField(max_digits=12, decimal_places=2)
    discount = serializers.DecimalField(max_digits=12, decimal_places=2)
    is_covered = serializers.BooleanField()


class RefusalOutput(serializers.Serializer[Any]):
    """Why the start cannot be had, as booking would say it."""

    code = serializers.CharField()
    detail = serializers.CharField()
    facts = serializers.DictField()


class QuoteOutput(serializers.Serializer[Any]):
    """What booking these words would cost and agree to, now; nothing is kept.

    `credit` is what would pay towards the deposit, `credit_usable` what could.
    """

    is_available = serializers.BooleanField()
    refusal = RefusalOutput(allow_null=True)
    start = serializers.DateTimeField()
    end = serializers.DateTimeField()
    location = serializers.UUIDField()
    items = QuotedItemOutput(many=True)
    discount = serializers.DecimalField(max_digits=12, decimal_places=2)
    total = serializers.DecimalField(max_digits=12, decimal_places=2)
    deposit = serializers.DecimalField(max_digits=12, decimal_places=2)
    credit = serializers.DecimalField(max_digits=12, decimal_places=2)
    credit_usable = serializers.DecimalField(max_digits=12, decimal_places=2)
    due_now = serializers.DecimalField(max_digits=12, decimal_places=2)
    currency = serializers.CharField()
    policy = PolicyOutput()
