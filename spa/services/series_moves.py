"""Moving a series, or part of it, to another time or another person (SPA-20, NA-10)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

from core.outbox import publish
from core.use_cases import use_case
from spa import errors
from spa.domain.recurrence import Occurrence
from spa.domain.series import Scope
from spa.domain.wall_time import instant_of
from spa.events import SeriesMoved
from spa.models import Appointment, AppointmentSeries
from spa.steps.moving import Moving, ask_again, move_visit
from spa.steps.series import Held, lock_series
from spa.steps.series_planning import conflict, conflicts_of
from spa.steps.series_telling import told
from spa.steps.winning import take_turns

# What stands against moving one visit and not its neighbour; anything else is against all of them.
OF_ONE_VISIT = (
    errors.SlotTaken,
    errors.SlotNotOffered,
    errors.SlotTooSoon,
    errors.SlotTooFar,
    errors.OccurrenceNotOnClock,
    errors.VisitNotMovable,
    errors.MovesUsedUp,
    errors.MoveTooLate,
)


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes different: the time on the wall, the day of the week, or who serves it.

    The weekday is that of the named visit, or of the first that is ahead; the others move by as
    many days, within their own weeks.
    """

    wall: time | None = None
    weekday: int | None = None
    staff_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Grounds:
    """Who moves it, and why. Moves by staff are none of the client's own.

    `is_override`: terms and notice do not bind.
    """

    actor_id: UUID
    by_staff: bool
    is_override: bool = False
    reason: str = ""


@use_case
def move_series(
    *,
    series_id: UUID,
    client_id: UUID | None,
    scope: Scope,
    named: date | None,
    change: Change,
    grounds: Grounds,
    now: datetime,
) -> AppointmentSeries:
    """Move one visit of a series, it and the following ones, or all that are ahead; all or none.

    Each is moved as if it were alone, by its own terms and through the one ledger; asking twice
    moves once. The client is told once. Visits that come close move latest first, against the order
    of bookings, and alone: nobody books or moves a series meanwhile. Only the client's own series
    unless `client_id` is `None`. Raises `SeriesConflicts` (with the reason of each and
    alternatives), `SeriesNotFound`, `OccurrenceNotFound`, `SeriesOver`, `ReasonMissing` and the
    refusals of `ask`.
    """
    if grounds.is_override and not grounds.reason:
        raise errors.ReasonMissing
    held = lock_series(series_id=series_id, client_id=client_id, now=now)
    chosen = held.choose(scope, named=named, now=now)
    days = _days(held, chosen, named, change)
    wanted = [
        (visit, target)
        for visit in chosen
        if not _is_there(visit, target := _target(held, visit, days, change), change)
    ]
    tells = {series_id} if len(wanted) > 1 else set()
    ordered = _in_order(wanted, days)
    take_turns(is_in_order=list(ordered) == list(wanted))
    conflicts = [
        found
        for visit, target in ordered
        if (found := _move(visit, target, change, grounds, now, tells))
    ]
    if conflicts:
        raise conflicts_of(conflicts)
    if tells:
        publish(_fact(held, [visit for visit, _target in wanted]))
    return held.series


@dataclass(frozen=True, slots=True)
class Target:
    """Where one visit goes: a day, and the instant at which the wall shows the time, if it does."""

    day: date
    start: datetime | None
    near: datetime


def _days(
    held: Held, chosen: Sequence[Appointment], named: date | None, change: Change
) -> timedelta:
    """By how many days every visit moves."""
    if change.weekday is None:
        return timedelta()
    anchor = next((visit for visit in chosen if visit.occurrence == named), chosen[0])
    local = anchor.starts_at.astimezone(held.series.location.zone)
    return timedelta(days=change.weekday - local.isoweekday())


def _target(held: Held, visit: Appointment, days: timedelta, change: Change) -> Target:
    zone = held.series.location.zone
    local = visit.starts_at.astimezone(zone)
    day, wall = local.date() + days, change.wall or local.time()
    start = Occurrence.on(day, wall, zone).start
    return Target(day, start, near=start or instant_of(day, wall, zone))


def _is_there(visit: Appointment, target: Target, change: Change) -> bool:
    return visit.starts_at == target.start and change.staff_id in {None, visit.staff_id}


def _in_order(
    wanted: Sequence[tuple[Appointment, Target]], days: timedelta
) -> Sequence[tuple[Appointment, Target]]:
    """Earliest first, as bookings take time; but those that come close to the next ones go last.

    Whoever moves on by a day would meet the next day's visit, if that did not move first.
    """
    starts = [visit.starts_at for visit, _target in wanted]
    gaps = [later - earlier for earlier, later in pairwise(starts)]
    is_close = any(gap < days + timedelta(days=1) for gap in gaps)
    return wanted[::-1] if is_close else wanted


def _move(
    visit: Appointment,
    target: Target,
    change: Change,
    grounds: Grounds,
    now: datetime,
    tells: Collection[UUID],
) -> dict[str, Any] | None:
    """Move one visit, or say what stands against it."""
    moving = Moving(
        target.near,
        grounds.actor_id,
        grounds.by_staff,
        staff_id=change.staff_id,
        is_override=grounds.is_override,
        counts=not grounds.by_staff,
        reason=grounds.reason,
    )
    try:
        if target.start is None:
            raise errors.OccurrenceNotOnClock
        move_visit(visit, moving, now=now, part_of=tells)
    except OF_ONE_VISIT as refusal:
        items = list(visit.items.order_by("chain", "position"))
        found = conflict(
            ask_again(visit, items, moving, now),
            day=visit.occurrence or target.day,
            start=target.start,
            near=target.near,
            refusal=refusal,
            now=now,
            ignoring=[visit.pk],
        )
        return found.as_fact(visit.location.zone)
    return None


def _fact(held: Held, moved: Sequence[Appointment]) -> SeriesMoved:
    first = min(visit.starts_at for visit in moved)
    return told(held.series, SeriesMoved, visits=len(moved), first=first)
