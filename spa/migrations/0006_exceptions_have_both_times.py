"""An exception of the working hours has both its times or none (SPA-02).

A time that was missing passed the old condition: comparing with NULL is neither true nor false.
"""

from django.db import migrations, models
from django.db.models import F, Q

NAME = "spa_scheduleexception_times_go_together"
# As availability has read them: an absence of half a time is the whole day, such work is none.
AS_READ = """
UPDATE spa_scheduleexception SET starts = NULL, ends = NULL
 WHERE location_id IS NULL AND (starts IS NULL) <> (ends IS NULL);
DELETE FROM spa_scheduleexception WHERE location_id IS NOT NULL AND ends IS NULL;
"""


class Migration(migrations.Migration):
    dependencies = [("spa", "0005_waitlist_debts")]
    operations = [
        migrations.RunSQL(AS_READ, migrations.RunSQL.noop),
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
