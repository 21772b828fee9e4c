"""Comparing a day with the books of gateway and payouts provider (FIN-06).

Three books are held beside each other: the providers' lists, our rows, and the ledger's entries,
which are what our side of the money is. What the providers know and we do not is settled first, as
webhook and poller would have (NA-24); what differs then is asked for once more by its id, so that
only what still differs is a difference.
"""

import logging
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Protocol
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from core.errors import ProviderUnavailable
from core.http import UnknownOutcome
from core.money import ZERO
from core.outbox import publish
from finances import errors, metrics
from finances.domain.reconciliation import (
    Day,
    DayStatus,
    Found,
    Ours,
    Pair,
    Subject,
    Sums,
    Theirs,
    day_of,
    days_over,
    find,
    is_over,
)
from finances.domain.statuses import Status
from finances.events import BooksDiffer
from finances.models import Difference, Reconciliation
from finances.selectors.reconciled import resolved_sums
from finances.selectors.reconciliation import (
    count_pending,
    days_done,
    pending_things,
    reconciled_until,
)
from finances.services.reconciled_payments import Payments, voided_of
from finances.services.reconciled_payouts import Payouts
from finances.services.reconciled_refunds import Refunds, under_way
from finances.steps.reconciliation import hold_run, keep_differences, take_day

logger = logging.getLogger(__name__)

AWAY = {ProviderUnavailable.code, UnknownOutcome.code}
# Another worker has the day, or has had it.
ELSEWHERE = (
    errors.ReconciliationRunning,
    errors.ReconciliationDone,
    errors.ReconciliationTaken,
)


class Books(Protocol):
    """One kind of thing in a provider's books and in ours."""

    subject: Subject

    def listed(self, day: Day) -> dict[str, Theirs]:
        """What the provider lists around the day."""

    def here_on(self, day: Day) -> set[str]:
        """What our books say happened on it."""

    def open_here(self, *, now: datetime) -> set[str]:
        """What our books wait for, whenever it began."""

    def look_up(self, keys: Collection[str]) -> dict[str, Theirs]:
        """What the provider says of each, asked for one by one; those it knows."""

    def settle(self, theirs: Mapping[str, Theirs], *, now: datetime) -> int:
        """Believe what we did not know; says of how many."""

    def here(self, keys: Collection[str], theirs: Mapping[str, Theirs]) -> dict[str, Ours]:
        """What our books say of each."""


@dataclass(slots=True)
class Compared:
    """What came of it."""

    found: list[Found] = field(default_factory=list)
    things: set[tuple[Subject, str]] = field(default_factory=set)
    sums: dict[Subject, Sums] = field(default_factory=dict)
    settled: int = 0
    has_refunds: bool = True


def reconcile_due(*, now: datetime) -> int:
    """Compare each day that is over and was not compared; returns how many were.

    Days are bounded (`DAYS_BACK`), the oldest first. A provider that is away ends the round; a day
    that fails otherwise keeps no other one waiting. Both are tried again with the next round.
    """
    zone = ZoneInfo(settings.TIME_ZONE)
    wanted = days_over(now=now, zone=zone)
    done, count = days_done(wanted), 0
    for day in wanted:
        if day in done:
            continue
        try:
            run = reconcile_day(day=day, now=now)
        except ELSEWHERE:
            continue
        except Exception:
            logger.exception("a day cannot be compared", extra={"day": day.isoformat()})
            continue
        if run.problem in AWAY:
            break
        count += run.status != DayStatus.FAILED
    _tell_gauges(wanted)
    return count


def reconcile_day(*, day: date, now: datetime, is_again: bool = False) -> Reconciliation:
    """Compare one local day; safe to repeat, and after a worker that died.

    A provider that does not answer leaves the day `failed` with nothing of it kept. Raises
    `ReconciliationTooEarly`, `ReconciliationRunning`, `ReconciliationDone` unless it `is_again`,
    `ReconciliationTaken` if it took so long that another has begun.
    """
    zone = ZoneInfo(settings.TIME_ZONE)
    if not is_over(day, now=now, zone=zone):
        raise errors.ReconciliationTooEarly
    began = time.monotonic()
    with transaction.atomic(durable=True):
        run = take_day(day, is_again=is_again, now=now)
    try:
        compared = _compare(day_of(day, zone=zone), now=now)
    except ProviderUnavailable as exc:
        logger.warning("a day cannot be compared", extra={"day": day.isoformat()}, exc_info=True)
        return _fail(run, exc.code, now=_after(now, began))
    except Exception as exc:
        _fail(run, type(exc).__name__, now=_after(now, began))
        raise
    return _finish(run, compared, now=_after(now, began))


def compare_one(difference: Difference, *, now: datetime) -> Found | None:
    """What the provider says of a difference's thing now, once what it knows is believed.

    Raises `ProviderUnavailable`.
    """
    subject, key = Subject(difference.subject), difference.thing
    books: Books = Payments()
    if subject is Subject.REFUND:
        books = Refunds({key: difference})
    elif subject is Subject.PAYOUT:
        books = Payouts()
    theirs = books.look_up({key})
    books.settle(theirs, now=now)
    return find(_pairs(books, {key}, theirs)[key])


