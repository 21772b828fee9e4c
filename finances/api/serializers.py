"""Shapes of payments in the API."""

from typing import Any

from rest_framework import serializers

from finances.models.counter import CounterMethod
from finances.models.payments import PaymentKind, PaymentStatus
from finances.selectors.payments import ONLINE

PAYMENT_METHODS = [ONLINE, *CounterMethod.values]


class CheckoutOutput(serializers.Serializer[Any]):
    """What the gateway's widget or page needs to take the payment."""

    provider = serializers.CharField()
    public_key = serializers.CharField()
    reference = serializers.CharField()
    amount_in_cents = serializers.IntegerField()
    currency = serializers.CharField()
    signature = serializers.CharField()
    expiration_time = serializers.CharField()
    redirect_url = serializers.URLField(allow_null=True)
    checkout_url = serializers.URLField()


class PaymentOutput(serializers.Serializer[Any]):
    """A payment; `checkout` while it can still be paid, `allocation` once the money is here.

    One in person is approved when it is taken, and may bring a tip.
    """

    id = serializers.UUIDField()
    status = serializers.ChoiceField(PaymentStatus.choices)
    kind = serializers.ChoiceField(PaymentKind.choices)
    method = serializers.ChoiceField(PAYMENT_METHODS)
    amount = serializers.DecimalField(max_digits=12, decimal_places=2)
    tip = serializers.DecimalField(max_digits=12, decimal_places=2)
    currency = serializers.CharField()
    allocation = serializers.ChoiceField(["accepted", "credited"], allow_null=True)
    payable_kind = serializers.CharField()
    payable_id = serializers.UUIDField()
    expires_at = serializers.DateTimeField(allow_null=True)
    paid_at = serializers.DateTimeField(allow_null=True)
    checkout = CheckoutOutput(allow_null=True)


class WebhookReceived(serializers.Serializer[Any]):
    """The event is kept."""

    status = serializers.CharField()
