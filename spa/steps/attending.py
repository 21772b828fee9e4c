"""Visits that happen, and visits nobody came to (SPA-06, SPA-10)."""

from datetime import UTC, datetime
from uuid import UUID, uuid5

from django.utils.translation import gettext as _

from core.db import requires_transaction
from core.outbox import publish
from finances.steps.recognition import take_back
from finances.types import Account
from spa.domain.lifecycle import AppointmentStatus
from spa.domain.terms import Decision, Terms
from spa.events import AppointmentNoShow
from spa.models import Appointment, AppointmentTransition, Strike, StrikeKind
from spa.steps.lifecycle import about, move, remember, write
from spa.steps.release import part_with
from spa.steps.strikes import give_strike, waive

NO_SHOW = "spa.appointment.no_show"
CAME_AFTER_ALL = "spa.appointment.came_after_all"


@requires_transaction
def step(
    visit: Appointment,
    target: AppointmentStatus,
    *,
    actor_id: UUID | None,
    reason: str,
    now: datetime,
) -> None:
    """Bring a locked visit to its next status, and write it. Raises `TransitionRefused`."""
    moved = move(visit, target, now=now, actor_id=actor_id, reason=reason)
    write([visit], now=now)
    remember([moved])


@requires_transaction
def miss(visit: Appointment, *, actor_id: UUID | None, reason: str, now: datetime) -> None:
    """Note that nobody came: what was paid is shared out by the frozen terms, and it is a strike.

    The client's person and all they have ahead are locked. A run that comes late does not make the
    strike younger. Raises `TransitionRefused`.
    """
    terms = Terms.load(visit.policy)
    decision = terms.no_show(paid=visit.paid)
    step(visit, AppointmentStatus.NO_SHOW, actor_id=actor_id, reason=reason, now=now)
    part_with(
        visit,
        decision,
        cause_kind=NO_SHOW,
        cause_id=_cause(visit, now),
        reason=_("la inasistencia a {title}").format(title=visit.title),
        now=now,
    )
    publish(AppointmentNoShow(**about(visit), credit=decision.credit, currency=visit.currency))
    at = max(visit.starts_at, min(now, terms.no_show_after))
    give_strike(visit, StrikeKind.NO_SHOW, at=at, now=now)


@requires_transaction
def come_after_all(visit: Appointment, *, actor_id: UUID, reason: str, now: datetime) -> None:
    """Take back that nobody came: the strike is waived and what was kept is the client's again.

    What came back as credit stays credit, so that much less of the visit is paid. A package's
    session stays spent: it is used now. Raises `TransitionRefused`.
    """
    decision = Terms.load(visit.policy).no_show(paid=visit.paid)
    missed_at = _missed_at(visit)
    visit.paid = decision.kept
    visit.credit_used = min(visit.credit_used, visit.paid)
    step(visit, AppointmentStatus.CHECKED_IN, actor_id=actor_id, reason=reason, now=now)
    _hold_again(visit, decision, _cause(visit, missed_at), now)
    strike = Strike.objects.select_related("appointment__location").filter(appointment=visit)
    if (found := strike.filter(waived_at=None).first()) is not None:
        waive(found, reason=reason, actor_id=actor_id, now=now)


def _hold_again(visit: Appointment, decision: Decision, cause_id: UUID, now: datetime) -> None:
    """What the studio had earned by the absence is held for the client once more."""
    take_back(
        client_id=visit.client_id,
        amount=decision.kept,
        currency=visit.currency,
        held_in=Account.DEPOSITS_HELD,
        revenue=Account.REVENUE_FORFEITED,
        earned_by=(NO_SHOW, cause_id),
        cause_kind=CAME_AFTER_ALL,
        cause_id=cause_id,
        reason=_("El cliente sí vino: {title}").format(title=visit.title),
        now=now,
    )


def _cause(visit: Appointment, missed_at: datetime) -> UUID:
    """One absence: the desk may note it, take it back, and note it again."""
    return uuid5(visit.pk, missed_at.astimezone(UTC).isoformat())


def _missed_at(visit: Appointment) -> datetime:
    absences = AppointmentTransition.objects.filter(
        appointment=visit, to_status=AppointmentStatus.NO_SHOW
    )
    return absences.order_by("-pk").values_list("at", flat=True)[0]
