"""The double-entry ledger: append-only, and every transaction sums to zero (FIN-04).

Triggers of migration 0002 refuse any change and any transaction that does not balance.
"""

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q

from core.ids import uuid7
from finances.models.payments import PaymentAttempt

ONCE_PER_CAUSE = "finances_ledgertransaction_once_per_cause"


class AccountKind(models.TextChoices):
    """What a balance means; it decides the side on which the account normally stands."""

    ASSET = "asset", "Activo"
    LIABILITY = "liability", "Pasivo"
    INCOME = "income", "Ingreso"
    EXPENSE = "expense", "Gasto"


class LedgerAccount(models.Model):
    """A place where money can be. Entries are signed: debits positive, credits negative."""

    code = models.CharField("código", max_length=40, primary_key=True)
    name = models.CharField("nombre", max_length=80)
    kind = models.CharField("clase", max_length=10, choices=AccountKind)
    normal_side = models.SmallIntegerField("lado normal", choices=[(1, "Débito"), (-1, "Crédito")])

    class Meta:
        verbose_name = "cuenta contable"
        verbose_name_plural = "cuentas contables"
        constraints = [
            models.CheckConstraint(
                name="finances_ledgeraccount_side_follows_kind",
                condition=Q(kind__in=["asset", "expense"], normal_side=1)
                | Q(kind__in=["liability", "income"], normal_side=-1),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} · {self.name}"


class MovementKind(models.TextChoices):
    """Why money moved."""

    DEPOSIT_RECEIVED = "deposit_received", "Anticipo recibido"
    PAYMENT_RECEIVED = "payment_received", "Pago recibido"
    CREDIT_RECEIVED = "credit_received", "Saldo a favor recibido"
    PAYMENT_VOIDED = "payment_voided", "Pago anulado"
    PAID_IN_PERSON = "paid_in_person", "Pago en persona"
    CREDIT_ISSUED = "credit_issued", "Saldo a favor otorgado"
    CREDIT_USED = "credit_used", "Saldo a favor usado"
    CREDIT_EXPIRED = "credit_expired", "Saldo a favor vencido"
    CREDIT_TAKEN = "credit_taken", "Saldo a favor retirado"
    REVENUE_RECOGNISED = "revenue_recognised", "Ingreso reconocido"
    CASH_MOVED = "cash_moved", "Movimiento de caja"
    CASH_COUNTED = "cash_counted", "Arqueo de caja"
    COMMISSION_EARNED = "commission_earned", "Comisión ganada"
    COMMISSION_REVERSED = "commission_reversed", "Comisión anulada"
    PAYOUT_STORED = "payout_stored", "Pago a tercero por enviar"
    PAYOUT_PAID = "payout_paid", "Pago a tercero"
    PAYOUT_RETURNED = "payout_returned", "Pago a tercero no hecho"
    REFUND_PROMISED = "refund_promised", "Devolución prometida"
    REFUND_PAID = "refund_paid", "Devolución pagada"
    DIFFERENCE_RESOLVED = "difference_resolved", "Diferencia de conciliación"


class LedgerTransaction(models.Model):
    """One movement: at least two entries, written together, never changed.

    It has one cause: a transaction at the gateway (`attempt`), or a row of any app, whose kind and
    id it names without knowing the table.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField("movimiento", max_length=20, choices=MovementKind)
    attempt = models.ForeignKey(
        PaymentAttempt,
        models.PROTECT,
        related_name="movements",
        verbose_name="intento de pago",
        null=True,
        blank=True,
    )
    cause_kind = models.CharField("causa", max_length=40, blank=True)
    cause_id = models.UUIDField("identificador de la causa", null=True, blank=True)
    occurred_at = models.DateTimeField("ocurrió")

    class Meta:
        verbose_name = "movimiento contable"
        verbose_name_plural = "movimientos contables"
        constraints = [
            # The last word on "settled once": the money of one gateway transaction enters once,
            # whatever the code believes, and leaves at most once.
            models.UniqueConstraint(
                name="finances_ledgertransaction_received_once",
                fields=["attempt"],
                condition=Q(kind__in=["deposit_received", "payment_received", "credit_received"]),
            ),
            models.UniqueConstraint(
                name="finances_ledgertransaction_voided_once",
                fields=["attempt"],
                condition=Q(kind="payment_voided"),
            ),
            # And for what did not come through the gateway: a cause moves money of a kind once.
            models.UniqueConstraint(
                name=ONCE_PER_CAUSE,
                fields=["kind", "cause_kind", "cause_id"],
                condition=Q(attempt=None),
            ),
            models.CheckConstraint(
                name="finances_ledgertransaction_has_one_cause",
                condition=Q(attempt__isnull=False, cause_kind="", cause_id=None)
                | (Q(attempt=None, cause_id__isnull=False) & ~Q(cause_kind="")),
            ),
        ]
        # A day's movements lie together, and this index of them costs a movement nothing.
        indexes = [
            BrinIndex(
                name="finances_ledgertransaction_at", fields=["occurred_at"], autosummarize=True
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.occurred_at:%Y-%m-%d %H:%M}"


class LedgerEntry(models.Model):
    """One side of a movement; `party` is whose money it is, where the account has owners."""

    id = models.BigAutoField(primary_key=True)
    transaction = models.ForeignKey(LedgerTransaction, models.PROTECT, related_name="entries")
    account = models.ForeignKey(LedgerAccount, models.PROTECT, related_name="+")
    amount = models.DecimalField("valor (débito positivo)", max_digits=12, decimal_places=2)
    currency = models.CharField("moneda", max_length=3)
    party = models.UUIDField("de quién", null=True, blank=True)

    class Meta:
        verbose_name = "asiento"
        verbose_name_plural = "asientos"
        constraints = [
            models.CheckConstraint(
                name="finances_ledgerentry_amount_not_zero", condition=~Q(amount=0)
            ),
        ]
        indexes = [
            models.Index(
                name="finances_ledgerentry_balance",
                fields=["account", "party", "currency"],
                include=["amount"],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.amount} {self.currency}"
