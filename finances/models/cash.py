"""The till of a place: shifts, what is put in or taken out, and the count at the end (FIN-12)."""

from django.db import models
from django.db.models import F, Q

from core.models import BaseModel, Location

ONE_OPEN = "finances_cashshift_one_open"


class CashShift(BaseModel):
    """Somebody answers for the cash of a place from one count to the next.

    One is open per place. What should be in the drawer is worked out when it is counted, and never
    before. A closed shift is never changed (trigger).
    """

    location = models.ForeignKey(Location, models.PROTECT, related_name="+", verbose_name="sede")
    currency = models.CharField("moneda", max_length=3)
    opening_float = models.DecimalField("fondo inicial", max_digits=12, decimal_places=2)
    # What the shift before left, and came in since; empty for the first shift of a place.
    left_before = models.DecimalField(
        "dejado por el turno anterior", max_digits=12, decimal_places=2, null=True, blank=True
    )
    # All cash ever taken at the place while no shift was open: what came since is the difference.
    outside_shifts = models.DecimalField(
        "recibido fuera de turnos", max_digits=12, decimal_places=2, default=0, editable=False
    )
    opened_by = models.ForeignKey(
        "users.User", models.PROTECT, related_name="+", verbose_name="abierto por"
    )
    opened_at = models.DateTimeField("abierto")
    closed_by = models.ForeignKey(
        "users.User", models.PROTECT, related_name="+", null=True, verbose_name="cerrado por"
    )
    closed_at = models.DateTimeField("cerrado", null=True, blank=True)
    counted = models.DecimalField("contado", max_digits=12, decimal_places=2, null=True, blank=True)
    expected = models.DecimalField(
        "esperado", max_digits=12, decimal_places=2, null=True, blank=True
    )
    difference = models.GeneratedField(
        verbose_name="diferencia",
        expression=F("counted") - F("expected"),
        output_field=models.DecimalField(max_digits=12, decimal_places=2, null=True),
        db_persist=True,
    )
    note = models.CharField("nota", max_length=300, blank=True)

    class Meta:
        verbose_name = "turno de caja"
        verbose_name_plural = "turnos de caja"
        constraints = [
            models.UniqueConstraint(
                name=ONE_OPEN, fields=["location"], condition=Q(closed_at=None)
            ),
            models.CheckConstraint(
                name="finances_cashshift_float_not_negative",
                condition=Q(opening_float__gte=0, outside_shifts__gte=0),
            ),
            models.CheckConstraint(
                name="finances_cashshift_closed_is_counted",
                condition=Q(closed_at=None, closed_by=None, counted=None, expected=None)
                | Q(
                    closed_at__gte=F("opened_at"),
                    closed_by__isnull=False,
                    counted__gte=0,
                    expected__isnull=False,
                ),
            ),
        ]
        indexes = [
            models.Index(fields=["location", "-opened_at"], name="finances_cashshift_latest"),
        ]

    def __str__(self) -> str:
        return f"{self.location_id} {self.opened_at:%Y-%m-%d %H:%M}"


class CashMovementKind(models.TextChoices):
    """Why cash is put into a drawer or taken out of it, beside payments."""

    TO_BANK = "to_bank", "Consignación al banco"
    FROM_BANK = "from_bank", "Efectivo traído del banco"
    EXPENSE = "expense", "Gasto menor"
    REFUND = "refund", "Devolución a un cliente"


# What somebody at the till may say; a refund moves cash by itself.
BY_HAND = [
    (kind.value, kind.label) for kind in CashMovementKind if kind is not CashMovementKind.REFUND
]


class CashMovement(BaseModel):
    """Cash that was put in (positive) or taken out (negative), and why; never changed (trigger)."""

    shift = models.ForeignKey(
        CashShift, models.PROTECT, related_name="movements", verbose_name="turno"
    )
    kind = models.CharField("tipo", max_length=10, choices=CashMovementKind)
    amount = models.DecimalField("valor", max_digits=12, decimal_places=2)
    reason = models.CharField("motivo", max_length=200)
    made_by = models.ForeignKey(
        "users.User", models.PROTECT, related_name="+", verbose_name="registrado por"
    )
    made_at = models.DateTimeField("registrado")
    cause_id = models.UUIDField("identificador de la solicitud", unique=True, editable=False)

    class Meta:
        verbose_name = "movimiento de caja"
        verbose_name_plural = "movimientos de caja"
        constraints = [
            models.CheckConstraint(
                name="finances_cashmovement_goes_its_way",
                condition=Q(kind="from_bank", amount__gt=0)
                | Q(kind__in=["to_bank", "expense", "refund"], amount__lt=0),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.amount}"
