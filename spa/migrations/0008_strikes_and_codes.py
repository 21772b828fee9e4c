"""Strikes and appeals; codes to check in with, which PostgreSQL gives to each visit."""

import core.crypto
import core.ids
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# The n-th visit gets n times a number that shares no factor with 31^6: six letters and digits that
# nobody mistakes for others, no two alike among the 887 503 681 that follow one another.
FORWARD = """
CREATE SEQUENCE spa_check_in_code_number MINVALUE 1 MAXVALUE 887503681 CYCLE;
CREATE FUNCTION spa_next_check_in_code() RETURNS varchar LANGUAGE sql VOLATILE AS $$
    WITH drawn AS (
        SELECT nextval('spa_check_in_code_number') * 548507449 % 887503681 AS number)
    SELECT string_agg(
        substr('23456789ABCDEFGHJKMNPQRSTUVWXYZ',
               (number / (31 ^ place)::bigint % 31)::int + 1, 1), '')
      FROM drawn, generate_series(0, 5) AS place
$$;
"""
BACKWARD = """
DROP FUNCTION spa_next_check_in_code();
DROP SEQUENCE spa_check_in_code_number;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0002_audit_is_append_only"),
        ("spa", "0007_classes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Strike",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("late_cancellation", "Cancelación tardía"),
                            ("no_show", "Inasistencia"),
                        ],
                        max_length=17,
                        verbose_name="falta",
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="cuándo")),
                (
                    "waived_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="perdonada"),
                ),
                (
                    "waive_reason",
                    models.CharField(blank=True, max_length=200, verbose_name="motivo del perdón"),
                ),
            ],
            options={
                "verbose_name": "falta",
                "verbose_name_plural": "faltas",
            },
        ),
        migrations.CreateModel(
            name="StrikeAppeal",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=core.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                ("text", core.crypto.EncryptedTextField(verbose_name="qué dice el cliente")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("open", "Por decidir"),
                            ("upheld", "Aceptada"),
                            ("rejected", "Rechazada"),
                        ],
                        default="open",
                        max_length=8,
                        verbose_name="estado",
                    ),
                ),
                ("filed_at", models.DateTimeField(verbose_name="presentada")),
                (
                    "decided_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="decidida"),
                ),
                ("answer", models.CharField(blank=True, max_length=200, verbose_name="respuesta")),
            ],
            options={
                "verbose_name": "apelación",
                "verbose_name_plural": "apelaciones",
            },
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
        migrations.AlterField(
            model_name="appointment",
            name="check_in_code",
            field=models.CharField(
                blank=True,
                db_default=models.Func(function="spa_next_check_in_code"),
                editable=False,
                max_length=8,
                verbose_name="código de llegada",
            ),
        ),
        migrations.AddIndex(
            model_name="appointment",
            index=models.Index(
                condition=models.Q(("status", "completed"), ("total__gt", models.F("paid"))),
                fields=["client"],
                name="spa_appointment_debts",
            ),
        ),
        migrations.AddField(
            model_name="strike",
            name="appointment",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="strike",
                to="spa.appointment",
                verbose_name="cita",
            ),
        ),
        migrations.AddField(
            model_name="strike",
            name="client",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="cliente",
            ),
        ),
        migrations.AddField(
            model_name="strike",
            name="waived_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="perdonada por",
            ),
        ),
        migrations.AddField(
            model_name="strikeappeal",
            name="decided_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="decidida por",
            ),
        ),
        migrations.AddField(
            model_name="strikeappeal",
            name="strike",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="appeal",
                to="spa.strike",
                verbose_name="falta",
            ),
        ),
        migrations.AddIndex(
            model_name="strike",
            index=models.Index(
                condition=models.Q(("waived_at", None)),
                fields=["client", "at"],
                name="spa_strike_that_counts",
            ),
        ),
        migrations.AddIndex(
            model_name="strike",
            index=models.Index(fields=["-at", "-id"], name="spa_strike_latest"),
        ),
        migrations.AddConstraint(
            model_name="strike",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["late_cancellation", "no_show"])),
                name="spa_strike_kind_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="strike",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("waive_reason", ""), ("waived_at", None), ("waived_by", None)),
                    models.Q(
                        ("waived_at__isnull", False),
                        ("waived_by__isnull", False),
                        models.Q(("waive_reason", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="spa_strike_waived_by_somebody_with_a_reason",
            ),
        ),
        migrations.AddIndex(
            model_name="strikeappeal",
            index=models.Index(
                condition=models.Q(("status", "open")),
                fields=["filed_at"],
                name="spa_strikeappeal_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="strikeappeal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("answer", ""),
                        ("decided_at", None),
                        ("decided_by", None),
                        ("status", "open"),
                    ),
                    models.Q(
                        ("decided_at__isnull", False),
                        ("decided_by__isnull", False),
                        ("status__in", ["upheld", "rejected"]),
                        models.Q(("answer", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="spa_strikeappeal_decided_by_somebody_with_an_answer",
            ),
        ),
    ]
