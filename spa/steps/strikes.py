"""Strikes, and what too many of them lead to (SPA-10, USERS-10).

Whoever counts strikes holds the lock of their client's person: of parallel calls each counts the
strikes of those before it, so a ban is neither missed nor doubled.
"""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from core.audit import record
from core.db import requires_transaction
from core.outbox import publish
from core.selectors.settings import get_settings
from spa import errors
from spa.domain.lifecycle import AHEAD
from spa.events import AppealRejected, StrikeWaived
from spa.models import (
    AppealStatus,
    Appointment,
    BookingSettings,
    Strike,
    StrikeAppeal,
    StrikeKind,
)
from spa.steps.cancelling import Cancelling, cancel
from users.steps.bans import ban, lift_automatic_ban
from users.steps.locks import lock_person


@requires_transaction
def give_strike(visit: Appointment, kind: StrikeKind, *, at: datetime, now: datetime) -> Strike:
    """Hold a visit against its client, who is banned when these are too many.

    The client's person and all visits they have ahead are locked (`lock_visit`). A visit counts
    once: a strike that was waived with a mistake of the desk counts again when the desk says so.
    """
    strike, _created = Strike.objects.update_or_create(
        appointment=visit,
        defaults={
            "client_id": visit.client_id,
            "kind": kind,
            "at": at,
            "waived_at": None,
            "waived_by": None,
            "waive_reason": "",
        },
    )
    rules = get_settings(BookingSettings)
    if count_strikes(client_id=visit.client_id, now=now) >= rules.strikes_limit:
        _ban(visit.client_id, rules, now)
    audit("given", strike, actor_id=None, now=now)
    return strike


@requires_transaction
def lock_strike(*, strike_id: UUID, client_id: UUID | None = None) -> Strike:
    """A strike, its client's person locked; only the client's own unless `client_id` is `None`.

    Raises `StrikeNotFound`, also for somebody else's.
    """
    mine = Q() if client_id is None else Q(client_id=client_id)
    strikes = Strike.objects.select_related("appointment__location")
    found = strikes.filter(mine, pk=strike_id)
    owner_id = found.values_list("client_id", flat=True).first()
    if owner_id is None:
        raise errors.StrikeNotFound
    lock_person(person_id=owner_id)
    return found.get()


@requires_transaction
def waive(strike: Strike, *, reason: str, actor_id: UUID, now: datetime) -> None:
    """Let a locked strike count no more and tell its client; a ban it led to may end."""
    strike.waived_at, strike.waived_by_id, strike.waive_reason = now, actor_id, reason
    strike.save(update_fields=["waived_at", "waived_by", "waive_reason", "updated_at"])
    publish(StrikeWaived(**_about(strike)))
    limit = get_settings(BookingSettings).strikes_limit
    if count_strikes(client_id=strike.client_id, now=now) < limit:
        lift_automatic_ban(person_id=strike.client_id, reason=reason, actor_id=actor_id, now=now)
    audit("waived", strike, actor_id=actor_id, now=now, reason=reason)


@requires_transaction
def decide_appeal(
    appeal: StrikeAppeal, status: AppealStatus, *, answer: str, actor_id: UUID, now: datetime
) -> None:
    """Write what became of an open appeal, whose client's person is locked.

    Who is right hears so from the strike's waiver.
    """
    appeal.status, appeal.answer = status, answer
    appeal.decided_at, appeal.decided_by_id = now, actor_id
    appeal.save(update_fields=["status", "answer", "decided_at", "decided_by", "updated_at"])
    if status == AppealStatus.REJECTED:
        publish(AppealRejected(**_about(appeal.strike), answer=answer))
    audit(f"appeal-{status}", appeal.strike, actor_id=actor_id, now=now, reason=answer)


@requires_transaction
def count_strikes(*, client_id: UUID, now: datetime) -> int:
    """How many strikes count against a client today: waived ones and old ones do not."""
    days = get_settings(BookingSettings).strikes_window_days
    counted = Strike.objects.filter(
        client_id=client_id, waived_at=None, at__gte=now - timedelta(days=days)
    )
    return counted.count()


@requires_transaction
def cancel_ahead(*, client_id: UUID, actor_id: UUID | None, now: datetime) -> int:
    """Cancel what a banned client has ahead, by the terms of each visit; returns how many.

    The ban costs no strikes of its own. The client's person is locked.
    """
    ahead = list(
        Appointment.objects.filter(client_id=client_id, status__in=AHEAD, starts_at__gt=now)
        .select_related("location")
        .order_by("pk")
        .select_for_update(no_key=True, of=("self",))
    )
    if ahead:
        reason = _("persona no grata")
        why = Cancelling(actor_id, by_staff=True, reason=reason, is_held_against=False)
        cancel(ahead, why, now=now)
    return len(ahead)


def _ban(client_id: UUID, rules: BookingSettings, now: datetime) -> None:
    reason = _("{limit} faltas en {days} días").format(
        limit=rules.strikes_limit, days=rules.strikes_window_days
    )
    # What is ahead goes first: the audit log is one queue, and nobody waits for rows in it.
    cancel_ahead(client_id=client_id, actor_id=None, now=now)
    ban(person_id=client_id, reason=reason, actor_id=None, is_automatic=True, now=now)


def _about(strike: Strike) -> dict[str, Any]:
    visit = strike.appointment
    return {
        "strike_id": strike.pk,
        "client_id": strike.client_id,
        "starts_at": visit.starts_at,
        "timezone": visit.location.timezone,
        "service": visit.title,
    }


@requires_transaction
def audit(
    what: str, strike: Strike, *, actor_id: UUID | None, now: datetime, reason: str = ""
) -> None:
    """Note what happened to a strike; last, since the audit log is one queue."""
    record(
        action=f"spa.strike.{what}",
        subject_kind="spa.strike",
        subject_id=strike.pk,
        actor_id=actor_id,
        now=now,
        facts={
            "kind": str(strike.kind),
            "appointment": str(strike.appointment_id),
            "reason": reason,
        },
    )
