"""Shapes of commissions and payouts in the API. Accounts are never shown whole."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from core.api.serializers import InputSerializer
from finances.models.payouts import FAILURES, LINE_STATUSES, PAYOUT_STATUSES, LineSource


class CommissionOutput(serializers.Serializer[Any]):
    """What somebody earned for one thing; negative when it was taken back.

    `status` is `open` until a payout takes it, then the status of its line.
    """

    id = serializers.UUIDField()
    party = serializers.UUIDField()
    description = serializers.CharField()
    day = serializers.DateField()
    base = serializers.DecimalField(max_digits=14, decimal_places=2)
    percent = serializers.DecimalField(max_digits=5, decimal_places=2)
    amount = serializers.DecimalField(max_digits=12, decimal_places=2)
    currency = serializers.CharField()
    reverses = serializers.UUIDField(source="reverses_id", allow_null=True)
    status = serializers.SerializerMethodField()

    def get_status(self, commission: Any) -> str:
        """Whether it is owed, on its way, or paid."""
        return commission.line.status if commission.line else "open"


@extend_schema_serializer(
    examples=[
        OpenApiExample("A todos los que llegan a su mínimo", {}),
        OpenApiExample("A una persona", {"payees": ["01935b1f-0000-7000-8000-000000000000"]}),
    ]
)
class PayoutInput(InputSerializer):
    """Whom to pay, whatever they are owed; nobody named: everybody who reaches the threshold."""

    payees = serializers.ListField(
        child=serializers.UUIDField(), required=False, allow_empty=False, max_length=500
    )


class PayoutLineOutput(serializers.Serializer[Any]):
    """What one payee is paid, and for what; the account by its last digits."""

    id = serializers.UUIDField()
    reference = serializers.CharField()
    party = serializers.UUIDField()
    payee = serializers.CharField(source="payee.name")
    bank = serializers.CharField(source="payee.bank.name")
    account = serializers.CharField(source="payee.masked_account")
    kind = serializers.ChoiceField(LineSource.choices, source="source")
    commissions = serializers.DecimalField(max_digits=12, decimal_places=2)
    tips = serializers.DecimalField(max_digits=12, decimal_places=2)
    refund = serializers.DecimalField(max_digits=12, decimal_places=2)
    amount = serializers.DecimalField(max_digits=12, decimal_places=2)
    currency = serializers.CharField()
    status = serializers.ChoiceField(LINE_STATUSES)
    failure = serializers.ChoiceField(FAILURES, allow_blank=True)
    failure_detail = serializers.CharField(allow_blank=True)
    flagged_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)


class PayoutOutput(serializers.Serializer[Any]):
    """A batch; `failure` says why nothing of it was paid."""

    id = serializers.UUIDField()
    reference = serializers.CharField()
    status = serializers.ChoiceField(PAYOUT_STATUSES)
    failure = serializers.ChoiceField(FAILURES, allow_blank=True)
    failure_detail = serializers.CharField(allow_blank=True)
    amount = serializers.DecimalField(max_digits=14, decimal_places=2)
    currency = serializers.CharField()
    line_count = serializers.IntegerField()
    flagged_count = serializers.IntegerField()
    stored_at = serializers.DateTimeField()
    stored_by = serializers.UUIDField(source="stored_by_id", allow_null=True)
    first_sent_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)


class PayoutDetailOutput(PayoutOutput):
    """A batch with its lines."""

    lines = PayoutLineOutput(many=True)


class PayoutsStored(serializers.Serializer[Any]):
    """The batches that were made."""

    payouts = PayoutDetailOutput(many=True)
