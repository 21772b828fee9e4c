"""Days compared with the providers' books, and where they differ (FIN-06)."""

from django.db import models
from django.db.models import F, Q

from core.models import BaseModel
from finances.domain.reconciliation import PENDING, DayStatus, Kind, State, Subject, Way

DAY_STATUSES = [
    (DayStatus.RUNNING.value, "En curso"),
    (DayStatus.CLEAN.value, "Sin diferencias"),
    (DayStatus.DIFFERS.value, "Con diferencias"),
    (DayStatus.FAILED.value, "No se pudo hacer"),
]
SUBJECTS = [
    (Subject.PAYMENT.value, "Pago"),
    (Subject.REFUND.value, "Devolución"),
    (Subject.PAYOUT.value, "Pago a terceros"),
]
KINDS = [
    (Kind.MISSING_HERE.value, "No está en nuestros libros"),
    (Kind.MISSING_THERE.value, "No está donde el proveedor"),
    (Kind.AMOUNT.value, "Otro valor"),
    (Kind.CURRENCY.value, "Otra moneda"),
    (Kind.STATUS.value, "Otro estado"),
]
DIFFERENCE_STATES = [
    (State.OPEN.value, "Abierta"),
    (State.ASSIGNED.value, "Asignada"),
    (State.PROPOSED.value, "Por aprobar"),
    (State.RESOLVED.value, "Resuelta"),
    (State.GONE.value, "Se arregló sola"),
]
WAYS = [
    (Way.ASKED_AGAIN.value, "Se volvió a consultar"),
    (Way.CLIENT_CREDIT.value, "Saldo a favor de un cliente"),
    (Way.DIFFERENCES.value, "Diferencias de conciliación"),
    (Way.GATEWAY_FEES.value, "Costos de la pasarela"),
]
ONE_PENDING = "finances_difference_one_pending"
_PENDING = sorted(state.value for state in PENDING)


def _sums(what: str) -> tuple[models.DecimalField, models.DecimalField]:  # type: ignore[type-arg]
    return (
        models.DecimalField(f"{what} allá", max_digits=16, decimal_places=2, default=0),
        models.DecimalField(f"{what} aquí", max_digits=16, decimal_places=2, default=0),
    )


