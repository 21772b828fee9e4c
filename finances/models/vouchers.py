"""Vouchers: less to pay for whoever knows the code, no more often than agreed (SPA-13)."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, IntegerRangeField, RangeOperators
from django.db import models
from django.db.backends.postgresql.psycopg_any import NumericRange
from django.db.models import F, Func, Q
from django.db.models.functions import Length
from django.db.models.lookups import GreaterThanOrEqual

from core.models import BaseModel
from finances.domain.discounts import Scope, VoucherKind
from finances.models.credit import UseState
from finances.models.subscriptions import SubscriptionPeriod

THOSE_COMBINE = "finances_voucheruse_those_combine"
SEAT_TAKEN_ONCE = "finances_voucheruse_seat_taken_once"


def alone() -> NumericRange:
    """The slots of a voucher beside which there can be no other."""
    return NumericRange(0, None)


class _Canonical(Func):
    """`finances.domain.codes.canonical`, by the database's own hand."""

    template = (
        "translate(upper(regexp_replace(%(expressions)s, '[^A-Za-z0-9]', '', 'g')), 'OIL', '011')"
    )


class Voucher(BaseModel):
    """A code, what it takes off, and how often; `uses` counts those reserved or used now.

    `uses` is written by conditional updates only (`finances.steps.vouchers`).
    """

    code = models.CharField(
        "código",
        max_length=32,
        blank=True,
        help_text="Vacío: se crea uno. No distingue mayúsculas, ni O de 0, ni I y L de 1.",
    )
    canonical = models.GeneratedField(
        expression=_Canonical("code"),
        output_field=models.CharField(max_length=32),
        db_persist=True,
    )
    name = models.CharField("nombre", max_length=80, help_text="Para reconocerlo; no se muestra.")
    kind = models.CharField(
        "clase",
        max_length=8,
        choices=[(VoucherKind.PERCENT.value, "Porcentaje"), (VoucherKind.AMOUNT.value, "Valor")],
    )
    value = models.DecimalField("cuánto descuenta", max_digits=12, decimal_places=2)
    currency = models.CharField("moneda", max_length=3, default="COP")
    scope = models.CharField(
        "sirve para",
        max_length=8,
        choices=[
            (Scope.ALL.value, "Todo"),
            (Scope.SERVICES.value, "Servicios"),
            (Scope.PACKAGES.value, "Paquetes"),
        ],
        default=Scope.ALL.value,
    )
    item_ids = ArrayField(
        models.UUIDField(),
        verbose_name="solo estos",
        default=list,
        blank=True,
        help_text="Ninguno: todos los de su clase.",
    )
    min_spend = models.DecimalField("compra mínima", max_digits=12, decimal_places=2, default=0)
    combines_with_vouchers = models.BooleanField(
        "se combina con otros cupones",
        default=False,
        db_default=False,
        help_text="Solo con los que también se combinan.",
    )
    combines_with_vip = models.BooleanField(
        "se combina con el precio VIP", default=True, db_default=True
    )
    combines_with_credit = models.BooleanField(
        "se combina con saldo a favor", default=True, db_default=True
    )
    total_limit = models.PositiveIntegerField("usos en total", null=True, blank=True)
    per_person_limit = models.PositiveSmallIntegerField(
        "usos por persona", null=True, blank=True, default=1
    )
    valid_from = models.DateTimeField("sirve desde", null=True, blank=True)
    valid_until = models.DateTimeField("sirve hasta", null=True, blank=True)
    is_active = models.BooleanField("activo", default=True)
    # Empty: whoever knows the code. Nobody else learns that there is such a code.
    client = models.ForeignKey(
        "users.User",
        models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name="solo para",
    )
    # The month of a membership that it rewards: one voucher each.
    rewards = models.ForeignKey(
        SubscriptionPeriod, models.PROTECT, related_name="+", null=True, blank=True, editable=False
    )
    uses = models.PositiveIntegerField("usos", default=0, editable=False)

    class Meta:
        verbose_name = "cupón"
        verbose_name_plural = "cupones"
        constraints = [
            models.UniqueConstraint(name="finances_voucher_code_once", fields=["canonical"]),
            models.UniqueConstraint(
                name="finances_voucher_one_for_a_reward",
                fields=["rewards"],
                condition=Q(rewards__isnull=False),
            ),
            models.CheckConstraint(
                name="finances_voucher_reward_is_somebodys",
                condition=Q(rewards=None) | Q(client__isnull=False),
            ),
            models.CheckConstraint(
                name="finances_voucher_code_says_something",
                condition=GreaterThanOrEqual(Length("canonical"), 3),
            ),
            models.CheckConstraint(
                name="finances_voucher_value_makes_sense",
                condition=Q(value__gt=0) & (Q(kind="amount") | Q(kind="percent", value__lte=100)),
            ),
            models.CheckConstraint(
                name="finances_voucher_scope_known",
                condition=Q(scope__in=[scope.value for scope in Scope]),
            ),
            models.CheckConstraint(
                name="finances_voucher_minimum_not_negative", condition=Q(min_spend__gte=0)
            ),
            models.CheckConstraint(
                name="finances_voucher_within_its_limit",
                condition=Q(total_limit=None) | Q(uses__lte=F("total_limit")),
            ),
            models.CheckConstraint(
                name="finances_voucher_ends_after_it_begins",
                condition=Q(valid_from=None)
                | Q(valid_until=None)
                | Q(valid_until__gt=F("valid_from")),
            ),
        ]

    def __str__(self) -> str:
        return self.code


