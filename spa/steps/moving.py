"""Moving a visit: the whole of its new time is taken, or it stays exactly as it was (SPA-11)."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import msgspec
from django.db import transaction

from core.audit import record
from core.db import execute, requires_transaction
from core.outbox import publish
from spa import errors
from spa.domain.lifecycle import AHEAD, VISIT, AppointmentStatus
from spa.domain.terms import ReschedulingRefusal, Terms
from spa.events import AppointmentRescheduled
from spa.metrics import MOVED
from spa.models import Appointment, AppointmentItem
from spa.selectors.availability import Question, Wish, ask
from spa.selectors.calendar_facts import explanation_facts
from spa.selectors.explanation import explain
from spa.selectors.packages import find_end_of_package
from spa.steps.booking import items_of
from spa.steps.lifecycle import about, remember, transition
from spa.steps.slots import free_at, lost, refuse_by_policy
from spa.steps.swapping import swap_time
from spa.steps.taking import Crew

# Plain statements: a move is made while others wait for the time.
SHIFTED = (
    *("pk", "starts_at", "ends_at", "staff_id", "reschedules"),
    *("hold_expires_at", "deposit_asked_at"),
)
AGREED = ("policy", "claims")
MOVE = """
UPDATE spa_appointment
   SET starts_at = %(starts_at)s, ends_at = %(ends_at)s, staff_id = %(staff_id)s,
       reschedules = %(reschedules)s, hold_expires_at = %(hold_expires_at)s,
       deposit_asked_at = %(deposit_asked_at)s, policy = %(policy)s, claims = %(claims)s,
       updated_at = %(now)s
 WHERE id = %(pk)s
"""
RETAKEN = ("staff_id", "room_id", "starts_at", "ends_at")
RETAKE = """
UPDATE spa_appointmentitem AS item
   SET staff_id = new.staff_id, room_id = new.room_id, starts_at = new.starts_at,
       ends_at = new.ends_at, updated_at = %(now)s
  FROM unnest(%(pk)s::uuid[], %(staff_id)s::uuid[], %(room_id)s::uuid[],
              %(starts_at)s::timestamptz[], %(ends_at)s::timestamptz[])
    AS new (id, staff_id, room_id, starts_at, ends_at)
 WHERE item.id = new.id
