"""Winning time from rivals: all of it or none, and never holding on to half (SPA-05, SPA-07)."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import TypeVar

from django.db import OperationalError, transaction
from psycopg.errors import DeadlockDetected

from core.db import fetch, requires_transaction
from spa.steps.holds import end_holds_in_the_way
from spa.steps.occupancy import Claim, Source, occupy

T = TypeVar("T")

TRIES = 3

IN_ORDER = "SELECT pg_advisory_xact_lock_shared(hashtextextended('spa.series', 0))"
AGAINST_IT = "SELECT pg_advisory_xact_lock(hashtextextended('spa.series', 0))"


@requires_transaction
def take_turns(*, is_in_order: bool) -> None:
    """Before taking the time of several visits: whoever goes against the order of days goes alone.

    Those who take the earliest first never wait in a circle, and go together. The caller holds
    people and visits already, and takes time only from here on.
    """
    fetch(IN_ORDER if is_in_order else AGAINST_IT)


@requires_transaction
def win(
    *, source: Source, claims: Sequence[Claim], hold_expires_at: datetime | None, now: datetime
) -> frozenset[Claim]:
    """Take every claim or none; ended holds in the way go. Returns what was not free, or nothing.

    A lost attempt is undone by its savepoint, not by deleting: rivals wait for a deleted row until
    this transaction ends, and it may go on to want what they hold. Removing a hold frees time out
    of the ledger's order, so two attempts can still wait for each other; the database ends one of
    them, and that one starts again.
    """
    if len(claims) == 1 and not occupy(
        source=source, claims=claims, hold_expires_at=hold_expires_at
    ):
        # A single claim cannot be won by half: nothing to undo, no savepoint. It holds nothing yet
        # either: should it close a circle, only who took something before it can open that again.
        return frozenset()
    return start_again(partial(_attempt, source, claims, hold_expires_at, now))


def start_again(attempt: Callable[[], T]) -> T:
    """What `attempt`, which undoes itself, comes to; the database may have ended it in a circle."""
    for _ in range(TRIES - 1):
        try:
            return attempt()
        except OperationalError as exc:
            if not isinstance(exc.__cause__, DeadlockDetected):
                raise
    return attempt()


def _attempt(
    source: Source, claims: Sequence[Claim], hold_expires_at: datetime | None, now: datetime
) -> frozenset[Claim]:
    with transaction.atomic():
        missing = occupy(source=source, claims=claims, hold_expires_at=hold_expires_at)
        if missing and _clear(missing, now):
            # What was won stays taken meanwhile: rivals queue for it and hold nothing themselves.
            rest = [claim for claim in claims if claim in missing]
            missing = occupy(source=source, claims=rest, hold_expires_at=hold_expires_at)
        if missing:
            transaction.set_rollback(True)
    return missing


def _clear(missing: frozenset[Claim], now: datetime) -> bool:
    begin, end = min(c.begins for c in missing), max(c.ends for c in missing)
    resources = {claim.resource_id for claim in missing}
    return end_holds_in_the_way(resource_ids=resources, begin=begin, end=end, now=now) > 0
