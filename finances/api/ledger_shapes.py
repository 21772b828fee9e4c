"""Shapes of the ledger in the API."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from finances.models import LedgerEntry


class BalanceOutput(serializers.Serializer[Any]):
    """An account in one currency, positive on its normal side."""

    account = serializers.CharField(help_text="Código: `gateway_clearing`, `deposits_held`, …")
    name = serializers.CharField()
    kind = serializers.CharField(help_text="`asset`, `liability`, `income` o `expense`")
    currency = serializers.CharField()
    balance = serializers.DecimalField(max_digits=18, decimal_places=2, source="amount")


class LedgerEntryOutput(serializers.ModelSerializer[LedgerEntry]):
    """One side of a movement."""

    movement = serializers.UUIDField(source="transaction_id")
    kind = serializers.CharField(source="transaction.kind")
    occurred_at = serializers.DateTimeField(source="transaction.occurred_at")
    account = serializers.CharField(source="account_id")
    debit = serializers.SerializerMethodField()
    credit = serializers.SerializerMethodField()
    cause = serializers.SerializerMethodField(
        help_text="De qué viene: la referencia del pago, o el tipo y el identificador de la causa"
    )

    class Meta:
        model = LedgerEntry
        fields = [
            "id",
            "movement",
            "kind",
            "occurred_at",
            "account",
            "debit",
            "credit",
            "currency",
            "party",
            "cause",
        ]

    @extend_schema_field(serializers.DecimalField(max_digits=12, decimal_places=2))
    def get_debit(self, entry: LedgerEntry) -> str:
        return f"{max(entry.amount, 0):.2f}"

    @extend_schema_field(serializers.DecimalField(max_digits=12, decimal_places=2))
    def get_credit(self, entry: LedgerEntry) -> str:
        return f"{max(-entry.amount, 0):.2f}"

    @extend_schema_field(serializers.CharField())
    def get_cause(self, entry: LedgerEntry) -> str:
        movement = entry.transaction
        if movement.attempt:
            return movement.attempt.payment.reference
        return f"{movement.cause_kind} {movement.cause_id}"