class VoucherUse(BaseModel):
    """One person uses a voucher for one thing.

    `seat` is which of the person's uses it is, from 1 to the limit: no two that count share one, so
    the database bounds them. Empty where the voucher has no such limit. `slots` is its place among
    the vouchers of one thing: one that does not combine takes all of them.
    """

    voucher = models.ForeignKey(
        Voucher, models.PROTECT, related_name="redemptions", verbose_name="cupón"
    )
    client = models.ForeignKey(
        "users.User", models.PROTECT, related_name="+", verbose_name="cliente"
    )
    payable_kind = models.CharField("qué se paga", max_length=40)
    payable_id = models.UUIDField("identificador de lo que se paga")
    amount = models.DecimalField("descuento", max_digits=12, decimal_places=2)
    currency = models.CharField("moneda", max_length=3)
    seat = models.PositiveSmallIntegerField("lugar", null=True, blank=True)
    slots = IntegerRangeField(default=alone, db_default=NumericRange(0, None), editable=False)
    state = models.CharField("estado", max_length=8, choices=UseState, default=UseState.RESERVED)
    reserved_at = models.DateTimeField("reservado")
    ended_at = models.DateTimeField("usado o devuelto", null=True, blank=True)

    class Meta:
        verbose_name = "uso de cupón"
        verbose_name_plural = "usos de cupones"
        constraints = [
            ExclusionConstraint(
                name=THOSE_COMBINE,
                expressions=[
                    ("payable_id", RangeOperators.EQUAL),
                    ("payable_kind", RangeOperators.EQUAL),
                    ("slots", RangeOperators.OVERLAPS),
                ],
                condition=Q(state__in=["reserved", "used"]),
            ),
            models.UniqueConstraint(
                name="finances_voucheruse_once_per_payable",
                fields=["payable_id", "payable_kind", "voucher"],
                condition=Q(state__in=["reserved", "used"]),
            ),
            models.UniqueConstraint(
                name=SEAT_TAKEN_ONCE,
                fields=["voucher", "client", "seat"],
                condition=Q(state__in=["reserved", "used"]),
            ),
            models.CheckConstraint(
                name="finances_voucheruse_reserved_until_it_ends",
                condition=Q(state="reserved", ended_at=None)
                | Q(state__in=["used", "released"], ended_at__isnull=False),
            ),
            models.CheckConstraint(
                name="finances_voucheruse_amount_not_negative", condition=Q(amount__gte=0)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency} {self.get_state_display()}"
