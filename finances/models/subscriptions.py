"""Memberships: plans, who has one, its months, and how it came to where it is (FIN-08)."""

from decimal import Decimal

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q

from core.models import BaseModel
from core.validators import validate_price
from finances.domain.subscriptions import LIVE, EndReason, PeriodState, SubscriptionStatus
from finances.models.payments import Payment
from finances.models.sources import PaymentSource

ONE_LIVE = "finances_subscription_one_live"
_LIVE = sorted(status.value for status in LIVE)
STATUSES = [
    (SubscriptionStatus.PENDING.value, "Esperando el primer pago"),
    (SubscriptionStatus.ACTIVE.value, "Activa"),
    (SubscriptionStatus.PAST_DUE.value, "En mora"),
    (SubscriptionStatus.CANCELLED.value, "Cancelada, vigente"),
    (SubscriptionStatus.ENDED.value, "Terminada"),
]
END_REASONS = [
    (EndReason.NEVER_PAID.value, "Nunca se pagó"),
    (EndReason.UNPAID.value, "No se pagó"),
    (EndReason.CANCELLED.value, "Cancelada"),
    (EndReason.BANNED.value, "Persona no grata"),
    (EndReason.CLOSED.value, "Cuenta cerrada"),
]
PERIOD_STATES = [
    (PeriodState.DUE.value, "Por pagar"),
    (PeriodState.PAID.value, "Pagado"),
    (PeriodState.GIVEN_UP.value, "No se cobra"),
]


class ChangeState(models.TextChoices):
    """Where a change to a dearer plan stands."""

    WAITING = "waiting", "Por pagar"
    DONE = "done", "Hecho"
    GIVEN_UP = "given_up", "No se hizo"


