"""What a series would be: each of its visits, free or not, before anything is taken (SPA-20).

Bookings start from the same plan that a preview shows.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from core.errors import DomainError
from spa import errors
from spa.domain.policy import Refusal
from spa.domain.recurrence import MOST, Occurrence, Rule, RuleRefused, TooManyDays
from spa.domain.series import SeriesPayment
from spa.domain.wall_time import instant_of
from spa.selectors.alternatives import find_alternatives
from spa.selectors.availability import Free, Question, ask, find_free
from spa.steps.slots import free_at, refuse_by_policy

# Refusals of a start that another start near it would not get.
OTHER_TIME_HELPS = (errors.SlotNotOffered, errors.SlotTooSoon, errors.OccurrenceNotOnClock)
# How many days a refusal names; all of them are among its facts.
MOST_NAMED = 6
# The first day may be today's, although its visit is over: the rule goes on from there.
A_DAY, A_MINUTE = timedelta(days=1), timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class SeriesOrder:
    """What somebody asks for: visits alike, from `start` on, on the days `rule` makes of it."""

    client_id: UUID
    service_ids: Sequence[UUID]
    start: datetime
    rule: str
    staff_id: UUID | None = None
    location_id: UUID | None = None
    add_on_ids: Sequence[UUID] = ()
    payment: SeriesPayment = SeriesPayment.EACH
    notes: str = ""
    # Who books, when it is not the client.
    booked_by: UUID | None = None


@dataclass(frozen=True, slots=True)
class AskedSeries:
    """A series that can be understood: its question, its rule, its days."""

    question: Question
    rule: Rule
    first: date
    wall: time
    occurrences: tuple[Occurrence, ...]


@dataclass(frozen=True, slots=True)
class Conflict:
    """One day on which the visit cannot be had, why, and what else could be had near it."""

    day: date
    start: datetime | None
    refusal: DomainError
    alternatives: Sequence[dict[str, Any]]

    def as_fact(self, zone: ZoneInfo) -> dict[str, Any]:
        """The conflict as JSON values; the time on the wall of the place."""
        local = self.start.astimezone(zone).isoformat() if self.start else None
        return {
            "date": self.day.isoformat(),
            "start": local,
            "code": self.refusal.code,
            "detail": self.refusal.detail,
            "alternatives": list(self.alternatives),
        }


@dataclass(frozen=True, slots=True)
class Open:
    """One day on which the visit could be had, and what was free when it was read."""

    day: date
    start: datetime
    free: Free


def conflicts_of(rows: Sequence[dict[str, Any]]) -> errors.SeriesConflicts:
    """The refusal for a series some of whose visits cannot be had, the days in words."""
    named = [row["date"] for row in rows[:MOST_NAMED]]
    more = ["…"] if len(rows) > MOST_NAMED else []
    return errors.SeriesConflicts(days=", ".join([*named, *more]), conflicts=list(rows))


def ask_series(order: SeriesOrder, *, now: datetime) -> AskedSeries:
    """The series behind an order: one question for all its visits, and its days.

    Visits of a series have a horizon of their own. Raises the refusals of `ask`, `RuleInvalid`,
    `RuleTooLong`, `SlotTooSoon` and `SlotTooFar` for a start that is out of reach altogether.
    """
    question = ask(
        service_ids=order.service_ids,
        location_id=order.location_id,
        staff_id=order.staff_id,
        add_on_ids=order.add_on_ids,
        now=now,
    )
    question = replace(question, policy=question.policy.for_series())
    policy = question.policy
    if order.start < now - A_DAY:
        raise errors.SlotTooSoon(minimum_notice_minutes=policy.minimum_notice_minutes)
    if policy.refusal_of(order.start, now) is Refusal.TOO_FAR:
        raise errors.SlotTooFar(horizon_days=policy.horizon_days)
    local = order.start.astimezone(question.place.zone)
    try:
        rule = Rule.parse(order.rule)
        days = rule.occurrences(first=local.date(), wall=local.time(), zone=question.place.zone)
    except RuleRefused as exc:
        raise errors.RuleInvalid(part=exc.part) from exc
    except TooManyDays as exc:
        raise errors.RuleTooLong(most=MOST) from exc
    return AskedSeries(question, rule, local.date(), local.time(), days)


def plan(asked: AskedSeries, *, now: datetime) -> list[Open | Conflict]:
    """Each visit of the series, in order. One query a visit, up to four for a conflict."""
    return [_planned(asked, occurrence, now) for occurrence in asked.occurrences]


def _planned(asked: AskedSeries, occurrence: Occurrence, now: datetime) -> Open | Conflict:
    day, start = occurrence.day, occurrence.start
    if start is None:
        near = instant_of(day, asked.wall, asked.question.place.zone)
        return conflict(
            asked.question,
            day=day,
            start=None,
            near=near,
            refusal=errors.OccurrenceNotOnClock(),
            now=now,
        )
    try:
        refuse_by_policy(asked.question, start=start, now=now)
        return Open(day, start, free_at(asked.question, start=start, now=now))
    except DomainError as refusal:
        return conflict(asked.question, day=day, start=start, near=start, refusal=refusal, now=now)


def conflict(
    question: Question,
    *,
    day: date,
    start: datetime | None,
    near: datetime,
    refusal: DomainError,
    now: datetime,
    ignoring: Collection[UUID] = (),
) -> Conflict:
    """The conflict with what else could be had around `near`, if the refusal does not say it.

    The time of the bookings `ignoring` counts as free.
    """
    found = refusal.facts.get("alternatives", ())
    if isinstance(refusal, OTHER_TIME_HELPS):
        around = near.astimezone(question.place.zone).date()
        free = find_free(question, first_day=around, last_day=around, now=now, ignoring=ignoring)
        # A start is no alternative to itself; the moment to which a clock jumps is one.
        near = near if start else near - A_MINUTE
        found = find_alternatives(question, offers=free.offers, start=near, now=now)
    return Conflict(day, start, refusal, found)
