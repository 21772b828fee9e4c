"""Who compares a day, and what is kept of it: all of it, or nothing (FIN-06)."""

from collections.abc import Iterable, Sequence, Set
from datetime import date, datetime, timedelta

from core.audit import record
from core.db import execute, requires_transaction
from finances import errors
from finances.domain.reconciliation import PENDING, DayStatus, Found, State, Subject
from finances.models import Difference, Reconciliation

DIFFERENCE = "finances.difference"
# Longer than any day takes. Who comes back later all the same finds another number on the day.
LEASE = timedelta(minutes=30)
# Two days may end at once, and both see what differs.
ONE_WRITES = "SELECT pg_advisory_xact_lock(hashtextextended('finances.differences', 0))"


@requires_transaction
def take_day(day: date, *, is_again: bool, now: datetime) -> Reconciliation:
    """Begin, or begin again, the comparison of a day; whoever began it before writes nothing.

    Raises `ReconciliationRunning` while another worker has it, `ReconciliationDone` for a day that
    is compared, unless it `is_again`.
    """
    Reconciliation.objects.bulk_create(
        [Reconciliation(day=day, status=DayStatus.RUNNING, started_at=now, leased_until=now)],
        ignore_conflicts=True,
    )
    run = Reconciliation.objects.select_for_update(no_key=True).get(day=day)
    is_running = run.status == DayStatus.RUNNING
    if is_running and run.leased_until and run.leased_until > now:
        raise errors.ReconciliationRunning
    if run.status in {DayStatus.CLEAN, DayStatus.DIFFERS} and not is_again:
        raise errors.ReconciliationDone
    run.status, run.runs, run.found = DayStatus.RUNNING.value, run.runs + 1, 0
    run.started_at, run.leased_until, run.finished_at = now, now + LEASE, None
    run.problem = ""
    run.save()
    return run


@requires_transaction
def hold_run(run: Reconciliation) -> Reconciliation:
    """The day as it is now, locked. Raises `ReconciliationTaken` if another worker has it."""
    held = Reconciliation.objects.select_for_update(no_key=True).get(pk=run.pk)
    if (held.status, held.runs) != (DayStatus.RUNNING, run.runs):
        raise errors.ReconciliationTaken
    return held


@requires_transaction
def keep_differences(
    run: Reconciliation,
    found: Sequence[Found],
    *,
    compared: Set[tuple[Subject, str]],
    now: datetime,
) -> int:
    """Keep each difference once, end those that are none any more; says how many wait.

    One that is resolved comes back only when either side says something else since.
    """
    execute(ONE_WRITES)
    rows = Difference.objects.filter(state__in=sorted(PENDING)).order_by("pk")
    pending = {_key(row): row for row in rows.select_for_update(no_key=True)}
    resolved = _facts_resolved(found)
    count = 0
    for one in found:
        row = pending.pop((one.pair.subject.value, one.pair.key, one.kind.value), None)
        if row is None and _facts(one) in resolved:
            continue
        count += 1
        _see(row or _new(run, one), one, run, now=now)
    for (subject, thing, _kind), row in pending.items():
        if (Subject(subject), thing) in compared:
            _go(row, run, now=now)
    return count


def _see(row: Difference, one: Found, run: Reconciliation, *, now: datetime) -> None:
    theirs, ours = one.pair.theirs, one.pair.ours
    row.theirs, row.ours = theirs and theirs.facts, ours and ours.facts
    if row.amount != one.amount and row.state == State.PROPOSED:
        # What somebody was asked to agree to is not what it would be now.
        row.withdraw_proposal()
    row.amount, row.currency = one.amount, one.currency
    row.last_run, row.seen_at = run, now
    row.save()


def _new(run: Reconciliation, one: Found) -> Difference:
    return Difference(subject=one.pair.subject, kind=one.kind, thing=one.pair.key, first_run=run)


def _go(row: Difference, run: Reconciliation, *, now: datetime) -> None:
    row.state, row.ended_at = State.GONE.value, now
    row.last_run = run
    row.save()
    record(
        action="finances.difference.gone",
        subject_kind=DIFFERENCE,
        subject_id=row.pk,
        actor_id=None,
        now=now,
        facts={"thing": row.thing, "amount": str(row.amount), "day": run.day.isoformat()},
    )


def _facts_resolved(found: Iterable[Found]) -> list[object]:
    things = {one.pair.key for one in found}
    rows = Difference.objects.filter(state=State.RESOLVED, thing__in=things)
    return [(_key(row), row.theirs, row.ours) for row in rows]


def _facts(one: Found) -> object:
    theirs, ours = one.pair.theirs, one.pair.ours
    key = (one.pair.subject.value, one.pair.key, one.kind.value)
    return key, theirs and theirs.facts, ours and ours.facts


def _key(row: Difference) -> tuple[str, str, str]:
    return row.subject, row.thing, row.kind
