"""Reports of closed months stay as they were written down (FIN-11)."""

import core.ids
import django.db.models.deletion
from django.db import migrations, models


FORWARD = """
CREATE TRIGGER finances_keptreport_stays BEFORE UPDATE OR DELETE ON finances_keptreport
    FOR EACH ROW EXECUTE FUNCTION core_refuse_change();
"""
BACKWARD = "DROP TRIGGER finances_keptreport_stays ON finances_keptreport;"


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0002_audit_is_append_only"),
        ("finances", "0025_reconciliation"),
    ]

    operations = [
        migrations.CreateModel(
            name="KeptReport",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("body", models.BinaryField(verbose_name="contenido")),
                ("digest", models.CharField(max_length=64, verbose_name="huella SHA-256")),
                ("agrees", models.BooleanField(verbose_name="cuadra con el libro")),
                ("made_at", models.DateTimeField(verbose_name="hecho")),
                (
                    "location",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        help_text="Vacía: todas",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="core.location",
                        verbose_name="sede",
                    ),
                ),
                (
                    "month",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reports",
                        to="finances.closedmonth",
                        verbose_name="mes",
                    ),
                ),
            ],
            options={
                "verbose_name": "reporte mensual",
                "verbose_name_plural": "reportes mensuales",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("month", "location"),
                        name="finances_keptreport_once",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "digest",
                                models.Func(
                                    models.Func(
                                        models.F("body"),
                                        function="sha256",
                                        output_field=models.BinaryField(),
                                    ),
                                    models.Value("hex"),
                                    function="encode",
                                    output_field=models.CharField(),
                                ),
                            )
                        ),
                        name="finances_keptreport_digest_is_of_the_body",
                    ),
                ],
            },
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
