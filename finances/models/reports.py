"""Reports of closed months, as they were written down (FIN-11)."""

from django.db import models
from django.db.models import F, Func, Q, Value

from core.ids import uuid7
from core.models import Location
from finances.models.periods import ClosedMonth


class KeptReport(models.Model):
    """The report of a closed month, of all places or of one; never changed (trigger).

    `body` is the report; its digest is the database's to check.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    month = models.ForeignKey(
        ClosedMonth,
        models.PROTECT,
        related_name="reports",
        verbose_name="mes",
        db_index=False,
    )
    location = models.ForeignKey(
        Location,
        models.PROTECT,
        related_name="+",
        verbose_name="sede",
        null=True,
        blank=True,
        db_index=False,
        help_text="Vacía: todas",
    )
    body = models.BinaryField("contenido")
    digest = models.CharField("huella SHA-256", max_length=64)
    agrees = models.BooleanField("cuadra con el libro")
    made_at = models.DateTimeField("hecho")

    class Meta:
        verbose_name = "reporte mensual"
        verbose_name_plural = "reportes mensuales"
        constraints = [
            models.UniqueConstraint(
                name="finances_keptreport_once", fields=["month", "location"], nulls_distinct=False
            ),
            models.CheckConstraint(
                name="finances_keptreport_digest_is_of_the_body",
                condition=Q(
                    digest=Func(
                        Func(F("body"), function="sha256", output_field=models.BinaryField()),
                        Value("hex"),
                        function="encode",
                        output_field=models.CharField(),
                    )
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.month_id:%Y-%m}"
