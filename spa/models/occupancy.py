"""The occupancy ledger: the one place that says who and what is busy (SPA-05)."""

from datetime import timedelta

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, IntegerRangeField, RangeOperators
from django.contrib.postgres.indexes import OpClass
from django.db import models
from django.db.models import F, Func, Q

from spa.models.resources import Resource

NO_OVERLAP = "spa_occupancy_no_overlap"


class Lower(Func):
    """`lower(range)`."""

    function = "lower"
    output_field = models.DateTimeField()


class Occupancy(models.Model):
    """`resource` is busy on `lanes` during the half-open interval `during`, buffers included.

    An exclusive booking takes the lanes `[0,)`, open upward, so that a capacity that grows later
    cannot let another booking slip under it. `hold_expires_at` marks time that is only held.
    """

    id = models.BigAutoField(primary_key=True)
    resource = models.ForeignKey(Resource, models.PROTECT, related_name="+", db_index=False)
    lanes = IntegerRangeField()
    during = DateTimeRangeField()
    source_kind = models.CharField(max_length=30)
    source_id = models.UUIDField()
    hold_expires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "ocupación"
        verbose_name_plural = "ocupaciones"
        constraints = [
            ExclusionConstraint(
                name=NO_OVERLAP,
                expressions=[
                    (OpClass("resource", "gist_uuid_ops"), RangeOperators.EQUAL),
                    ("lanes", RangeOperators.OVERLAPS),
                    ("during", RangeOperators.OVERLAPS),
                ],
            ),
            # Readers look a day back for what still runs; longer absences are rows of a day each.
            models.CheckConstraint(
                name="spa_occupancy_lasts_at_most_a_day",
                condition=Q(during__endswith__lte=F("during__startswith") + timedelta(days=1)),
            ),
        ]
        indexes = [
            models.Index("resource", Lower("during"), name="spa_occupancy_by_start"),
            models.Index(fields=["source_id"], name="spa_occupancy_by_source"),
        ]

    def __str__(self) -> str:
        return f"{self.resource_id} {self.during}"
