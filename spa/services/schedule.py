"""When somebody works, week by week (SPA-02)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import UUID

from core import audit
from core.models import Location
from core.use_cases import use_case
from spa import errors
from spa.models import WeeklyHours
from spa.selectors.resources import get_member
from spa.steps.team import announce_open_time


@dataclass(frozen=True, slots=True)
class Shift:
    """Wall-clock hours at a place on a weekday (ISO), within inclusive dates when given."""

    location: UUID
    weekday: int
    starts: time
    ends: time
    valid_from: date | None
    valid_until: date | None

    @property
    def is_sensible(self) -> bool:
        """Whether it ends after it starts, by the clock and by the calendar."""
        dated = self.valid_from is not None and self.valid_until is not None
        return self.ends > self.starts and (not dated or self.valid_from <= self.valid_until)  # type: ignore[operator]


@use_case
def replace_hours(
    *, staff_id: UUID, shifts: Sequence[Shift], actor_id: UUID, now: datetime
) -> list[WeeklyHours]:
    """Set all weekly hours of somebody; visits that are booked stay as they are.

    Raises `StaffNotFound`, `LocationNotFound`, and `HoursInvalid` for hours that end before they
    start.
    """
    member = get_member(staff_id=staff_id)
    if not all(shift.is_sensible for shift in shifts):
        raise errors.HoursInvalid
    places = {shift.location for shift in shifts}
    if Location.objects.filter(pk__in=places).count() != len(places):
        raise errors.LocationNotFound
    WeeklyHours.objects.filter(staff=member).delete()
    hours = WeeklyHours.objects.bulk_create(
        WeeklyHours(
            staff=member,
            location_id=shift.location,
            weekday=shift.weekday,
            starts=shift.starts,
            ends=shift.ends,
            valid_from=shift.valid_from,
            valid_until=shift.valid_until,
        )
        for shift in shifts
    )
    announce_open_time(member.resource)
    audit.record(
        action="spa.staff.hours-replaced",
        subject_kind="spa.staffmember",
        subject_id=member.pk,
        actor_id=actor_id,
        now=now,
        facts={"shifts": len(hours)},
    )
    return hours
