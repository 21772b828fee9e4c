"""Shapes of payments in the API."""

from typing import Any

from rest_framework import serializers

from finances.domain.charges import ChargeStatus, Step
from finances.domain.means import Method
from finances.domain.statuses import Status
from finances.models.counter import CounterMethod
from finances.models.payments import PaymentKind, PaymentStatus
from finances.selectors.payments import ONLINE

METHODS = [method.value for method in Method]
STEPS = [step.value for step in Step]
CHARGE_STATUSES = [status.value for status in ChargeStatus]
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


class GatewayRefusalOutput(serializers.Serializer[Any]):
    """Why not, for machines and for people."""

    code = serializers.CharField()
    detail = serializers.CharField()


class NextStepOutput(serializers.Serializer[Any]):
    """What the payer does next; which fields there are depends on `kind`.

    `redirect`: open `url`. `qr`: show `qr_image`, an SVG in base64. `cash`: pay at an agent with
    both codes. `approve`: say yes in the app. `challenge`: show `html` in an iframe's `srcdoc`.
    `wait`: ask again in a moment.
    """

    kind = serializers.ChoiceField(STEPS)
    url = serializers.URLField(required=False)
    qr_image = serializers.CharField(required=False)
    agreement_code = serializers.CharField(required=False)
    payment_code = serializers.CharField(required=False)
    html = serializers.CharField(required=False)
    three_ds = serializers.CharField(required=False)


class ChargeOutput(serializers.Serializer[Any]):
    """A charge; `outcome` is what the gateway made of it, once it is over there."""

    id = serializers.UUIDField()
    number = serializers.IntegerField()
    method = serializers.ChoiceField(METHODS)
    payment_source = serializers.UUIDField(allow_null=True)
    status = serializers.ChoiceField(CHARGE_STATUSES)
    outcome = serializers.ChoiceField([status.value for status in Status], allow_null=True)
    is_open = serializers.BooleanField()
    next = NextStepOutput(allow_null=True)
    refusal = GatewayRefusalOutput(allow_null=True)
    started_at = serializers.DateTimeField()


class PaymentOutput(serializers.Serializer[Any]):
    """A payment; `checkout` while it can still be paid, `allocation` once the money is here.

    One in person is approved when it is taken, and may bring a tip. While a `charge` of ours is
    under way there is no `checkout`: nobody should pay twice. Lists show none that is over.
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
    charge = ChargeOutput(allow_null=True)
    checkout = CheckoutOutput(allow_null=True)


class WebhookReceived(serializers.Serializer[Any]):
    """The event is kept."""

    status = serializers.CharField()
