"""An exception of the working hours has both its times or none (SPA-02).

A time that was missing passed the old condition: comparing with NULL is neither true nor false.
"""

from django.db import migrations, models
from django.db.models import F, Q

NAME = "spa_scheduleexception_times_go_together"
# Availability always took an absence of half a time for the whole day.
WHOLE_DAYS = """
UPDATE spa_scheduleexception SET starts = NULL, ends = NULL
 WHERE location_id IS NULL AND (starts IS NULL) <> (ends IS NULL)
"""


class Migration(migrations.Migration):
    dependencies = [("spa", "0005_waitlist_debts")]
    operations = [
        migrations.RunSQL(WHOLE_DAYS, migrations.RunSQL.noop),
        migrations.RemoveConstraint("scheduleexception", NAME),
        migrations.AddConstraint(
            "scheduleexception",
            models.CheckConstraint(
                name=NAME,
                condition=Q(starts=None, ends=None)
                | Q(starts__isnull=False, ends__isnull=False, ends__gt=F("starts")),
                violation_error_message="Indica desde y hasta, en ese orden, o ninguno de los dos.",
            ),
        ),
    ]