"""


@dataclass(frozen=True, slots=True)
class Moving:
    """Where a visit goes, who moves it, and on what grounds.

    Without `staff_id` whoever serves the visit now is tried first. `is_override`: the visit's terms
    and the notice do not bind, for a reason. `counts`: it is one of the moves the client may make.
    """

    start: datetime
    actor_id: UUID
    by_staff: bool
    staff_id: UUID | None = None
    is_override: bool = False
    counts: bool = True
    reason: str = ""


@requires_transaction
def move_visit(
    visit: Appointment, moving: Moving, *, now: datetime, part_of: Collection[UUID] = ()
) -> None:
    """Move a locked visit that was read with its location; to where it is already, nothing happens.

    What was agreed (services, their minutes, prices, deposit) stays; deadlines move along. The
    series in `part_of` tell their clients themselves. Raises `VisitNotMovable`, `MovesUsedUp`,
    `MoveTooLate`, `PackageExpiresBefore`, and all that booking the start would raise.
    """
    _refuse_by_state(visit, now)
    if _is_there_already(visit, moving):
        return
    if not moving.is_override:
        _refuse_by_terms(visit, now)
    items = visit.lines
    question = ask_again(visit, items, moving, now)
    refuse_by_policy(question, start=moving.start, now=now)
    free = free_at(question, start=moving.start, now=now, ignoring=[visit.pk])
    _refuse_by_package(visit, items, moving.start)
    hold_ends = _hold_ends(visit, moving.start, now)
    crew = swap_time(
        question,
        free,
        visit=visit,
        start=moving.start,
        hold_expires_at=hold_ends,
        now=now,
    )
    if crew is None:
        raise lost(question, start=moving.start, now=now, ignoring=[visit.pk])
    old_start = visit.starts_at
    if visit.hold_expires_at != hold_ends:
        # A deposit that was asked for until then is asked for again.
        visit.hold_expires_at, visit.deposit_asked_at = hold_ends, None
    _write(visit, items, question, crew, moving, now)
    _tell(visit, old_start, moving, now, part_of)


def why_not(visit: Appointment, moving: Moving, *, now: datetime) -> dict[str, Any]:
    """Who and what keeps a visit from going there, its own time left aside, for people to read."""
    question = ask_again(visit, visit.lines, moving, now)
    found = explain(question, start=moving.start, now=now, ignoring=[visit.pk])
    return explanation_facts(found, visit.location.zone)


def _refuse_by_state(visit: Appointment, now: datetime) -> None:
    is_over = visit.hold_expires_at is not None and visit.hold_expires_at <= now
    if visit.status not in AHEAD or is_over:
        status = AppointmentStatus.EXPIRED.value if is_over else visit.status
        raise errors.VisitNotMovable(status=status)


def _is_there_already(visit: Appointment, moving: Moving) -> bool:
    return visit.starts_at == moving.start and moving.staff_id in {None, visit.staff_id}


def _refuse_by_terms(visit: Appointment, now: datetime) -> None:
    terms = Terms.load(visit.policy)
    match terms.rescheduling(now=now, done=visit.reschedules):
        case ReschedulingRefusal.LIMIT:
            raise errors.MovesUsedUp(limit=terms.reschedule_limit)
        case ReschedulingRefusal.TOO_LATE:
            until = terms.reschedule_until.astimezone(visit.location.zone)
            raise errors.MoveTooLate(until=until.isoformat())


def _hold_ends(visit: Appointment, start: datetime, now: datetime) -> datetime | None:
    """Until when the unpaid visit is held at `start`: as long as before, and never beyond it.

    Only the deadline of a series' own deposit moves along, and leaves time enough to pay.
    """
    held = visit.hold_expires_at
    terms = Terms.load(visit.policy)
    if held is None or held != terms.deposit_until:
        return held and min(held, start)
    soonest = now + timedelta(minutes=terms.hold_minutes)
    return min(max(held + (start - visit.starts_at), soonest), start)


def ask_again(
    visit: Appointment, items: Sequence[AppointmentItem], moving: Moving, now: datetime
) -> Question:
    """The question the visit once answered, its minutes as they were agreed."""
    chains: dict[int, list[AppointmentItem]] = defaultdict(list)
    for item in items:
        chains[item.chain].append(item)
    client, *guests = (_wish(chains[number]) for number in sorted(chains))
    question = ask(
        service_ids=client.service_ids,
        add_on_ids=client.add_on_ids,
        guests=guests,
        location_id=visit.location_id,
        staff_id=moving.staff_id,
        lasting={item.add_on_id or item.service_id: _minutes(item) for item in items},
        now=now,
    )
    if visit.series_id:
        question = replace(question, policy=question.policy.for_series())
    return question.at_any_notice if moving.is_override else question


def _wish(items: Sequence[AppointmentItem]) -> Wish:
    return Wish(
        service_ids=[item.service_id for item in items if item.add_on_id is None],
        add_on_ids=[item.add_on_id for item in items if item.add_on_id is not None],
    )


def _minutes(item: AppointmentItem) -> int:
    return (item.ends_at - item.starts_at) // timedelta(minutes=1)


def _refuse_by_package(
    visit: Appointment, items: Sequence[AppointmentItem], start: datetime
) -> None:
    """A session that pays for the visit is good until its package ends."""
    if all(item.package_use_id is None for item in items):
        return
    ends = find_end_of_package(source_kind=VISIT, source_id=visit.pk)
    if ends is not None and ends <= start:
        raise errors.PackageExpiresBefore


def _write(
    visit: Appointment,
    items: Sequence[AppointmentItem],
    question: Question,
    crew: Crew,
    moving: Moving,
    now: datetime,
) -> None:
    terms, begins = Terms.load(visit.policy), moving.start.astimezone(UTC)
    visit.policy = terms.moved(begins - visit.starts_at).dump(visit.location.zone)
    visit.starts_at = begins
    visit.ends_at = begins + timedelta(minutes=question.need.duration)
    visit.staff_id = crew.worker.id if crew.worker else None
    visit.claims = [claim.dump() for claim in crew.claims(begins)]
    visit.reschedules += moving.counts
    agreed = {name: msgspec.json.encode(getattr(visit, name)).decode() for name in AGREED}
    execute(MOVE, {name: getattr(visit, name) for name in SHIFTED} | agreed | {"now": now})
    moved = items_of(visit, question, crew, [item.price for item in items])
    for item, again in zip(items, moved, strict=True):
        for field in RETAKEN:
            setattr(item, field, getattr(again, field))
    columns = {field: [getattr(item, field) for item in items] for field in ("pk", *RETAKEN)}
    execute(RETAKE, {**columns, "now": now})


def _tell(
    visit: Appointment,
    old_start: datetime,
    moving: Moving,
    now: datetime,
    part_of: Collection[UUID],
) -> None:
    zone = visit.location.zone
    reason = f"moved from {old_start.astimezone(zone):%Y-%m-%d %H:%M%z}: {moving.reason}"
    step = transition(visit, visit.status, now=now, actor_id=moving.actor_id, reason=reason[:200])
    remember([step])
    publish(AppointmentRescheduled(**about(visit, part_of=part_of), old_starts_at=old_start))
    who = "staff" if moving.by_staff else "client"
    transaction.on_commit(partial(MOVED.labels(by=who).inc), robust=True)
    if moving.is_override:
        record(
            action="spa.appointment.moved-against-its-terms",
            subject_kind=VISIT,
            subject_id=visit.pk,
            actor_id=moving.actor_id,
            now=now,
            facts={
                "from": old_start.isoformat(),
                "to": visit.starts_at.isoformat(),
                "reason": moving.reason,
            },
        )
