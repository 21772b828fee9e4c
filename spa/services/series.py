"""Booking visits that repeat (SPA-20, NA-18)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from core.ids import uuid7
from core.money import ZERO
from core.outbox import publish
from core.use_cases import use_case
from finances.steps.payments import open_payment
from spa.domain.series import Owed, SeriesStatus, deadlines
from spa.domain.terms import Terms
from spa.events import AppointmentConfirmed, SeriesBooked
from spa.models import Appointment, AppointmentSeries
from spa.models.appointments import Channel
from spa.steps.booking import Draft, Order, draft_visit, write_visits
from spa.steps.lifecycle import announce
from spa.steps.limits import check_limits
from spa.steps.preferences import preferred_staff, remember_preference
from spa.steps.series_planning import (
    AskedSeries,
    Conflict,
    Open,
    SeriesOrder,
    ask_series,
    conflict,
    conflicts_of,
    plan,
)
from spa.steps.series_telling import SERIES_KIND, told
from spa.steps.slots import lost
from spa.steps.taking import Crew, take_time
from spa.steps.winning import take_turns
from users.selectors.people import get_contact

Taken = Sequence[tuple[Draft, Crew]]


class Mode(StrEnum):
    """What becomes of a series that cannot be had as a whole."""

    ALL = "all"
    FREE = "free"


@dataclass(frozen=True, slots=True)
class BookedSeries:
    """A new series, and the days on which it could not be had."""

    series: AppointmentSeries
    conflicts: Sequence[dict[str, Any]]


@use_case
def book_series(*, order: SeriesOrder, mode: Mode, now: datetime) -> BookedSeries:
    """Book every visit of a series, or those that can be had; all of them through the one ledger.

    They are held together until the first payment is settled: one deposit, or all in advance. With
    nothing to pay they are certain at once. The series counts as one visit for the client's limits.
    Raises `SeriesConflicts` (with the reason of each and alternatives) when not all can be had, or
    none in mode `free`; the refusals of `ask_series` and those of `check_limits`.
    """
    asked = ask_series(order, now=now)
    planned = plan(asked, now=now)
    free = [slot for slot in planned if isinstance(slot, Open)]
    conflicts = [slot for slot in planned if isinstance(slot, Conflict)]
    _refuse(asked, mode, free, conflicts)
    policy = asked.question.policy
    is_vip = get_contact(person_id=order.client_id).is_vip
    check_limits(client_id=order.client_id, is_vip=is_vip, policy=policy, now=now)

    series = _drafted(asked, order, now)
    hold_ends = policy.hold_ends(now, free[0].start)
    drafts = [
        _draft(asked, _order_of(order, series, slot, is_vip=is_vip), hold_ends, now)
        for slot in free
    ]
    take_turns(is_in_order=True)
    taken = _take(asked, order, free, drafts, conflicts, now=now)
    _refuse(asked, mode, taken, conflicts)
    _store(asked, order, series, taken, hold_ends=hold_ends, now=now)
    if order.staff_id is not None:
        remember_preference(client_id=order.client_id, staff_id=order.staff_id)
    return BookedSeries(series, [slot.as_fact(asked.question.place.zone) for slot in conflicts])


def _refuse(
    asked: AskedSeries, mode: Mode, got: Sequence[object], conflicts: Sequence[Conflict]
) -> None:
    if not got or (conflicts and mode is Mode.ALL):
        raise conflicts_of([slot.as_fact(asked.question.place.zone) for slot in conflicts])


def _drafted(asked: AskedSeries, order: SeriesOrder, now: datetime) -> AppointmentSeries:
    return AppointmentSeries(
        id=uuid7(),
        location_id=asked.question.place.id,
        client_id=order.client_id,
        staff_id=order.staff_id,
        title=asked.question.title,
        rule=asked.rule.text,
        starts_on=asked.first,
        wall_time=asked.wall,
        payment=order.payment.value,
        status=SeriesStatus.PENDING.value,
        booked_at=now,
        booked_by_id=order.booked_by,
        notes=order.notes,
    )


def _order_of(order: SeriesOrder, series: AppointmentSeries, slot: Open, *, is_vip: bool) -> Order:
    return Order(
        client_id=order.client_id,
        is_vip=is_vip,
        start=slot.start,
        notes=order.notes,
        channel=Channel.SERIES,
        booked_by=order.booked_by,
        series_id=series.pk,
        occurrence=slot.day,
    )


def _draft(asked: AskedSeries, order: Order, hold_ends: datetime, now: datetime) -> Draft:
    draft = draft_visit(asked.question, order, now=now)
    if draft.appointment.hold_expires_at is not None:
        draft.appointment.hold_expires_at = hold_ends  # one for all: they become certain together
    return draft


def _take(
    asked: AskedSeries,
    order: SeriesOrder,
    free: Sequence[Open],
    drafts: Sequence[Draft],
    conflicts: list[Conflict],
    *,
    now: datetime,
) -> list[tuple[Draft, Crew]]:
    """Take the time of each visit, earliest first; what rivals got meanwhile is a conflict too.

    In the order of their days, so that two series that want the same days never wait in a circle.
    """
    question, taken = asked.question, []
    whom = None if order.staff_id else preferred_staff(client_id=order.client_id)
    for slot, draft in zip(free, drafts, strict=True):
        crew = take_time(
            question,
            slot.free,
            source=draft.source,
            start=slot.start,
            hold_expires_at=draft.appointment.hold_expires_at,
            now=now,
            preferred_staff_id=whom,
        )
        if crew is not None:
            taken.append((draft, crew))
            continue
        refusal = lost(question, start=slot.start, now=now)
        conflicts.append(
            conflict(
                question, day=slot.day, start=slot.start, near=slot.start, refusal=refusal, now=now
            )
        )
    return taken


def _store(
    asked: AskedSeries,
    order: SeriesOrder,
    series: AppointmentSeries,
    taken: Taken,
    *,
    hold_ends: datetime,
    now: datetime,
) -> None:
    """Write the series and its visits, and open the payment that makes them certain."""
    visits = [draft.appointment for draft, _crew in taken]
    waits = deadlines(
        [Owed(visit.starts_at, visit.deposit) for visit in visits],
        payment=order.payment,
        policy=asked.question.policy,
        hold_ends=hold_ends,
    )
    for visit, until in zip(visits, waits, strict=True):
        if until is not None:
            terms = replace(Terms.load(visit.policy), deposit_until=until)
            visit.policy = terms.dump(asked.question.place.zone)
    due = sum((v.deposit for v, until in zip(visits, waits, strict=True) if until is None), ZERO)
    if not due:
        series.status, series.opened_at = SeriesStatus.ACTIVE.value, now
    series.save(force_insert=True)
    write_visits(taken, actor_id=order.booked_by or order.client_id, now=now)
    if not due:
        _tell(series, visits)
        return
    open_payment(
        kind="series",
        payable_kind=SERIES_KIND,
        payable_id=series.pk,
        client_id=series.client_id,
        amount=due,
        currency=visits[0].currency,
        expires_at=hold_ends,
        now=now,
    )


def _tell(series: AppointmentSeries, visits: Sequence[Appointment]) -> None:
    announce(visits, AppointmentConfirmed, part_of=[series.pk])
    publish(told(series, SeriesBooked, visits=len(visits), first=visits[0].starts_at, unpaid=0))
