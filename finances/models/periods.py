"""Months that are closed, and marks up to which the ledger has been added up (FIN-04, FIN-11)."""

from django.db import models
from django.db.models import Q

from core.ids import uuid7
from finances.models.ledger import LedgerAccount


class LedgerMark(models.Model):
    """A place in the ledger: all entries up to it are there for good, none of them is missing.

    Set while nobody can write (`finances.steps.marks`), so that an id says what a time cannot:
    which entries came before.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    through_entry = models.BigIntegerField("hasta el asiento")
    set_at = models.DateTimeField("fijada")
    is_summed = models.BooleanField("sumada", default=False)

    class Meta:
        verbose_name = "corte del libro"
        verbose_name_plural = "cortes del libro"
        indexes = [
            models.Index(
                name="finances_ledgermark_newest",
                fields=["-through_entry"],
                condition=Q(is_summed=True),
            ),
            models.Index(
                name="finances_ledgermark_to_sum", fields=["id"], condition=Q(is_summed=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.set_at:%Y-%m-%d %H:%M}"


class MarkedBalance(models.Model):
    """What an account said at a mark, in one currency: debits positive, as entries are."""

    id = models.BigAutoField(primary_key=True)
    mark = models.ForeignKey(LedgerMark, models.CASCADE, related_name="balances")
    account = models.ForeignKey(LedgerAccount, models.PROTECT, related_name="+")
    currency = models.CharField("moneda", max_length=3)
    amount = models.DecimalField("valor (débito positivo)", max_digits=18, decimal_places=2)

    class Meta:
        verbose_name = "saldo en un corte"
        verbose_name_plural = "saldos en un corte"
        constraints = [
            models.UniqueConstraint(
                name="finances_markedbalance_once", fields=["mark", "account", "currency"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.amount} {self.currency}"


class ClosedMonth(models.Model):
    """A month of the books in which nothing happens any more; never opened again.

    What was wrong in it is put right by a movement of the month in which somebody saw it. A trigger
    refuses every movement that claims to have happened before the newest one's end.
    """

    month = models.DateField("mes", primary_key=True, help_text="Su primer día")
    ends_at = models.DateTimeField("termina")
    mark = models.OneToOneField(LedgerMark, models.PROTECT, verbose_name="corte")
    closed_at = models.DateTimeField("cerrado")
    closed_by = models.ForeignKey(
        "users.User",
        models.PROTECT,
        related_name="+",
        verbose_name="cerrado por",
        null=True,
        blank=True,
        help_text="Vacío si se cerró solo",
    )

    class Meta:
        verbose_name = "mes cerrado"
        verbose_name_plural = "meses cerrados"
        ordering = ["-month"]
        constraints = [
            models.CheckConstraint(
                name="finances_closedmonth_begins_with_the_month",
                condition=Q(month__day=1),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"
