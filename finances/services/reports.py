"""Keeping the reports of closed months (FIN-11)."""

from datetime import date, datetime
from hashlib import sha256
from uuid import UUID

from core.models import Location
from core.use_cases import use_case
from finances.domain.months import whole_month
from finances.domain.reports import read
from finances.models import KeptReport
from finances.selectors.reports import find_month_to_keep, make_report
from finances.selectors.snapshots import one_moment


def keep_next_report(*, now: datetime) -> bool:
    """Write down the first closed month that has no report; `False` when there is none.

    Of all places together and of each. Made in one moment, so that its controls compare like with
    like; two at once keep one.
    """
    closed = find_month_to_keep()
    if closed is None:
        return False
    with one_moment():
        places = [None, *Location.objects.order_by("pk")]
        period = whole_month(closed.month)
        bodies = {
            place.pk if place else None: make_report(
                period=period, place=place, is_final=True, now=now
            )
            for place in places
        }
    keep_reports(month=closed.month, bodies=bodies, now=now)
    return True


@use_case
def keep_reports(*, month: date, bodies: dict[UUID | None, bytes], now: datetime) -> None:
    """Store the reports of a closed month, by place; what is there already stays."""
    KeptReport.objects.bulk_create(
        [
            KeptReport(
                month_id=month,
                location_id=location_id,
                body=body,
                digest=sha256(body).hexdigest(),
                agrees=read(body).agrees,
                made_at=now,
            )
            for location_id, body in bodies.items()
        ],
        ignore_conflicts=True,
    )
