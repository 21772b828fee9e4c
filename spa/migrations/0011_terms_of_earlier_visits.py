"""Terms of visits booked before terms spoke of tiers, of moving and of not coming (SPA-26).

What such a visit was promised stays: free until the deadline it shows, then the share it shows. What
it was not told is what the rules of this day give by default.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db import migrations

BATCH = 500
HALF_AN_HOUR = timedelta(minutes=30)


def filled(policy, starts_at, zone):
    """The terms with all they lack; nothing that was said is changed."""
    said, deposit = policy["cancellation"], Decimal(policy["deposit"])
    start, missed = (
        moment.astimezone(zone).isoformat() for moment in (starts_at, starts_at + HALF_AN_HOUR)
    )
    tiers = [_tier("free", said["free_until"], said["credit_percent_before"], deposit)]
    if datetime.fromisoformat(said["free_until"]) < starts_at:
        tiers.append(_tier("late", start, said["credit_percent_after"], deposit))
    return {
        **policy,
        "cancellation": {**said, "tiers": tiers},
        "rescheduling": {"limit": 2, "until": said["free_until"]},
        "no_show": {"after": missed, "credit_percent": "0", "credit": "0.00", "strike": True},
    }


def _tier(reason, until, percent, deposit):
    credit = (deposit * Decimal(percent) / 100).quantize(Decimal("0.01"))
    return {
        "reason": reason,
        "until": until,
        "credit_percent": percent,
        "credit": str(credit),
        "strike": reason == "late",
    }


def fill(apps, schema_editor):
    visits = apps.get_model("spa", "Appointment").objects
    while batch := list(
        visits.filter(policy__no_show__isnull=True).select_related("location").order_by("pk")[:BATCH]
    ):
        for visit in batch:
            zone = ZoneInfo(visit.location.timezone)
            visit.policy = filled(visit.policy, visit.starts_at, zone)
        visits.bulk_update(batch, ["policy"])


class Migration(migrations.Migration):
    dependencies = [("spa", "0010_waitlist")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