class SubscriptionPlan(BaseModel):
    """What can be subscribed to; a price of zero sells none. Members keep the price they agreed."""

    name = models.CharField("nombre", max_length=60, unique=True)
    monthly_price = models.DecimalField(
        "precio por mes",
        max_digits=12,
        decimal_places=2,
        default=Decimal(0),
        validators=[MinValueValidator(0)],
        help_text="Cero: no se ofrece. Quien ya está suscrito conserva su precio.",
    )
    currency = models.CharField("moneda", max_length=3, default="COP")

    class Meta:
        verbose_name = "plan de membresía"
        verbose_name_plural = "planes de membresía"
        constraints = [
            models.CheckConstraint(
                name="finances_subscriptionplan_price_not_negative",
                condition=Q(monthly_price__gte=0),
            )
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse a price that cannot be charged. Raises `ValidationError`."""
        validate_price(self.monthly_price, self.currency)

    @property
    def is_offered(self) -> bool:
        """Whether anybody can subscribe to it."""
        return self.monthly_price > 0


class Subscription(BaseModel):
    """A client's membership. `price` is what the client agreed to pay for each month."""

    client = models.ForeignKey(
        "users.User", models.PROTECT, related_name="+", verbose_name="cliente"
    )
    plan = models.ForeignKey(
        SubscriptionPlan, models.PROTECT, related_name="subscriptions", verbose_name="plan"
    )
    price = models.DecimalField("precio por mes", max_digits=12, decimal_places=2)
    currency = models.CharField("moneda", max_length=3)
    # What the next month will be of, if not of the same: a cheaper plan waits for it.
    next_plan = models.ForeignKey(
        SubscriptionPlan,
        models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name="plan desde el próximo mes",
    )
    next_price = models.DecimalField(
        "precio desde el próximo mes", max_digits=12, decimal_places=2, null=True, blank=True
    )
    source = models.ForeignKey(
        PaymentSource, models.PROTECT, related_name="+", verbose_name="medio de pago"
    )
    status = models.CharField("estado", max_length=9, choices=STATUSES)
    end_reason = models.CharField("terminó porque", max_length=10, choices=END_REASONS, blank=True)
    anchor_day = models.PositiveSmallIntegerField("día del mes")
    paid_until = models.DateField("pagada hasta antes de", null=True, blank=True)
    tries = models.PositiveSmallIntegerField("intentos rechazados", default=0)
    last_try_on = models.DateField("último intento", null=True, blank=True)
    next_look_at = models.DateTimeField("próxima revisión", null=True, blank=True)
    subscribed_at = models.DateTimeField("suscrita")
    ended_at = models.DateTimeField("terminada", null=True, blank=True)

    class Meta:
        verbose_name = "membresía"
        verbose_name_plural = "membresías"
        constraints = [
            models.UniqueConstraint(
                name=ONE_LIVE, fields=["client"], condition=Q(status__in=_LIVE)
            ),
            models.CheckConstraint(
                name="finances_subscription_status_known",
                condition=Q(status__in=[status.value for status in SubscriptionStatus]),
            ),
            models.CheckConstraint(
                name="finances_subscription_ended_says_why_and_when",
                condition=Q(status="ended", ended_at__isnull=False) & ~Q(end_reason="")
                | ~Q(status="ended") & Q(ended_at=None, end_reason=""),
            ),
            models.CheckConstraint(
                name="finances_subscription_begun_is_paid",
                condition=Q(status__in=["pending", "ended"]) | Q(paid_until__isnull=False),
            ),
            models.CheckConstraint(
                name="finances_subscription_price_positive", condition=Q(price__gt=0)
            ),
            models.CheckConstraint(
                name="finances_subscription_anchor_is_a_day",
                condition=Q(anchor_day__gte=1, anchor_day__lte=31),
            ),
        ]
        indexes = [
            models.Index(
                name="finances_subscription_look",
                fields=["next_look_at"],
                condition=Q(next_look_at__isnull=False),
            ),
            models.Index(name="finances_subscription_of", fields=["client", "subscribed_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.plan.name} {self.get_status_display()}"


class SubscriptionPeriod(BaseModel):
    """One month of one membership, charged once: its number is the last word on that.

    `payment` is the newest that was opened for it. `heard` is the last of its charges whose end was
    counted, `streak` the how manieth month without a gap it is.
    """

    subscription = models.ForeignKey(Subscription, models.PROTECT, related_name="periods")
    number = models.PositiveIntegerField("mes número")
    plan = models.ForeignKey(
        SubscriptionPlan, models.PROTECT, related_name="+", verbose_name="plan"
    )
    price = models.DecimalField("precio", max_digits=12, decimal_places=2)
    currency = models.CharField("moneda", max_length=3)
    starts_on = models.DateField("empieza")
    ends_on = models.DateField("termina antes de")
    payment = models.ForeignKey(Payment, models.PROTECT, related_name="+", verbose_name="pago")
    state = models.CharField(
        "estado", max_length=8, choices=PERIOD_STATES, default=PeriodState.DUE.value
    )
    heard = models.PositiveSmallIntegerField("cobros contados", default=0)
    streak = models.PositiveIntegerField("meses seguidos", default=0)
    paid_at = models.DateTimeField("pagado", null=True, blank=True)
    closed_at = models.DateTimeField("cerrado", null=True, blank=True)

    class Meta:
        verbose_name = "mes de membresía"
        verbose_name_plural = "meses de membresía"
        constraints = [
            models.UniqueConstraint(
                name="finances_subscriptionperiod_once", fields=["subscription", "number"]
            ),
            models.UniqueConstraint(
                name="finances_subscriptionperiod_one_due",
                fields=["subscription"],
                condition=Q(state="due"),
            ),
            models.CheckConstraint(
                name="finances_subscriptionperiod_lasts", condition=Q(ends_on__gt=F("starts_on"))
            ),
            models.CheckConstraint(
                name="finances_subscriptionperiod_paid_says_when",
                condition=Q(state="paid", paid_at__isnull=False)
                | ~Q(state="paid") & Q(paid_at=None, closed_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.starts_on} – {self.ends_on}"


class PlanChange(BaseModel):
    """A dearer plan for the rest of a month: its difference is paid first."""

    subscription = models.ForeignKey(Subscription, models.PROTECT, related_name="changes")
    period = models.ForeignKey(SubscriptionPeriod, models.PROTECT, related_name="changes")
    plan = models.ForeignKey(
        SubscriptionPlan, models.PROTECT, related_name="+", verbose_name="plan"
    )
    price = models.DecimalField("nuevo precio por mes", max_digits=12, decimal_places=2)
    amount = models.DecimalField("diferencia", max_digits=12, decimal_places=2)
    payment = models.ForeignKey(Payment, models.PROTECT, related_name="+", verbose_name="pago")
    state = models.CharField(
        "estado", max_length=8, choices=ChangeState, default=ChangeState.WAITING
    )
    asked_at = models.DateTimeField("pedido")

    class Meta:
        verbose_name = "cambio de plan"
        verbose_name_plural = "cambios de plan"
        constraints = [
            models.UniqueConstraint(
                name="finances_planchange_one_waiting",
                fields=["subscription"],
                condition=Q(state="waiting"),
            ),
            models.CheckConstraint(
                name="finances_planchange_costs_something", condition=Q(amount__gt=0)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan.name} {self.amount}"


class SubscriptionLogEntry(BaseModel):
    """One thing that happened to a membership, and who did it; nobody is the clock or the bank."""

    subscription = models.ForeignKey(Subscription, models.PROTECT, related_name="log")
    at = models.DateTimeField("cuándo")
    before = models.CharField("antes", max_length=9, choices=STATUSES, blank=True)
    after = models.CharField("después", max_length=9, choices=STATUSES)
    what = models.CharField("qué", max_length=40)
    actor = models.ForeignKey(
        "users.User", models.PROTECT, related_name="+", null=True, blank=True, verbose_name="quién"
    )

    class Meta:
        verbose_name = "suceso de membresía"
        verbose_name_plural = "sucesos de membresía"
        indexes = [models.Index(name="finances_subscriptionlog_of", fields=["subscription", "at"])]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d} {self.what}"
