"""Whether a visit may begin at a start, and why not: for booking as for moving (NA-10)."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from spa import errors
from spa.domain.availability import Offers
from spa.domain.policy import Refusal
from spa.metrics import SLOTS_LOST
from spa.selectors.alternatives import find_alternatives
from spa.selectors.availability import (
    Free,
    Question,
    find_free,
    offers_given,
    refuse_too_many,
)


def refuse_by_policy(question: Question, *, start: datetime, now: datetime) -> None:
    """Raise `SlotTooSoon` or `SlotTooFar` if the rules do not allow `start`."""
    match question.policy.refusal_of(start, now):
        case Refusal.TOO_SOON:
            minutes = question.policy.minimum_notice_minutes
            raise errors.SlotTooSoon(minimum_notice_minutes=minutes)
        case Refusal.TOO_FAR:
            raise errors.SlotTooFar(horizon_days=question.policy.horizon_days)


def free_at(
    question: Question, *, start: datetime, now: datetime, ignoring: Collection[UUID] = ()
) -> Free:
    """What is free on the day of `start`, which is free itself. One query.

    The time of the bookings `ignoring` counts as free. Raises `SlotNotOffered`,
    `ServicesDoNotCombine` when no start is, or `SlotTaken` with alternatives, and counts it:
    somebody wanted the start and did not get it.
    """
    try:
        return look_at(question, start=start, now=now, ignoring=ignoring)
    except errors.SlotTaken:
        SLOTS_LOST.labels(how="busy").inc()
        raise


def look_at(
    question: Question, *, start: datetime, now: datetime, ignoring: Collection[UUID] = ()
) -> Free:
    """As `free_at`, for who only asks."""
    free = _that_day(question, start, now, ignoring)
    if free.offers.has(start):
        return free
    # Taken by somebody, or never on offer: a start that an empty ledger would allow is taken.
    empty = offers_given(question, busy={}, window=free.offers.window, now=now)
    if not empty.has(start):
        refuse_too_many(question)
        raise errors.SlotNotOffered
    raise _taken(question, free.offers, start, now)


def lost(
    question: Question, *, start: datetime, now: datetime, ignoring: Collection[UUID] = ()
) -> errors.SlotTaken:
    """The refusal for who lost `start` to a rival, with what is free now that the rival has it."""
    SLOTS_LOST.labels(how="race").inc()
    # The rivals who won have committed: what is free has to be read again.
    again = _that_day(question, start, now, ignoring)
    return _taken(question, again.offers, start, now)


def _that_day(
    question: Question, start: datetime, now: datetime, ignoring: Collection[UUID]
) -> Free:
    day = start.astimezone(question.place.zone).date()
    return find_free(question, first_day=day, last_day=day, now=now, ignoring=ignoring)


def _taken(question: Question, offers: Offers, start: datetime, now: datetime) -> errors.SlotTaken:
    found = find_alternatives(question, offers=offers, start=start, now=now)
    return errors.SlotTaken(alternatives=found)
