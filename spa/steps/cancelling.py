"""Cancelling visits by their own terms (SPA-10, NA-13)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from core.audit import record
from core.db import requires_transaction
from core.money import ZERO
from core.outbox import publish_all
from finances.steps.payments import expire_payments
from spa.domain.lifecycle import VISIT, AppointmentStatus
from spa.domain.terms import Decision, Reason, Terms
from spa.events import AppointmentCancelled
from spa.models import Appointment
from spa.steps.lifecycle import about, move, remember, write
from spa.steps.occupancy import release
from spa.steps.release import part_with
from spa.steps.series_telling import end_cancelled_series

CANCELLED = "spa.appointment.cancelled"


@dataclass(frozen=True, slots=True)
class Cancelling:
    """Who cancels, and on what grounds.

    `is_waived`: all comes back, whatever the terms say. `is_held_against` is false where the client
    did not choose to: money goes by the terms, but a late cancellation is no strike.
    """

    actor_id: UUID | None
    by_staff: bool
    is_waived: bool = False
    reason: str = ""
    is_held_against: bool = True


@dataclass(frozen=True, slots=True)
class Cancelled:
    """A visit that is cancelled, and what followed from its terms."""

    visit: Appointment
    decision: Decision
    was_certain: bool


@requires_transaction
def cancel(visits: Sequence[Appointment], why: Cancelling, *, now: datetime) -> list[Cancelled]:
    """Cancel locked visits: time freed, money shared out by the frozen terms, payments closed.

    Strikes are the caller's business, and so is the lock on each client's person. Of several visits
    of one series its client hears once. Raises `TransitionRefused` for a visit that cannot be
    cancelled any more, so that nothing of this happens twice.
    """
    cancelled = [
        Cancelled(visit, _decide(visit, why, now), visit.status == AppointmentStatus.CONFIRMED)
        for visit in visits
    ]
    moves = [
        move(
            done.visit,
            AppointmentStatus.CANCELLED,
            now=now,
            actor_id=why.actor_id,
            reason=_history(done.decision, why),
        )
        for done in cancelled
    ]
    write(visits, now=now)
    remember(moves)
    ids = [visit.pk for visit in visits]
    release(source_ids=ids)
    expire_payments(payable_kind=VISIT, payable_ids=ids, now=now)
    for done in cancelled:
        part_with(
            done.visit,
            done.decision,
            cause_kind=CANCELLED,
            cause_id=done.visit.pk,
            reason=_("la cancelación de {title}").format(title=done.visit.title),
            now=now,
        )
    tells = end_cancelled_series([(one.visit, one.decision.credit) for one in cancelled], now=now)
    publish_all([_told(done, why, tells) for done in cancelled])
    for done in cancelled:
        if done.was_certain:
            _audit(done, why, now)
    return cancelled


def _decide(visit: Appointment, why: Cancelling, now: datetime) -> Decision:
    if visit.status != AppointmentStatus.CONFIRMED:
        # An unpaid visit is only given up: there is nothing to share out and nothing to hold
        # against anybody.
        return Decision(Reason.FREE, credit=visit.paid, kept=ZERO, is_strike=False)
    terms = Terms.load(visit.policy)
    if why.is_waived:
        return terms.waived_cancellation(paid=visit.paid)
    decision = terms.cancellation(now=now, paid=visit.paid)
    return decision if why.is_held_against else replace(decision, is_strike=False)


def _history(decision: Decision, why: Cancelling) -> str:
    """The row of history says on what grounds, so that the decision can be made again."""
    return f"{decision.reason}: {why.reason}"[:200] if why.reason else decision.reason.value


def _told(done: Cancelled, why: Cancelling, part_of: Collection[UUID]) -> AppointmentCancelled:
    return AppointmentCancelled(
        **about(done.visit, part_of=part_of),
        credit=done.decision.credit,
        currency=done.visit.currency,
        grounds=done.decision.reason.value,
        by_staff=why.by_staff,
        is_strike=done.decision.is_strike,
    )


def _audit(done: Cancelled, why: Cancelling, now: datetime) -> None:
    facts: dict[str, Any] = {
        "grounds": done.decision.reason.value,
        "paid": str(done.visit.paid),
        "credit": str(done.decision.credit),
        "kept": str(done.decision.kept),
        "by_staff": why.by_staff,
        "reason": why.reason,
    }
    record(
        action="spa.appointment.cancelled",
        subject_kind=VISIT,
        subject_id=done.visit.pk,
        actor_id=why.actor_id,
        now=now,
        facts=facts,
    )