class Reconciliation(BaseModel):
    """One local day, compared. It is `clean` or `differs` only once all of it was compared."""

    day = models.DateField("día", unique=True)
    status = models.CharField("estado", max_length=7, choices=DAY_STATUSES)
    # How often it was begun: a worker whose number is not this one any more writes nothing.
    runs = models.PositiveSmallIntegerField("veces", default=0)
    started_at = models.DateTimeField("empezó")
    leased_until = models.DateTimeField("reservada hasta", null=True, blank=True)
    finished_at = models.DateTimeField("terminó", null=True, blank=True)
    problem = models.CharField("por qué no", max_length=200, blank=True)
    # The gateway may not let itself be asked for its refunds (ADR 45).
    refunds_compared = models.BooleanField("devoluciones comparadas", default=True)
    payments_there = models.PositiveIntegerField("pagos allá", default=0)
    payments_here = models.PositiveIntegerField("pagos aquí", default=0)
    paid_there, paid_here = _sums("pagado")
    refunded_there, refunded_here = _sums("devuelto")
    paid_out_there, paid_out_here = _sums("pagado a terceros")
    # Found on the last time, and of those the ones that somebody has to see to.
    settled = models.PositiveIntegerField("recibidos tarde", default=0)
    found = models.PositiveIntegerField("diferencias", default=0)

    class Meta:
        verbose_name = "conciliación"
        verbose_name_plural = "conciliaciones"
        constraints = [
            models.CheckConstraint(
                name="finances_reconciliation_leased_while_it_runs",
                condition=Q(status="running", leased_until__isnull=False, finished_at=None)
                | Q(
                    status__in=["clean", "differs", "failed"],
                    leased_until=None,
                    finished_at__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="finances_reconciliation_clean_without_differences",
                condition=Q(status="differs", found__gt=0) | (~Q(status="differs") & Q(found=0)),
            ),
            models.CheckConstraint(
                name="finances_reconciliation_failed_says_why",
                condition=Q(status="failed") & ~Q(problem="") | ~Q(status="failed") & Q(problem=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day:%Y-%m-%d} {self.get_status_display()}"


class Difference(BaseModel):
    """One thing of which a provider's books and ours say different things.

    `amount` is how much more money there is there than here. Not more than one waits of a thing and
    a kind, however many nights see it; what is resolved comes back as a new one with other facts.
    """

    subject = models.CharField("de qué", max_length=7, choices=SUBJECTS)
    kind = models.CharField("diferencia", max_length=13, choices=KINDS)
    thing = models.CharField("identificador", max_length=80)
    theirs = models.JSONField("el proveedor dice", null=True, blank=True)
    ours = models.JSONField("nosotros decimos", null=True, blank=True)
    amount = models.DecimalField("dinero en cuestión", max_digits=12, decimal_places=2)
    currency = models.CharField("moneda", max_length=3)
    first_run = models.ForeignKey(
        Reconciliation, models.PROTECT, related_name="+", verbose_name="vista por primera vez"
    )
    last_run = models.ForeignKey(
        Reconciliation, models.PROTECT, related_name="+", verbose_name="vista por última vez"
    )
    seen_at = models.DateTimeField("vista")
    state = models.CharField(
        "estado", max_length=8, choices=DIFFERENCE_STATES, default=State.OPEN.value
    )
    owner = models.ForeignKey(
        "users.User",
        models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name="responsable",
    )
    way = models.CharField("cómo", max_length=13, choices=WAYS, blank=True)
    client = models.ForeignKey(
        "users.User",
        models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name="cliente",
    )
    note = models.CharField("explicación", max_length=200, blank=True)
    needs_approval = models.BooleanField("requiere aprobación", default=False)
    proposed_by = models.ForeignKey(
        "users.User",
        models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name="propuesta por",
    )
    resolved_by = models.ForeignKey(
        "users.User",
        models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name="resuelta por",
    )
    ended_at = models.DateTimeField("terminó", null=True, blank=True)

    class Meta:
        verbose_name = "diferencia"
        verbose_name_plural = "diferencias"
        constraints = [
            models.UniqueConstraint(
                name=ONE_PENDING,
                fields=["subject", "thing", "kind"],
                condition=Q(state__in=_PENDING),
            ),
            models.CheckConstraint(
                name="finances_difference_ended_when_it_is_over",
                condition=Q(state__in=_PENDING, ended_at=None)
                | Q(state__in=["resolved", "gone"], ended_at__isnull=False),
            ),
            models.CheckConstraint(
                name="finances_difference_assigned_to_somebody",
                condition=~Q(state="assigned") | Q(owner__isnull=False),
            ),
            models.CheckConstraint(
                name="finances_difference_resolved_says_how_and_by_whom",
                condition=~Q(state__in=["proposed", "resolved"])
                | (~Q(way="") & ~Q(note="") & Q(proposed_by__isnull=False)),
            ),
            models.CheckConstraint(
                name="finances_difference_a_second_person_agrees",
                condition=~Q(state="resolved")
                | Q(needs_approval=False, resolved_by__isnull=False)
                | (Q(resolved_by__isnull=False) & ~Q(resolved_by=F("proposed_by"))),
            ),
            models.CheckConstraint(
                name="finances_difference_credit_has_another_owner",
                condition=~Q(way="client_credit", state__in=["proposed", "resolved"])
                | (
                    Q(client__isnull=False, amount__gt=0)
                    & ~Q(client=F("proposed_by"))
                    & (Q(resolved_by=None) | ~Q(client=F("resolved_by")))
                ),
            ),
        ]
        indexes = [
            models.Index(
                name="finances_difference_pending",
                fields=["seen_at"],
                condition=Q(state__in=_PENDING),
            ),
            models.Index(name="finances_difference_of_thing", fields=["thing", "subject"]),
            models.Index(name="finances_difference_newest", fields=["created_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.get_subject_display()} {self.thing}: {self.get_kind_display()}"

    def withdraw_proposal(self) -> None:
        """Wait as before somebody proposed how to resolve it."""
        self.state = State.ASSIGNED.value if self.owner_id else State.OPEN.value
        self.way, self.note, self.client, self.proposed_by = "", "", None, None
        self.needs_approval = False
