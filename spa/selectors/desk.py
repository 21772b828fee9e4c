"""What the desk wants to see when the day begins."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db.models import Count, Q, Sum

from core.money import ZERO
from spa.domain.lifecycle import AppointmentStatus
from spa.domain.series import SeriesStatus
from spa.models import Appointment

SHOWN = 8


@dataclass(frozen=True, slots=True)
class Today:
    """The numbers of one local day, and the visits that come next."""

    confirmed: int
    held: int
    expected: Decimal
    upcoming: list[Appointment]


def get_today(*, now: datetime, zone: ZoneInfo) -> Today:
    """The day of `now` in `zone`: certain visits and their value, open holds, the next visits.

    Three queries.
    """
    begin = datetime.combine(now.astimezone(zone).date(), time(0), tzinfo=zone)
    today = Appointment.objects.filter(
        starts_at__gte=begin, starts_at__lt=begin + timedelta(days=1)
    )
    certain = Q(status=AppointmentStatus.CONFIRMED)
    numbers = today.aggregate(
        confirmed=Count("pk", filter=certain), expected=Sum("total", filter=certain)
    )
    coming = (
        Appointment.objects.filter(status=AppointmentStatus.CONFIRMED, starts_at__gte=now)
        .select_related("client", "staff", "location")
        .order_by("starts_at", "pk")[:SHOWN]
    )
    return Today(
        confirmed=numbers["confirmed"],
        held=_open_holds(now),
        expected=numbers["expected"] or ZERO,
        upcoming=list(coming),
    )


def _open_holds(now: datetime) -> int:
    # Visits of a certain series wait for their own deposits for months: that is no open hold.
    held = Appointment.objects.filter(
        status=AppointmentStatus.PENDING_PAYMENT, hold_expires_at__gt=now
    )
    return held.exclude(series__status=SeriesStatus.ACTIVE).count()
