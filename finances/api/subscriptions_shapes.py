"""Shapes of memberships in the API."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from core.api.serializers import InputSerializer
from finances.domain.subscriptions import RewardKind
from finances.models.subscriptions import END_REASONS, STATUSES

ID = "01935b1f-0000-7000-8000-000000000000"


@extend_schema_serializer(
    examples=[OpenApiExample("Suscribirse", {"plan": ID, "payment_source": ID})]
)
class SubscribeInput(InputSerializer):
    """Which plan, and what is charged every month."""

    plan = serializers.UUIDField()
    payment_source = serializers.UUIDField()


@extend_schema_serializer(examples=[OpenApiExample("Con otra tarjeta", {"payment_source": ID})])
class ReactivateInput(InputSerializer):
    """What is charged from now on, if something else than before."""

    payment_source = serializers.UUIDField(required=False)


@extend_schema_serializer(examples=[OpenApiExample("Otro plan", {"plan": ID})])
class ChangePlanInput(InputSerializer):
    """The plan to have."""

    plan = serializers.UUIDField()


class PlanOutput(serializers.Serializer[Any]):
    """What can be subscribed to."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    monthly_price = serializers.DecimalField(max_digits=12, decimal_places=2)
    currency = serializers.CharField()


class PlanOfSubscriptionOutput(serializers.Serializer[Any]):
    """The plan of a membership."""

    id = serializers.UUIDField()
    name = serializers.CharField()


class WaitingChangeOutput(serializers.Serializer[Any]):
    """A dearer plan, and the payment of its difference for the rest of the month."""

    plan = serializers.CharField()
    amount = serializers.DecimalField(max_digits=12, decimal_places=2)
    payment = serializers.UUIDField()


class SubscriptionOutput(serializers.Serializer[Any]):
    """A membership. `payment` is that of the month to be paid, `price` what was agreed."""

    id = serializers.UUIDField()
    client = serializers.UUIDField()
    plan = PlanOfSubscriptionOutput()
    price = serializers.DecimalField(max_digits=12, decimal_places=2)
    currency = serializers.CharField()
    status = serializers.ChoiceField(STATUSES)
    end_reason = serializers.ChoiceField(END_REASONS, allow_null=True)
    payment_source = serializers.UUIDField()
    last_paid_day = serializers.DateField(allow_null=True)
    next_plan = serializers.CharField(allow_null=True)
    next_price = serializers.DecimalField(max_digits=12, decimal_places=2, allow_null=True)
    payment = serializers.UUIDField(allow_null=True)
    plan_change = WaitingChangeOutput(allow_null=True)
    subscribed_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)


class BenefitsOutput(serializers.Serializer[Any]):
    """What members get."""

    cashback_percent = serializers.DecimalField(max_digits=5, decimal_places=2)
    reward_every_months = serializers.IntegerField()
    reward_kind = serializers.ChoiceField([kind.value for kind in RewardKind])
    reward_credit = serializers.DecimalField(max_digits=12, decimal_places=2)


class NextChargeOutput(serializers.Serializer[Any]):
    """When a member is charged next, and how much."""

    day = serializers.DateField()
    amount = serializers.DecimalField(max_digits=12, decimal_places=2)
    currency = serializers.CharField()


class GivenVoucherOutput(serializers.Serializer[Any]):
    """A service that was given to me and can still be had: its code takes its price off."""

    code = serializers.CharField()
    value = serializers.DecimalField(max_digits=12, decimal_places=2)
    currency = serializers.CharField()
    items = serializers.ListField(child=serializers.UUIDField())
    valid_until = serializers.DateTimeField()


class MembershipOutput(serializers.Serializer[Any]):
    """Where a client stands; `saved` is the credit given for being a member so far."""

    is_vip = serializers.BooleanField()
    subscription = SubscriptionOutput(allow_null=True)
    benefits = BenefitsOutput()
    next_charge = NextChargeOutput(allow_null=True)
    consecutive_months = serializers.IntegerField()
    saved = serializers.DecimalField(max_digits=12, decimal_places=2)
    vouchers = GivenVoucherOutput(many=True)