def _compare(day: Day, *, now: datetime) -> Compared:
    compared, payments = Compared(), Payments()
    _compare_with(payments, day, compared, now=now)
    try:
        refunds = Refunds(pending_things(Subject.REFUND))
        _compare_with(refunds, day, compared, now=now)
    except errors.RefundLookUpMissing:
        compared.has_refunds = False
    else:
        _leave_out(compared, payments, now=now)
    _compare_with(Payouts(), day, compared, now=now)
    return compared


def _compare_with(books: Books, day: Day, compared: Compared, *, now: datetime) -> None:
    theirs = books.listed(day)
    here_on = books.here_on(day)
    waiting = pending_things(books.subject).keys() | books.open_here(now=now)
    theirs |= books.look_up((here_on | waiting) - theirs.keys())
    compared.settled += books.settle(theirs, now=now)
    keys = theirs.keys() | here_on | waiting
    pairs = _pairs(books, keys, theirs)
    doubtful = {key for key, pair in pairs.items() if find(pair)}
    # Both sides go on while they are read: what differs is asked for once more, one by one.
    again = books.look_up(doubtful)
    books.settle(again, now=now)
    pairs |= _pairs(books, doubtful, again)
    sums = compared.sums.setdefault(books.subject, Sums())
    for key, pair in pairs.items():
        compared.things.add((books.subject, key))
        if key in here_on or (pair.theirs and day.has(pair.theirs.at)):
            sums.add(pair)
        if key in doubtful and (one := find(pair)):
            compared.found.append(one)


def _pairs(books: Books, keys: Collection[str], theirs: Mapping[str, Theirs]) -> dict[str, Pair]:
    ours = books.here(keys, theirs)
    resolved = resolved_sums(books.subject, voided=voided_of(theirs))
    return {
        key: Pair(books.subject, key, theirs.get(key), ours.get(key), resolved.get(key, ZERO))
        for key in keys
    }


def _leave_out(compared: Compared, payments: Payments, *, now: datetime) -> None:
    """Refunds that are on their way, and those that are one thing with their payment.

    A voided payment took the refunds before it along. One that never entered our books and was
    given back whole at the gateway's own desk leaves nothing to see to.
    """
    refunds = [one for one in compared.found if one.pair.subject is Subject.REFUND]
    late = under_way([one.pair.key for one in refunds], now=now)
    keys = {_payment_of(one.pair) for one in refunds} - {""}
    pairs = _pairs(payments, keys, payments.look_up(keys))
    given = dict.fromkeys(keys, ZERO)
    for one in refunds:
        given[_payment_of(one.pair)] = given.get(_payment_of(one.pair), ZERO) + one.amount
    even = {key for key, pair in pairs.items() if _is_even(pair, given[key])}
    voided = {
        key for key, pair in pairs.items() if pair.theirs and pair.theirs.status == Status.VOIDED
    }
    left = {one.thing for one in refunds if one.pair.key in late}
    left |= {one.thing for one in refunds if _payment_of(one.pair) in even | voided}
    left |= {(Subject.PAYMENT, key) for key in even}
    compared.found = [one for one in compared.found if one.thing not in left]


def _is_even(pair: Pair, given: Decimal) -> bool:
    """Whether a payment that is in no book of ours was given back whole (`given` is negative)."""
    is_booked = bool(pair.resolved or (pair.ours and pair.ours.money))
    return pair.theirs is not None and not is_booked and pair.theirs.money + given == 0


def _payment_of(pair: Pair) -> str:
    side = pair.theirs or pair.ours
    return side.belongs_to if side else ""


@transaction.atomic(durable=True)
def _finish(run: Reconciliation, compared: Compared, *, now: datetime) -> Reconciliation:
    run = hold_run(run)
    run.found = keep_differences(run, compared.found, compared=compared.things, now=now)
    run.status = (DayStatus.DIFFERS if run.found else DayStatus.CLEAN).value
    run.settled, run.refunds_compared = compared.settled, compared.has_refunds
    payments = compared.sums.get(Subject.PAYMENT, Sums())
    refunds = compared.sums.get(Subject.REFUND, Sums())
    payouts = compared.sums.get(Subject.PAYOUT, Sums())
    run.payments_there, run.payments_here = payments.there, payments.here
    run.paid_there, run.paid_here = payments.money_there, payments.money_here
    run.refunded_there, run.refunded_here = -refunds.money_there, -refunds.money_here
    run.paid_out_there, run.paid_out_here = -payouts.money_there, -payouts.money_here
    _end(run, now=now)
    if run.found:
        publish(BooksDiffer(reconciliation_id=run.pk, day=run.day, count=run.found))
    return run


@transaction.atomic(durable=True)
def _fail(run: Reconciliation, problem: str, *, now: datetime) -> Reconciliation:
    run = hold_run(run)
    run.status, run.problem = DayStatus.FAILED.value, problem[:200]
    _end(run, now=now)
    return run


def _end(run: Reconciliation, *, now: datetime) -> None:
    run.finished_at, run.leased_until = now, None
    run.save()
    transaction.on_commit(metrics.RECONCILIATIONS.labels(outcome=run.status).inc)


def _after(now: datetime, began: float) -> datetime:
    return now + timedelta(seconds=time.monotonic() - began)


def _tell_gauges(days: list[date]) -> None:
    zone = ZoneInfo(settings.TIME_ZONE)
    metrics.DIFFERENCES_PENDING.set(count_pending())
    last = reconciled_until(days)
    if last is not None:
        metrics.RECONCILED_UNTIL.set(day_of(last, zone=zone).ends_at.timestamp())
