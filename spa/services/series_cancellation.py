"""Cancelling a series, or part of it (SPA-20, NA-13)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from core.use_cases import use_case
from spa import errors
from spa.domain.lifecycle import AppointmentStatus
from spa.domain.series import Scope
from spa.models import Appointment, AppointmentSeries, StrikeKind
from spa.steps.cancelling import Cancelled, Cancelling, cancel
from spa.steps.series import lock_series
from spa.steps.strikes import give_strike


@dataclass(frozen=True, slots=True)
class CancelledVisits:
    """A series, and its visits that are cancelled now."""

    series: AppointmentSeries
    cancelled: Sequence[Cancelled]


@use_case
def cancel_series(
    *,
    series_id: UUID,
    client_id: UUID | None,
    scope: Scope,
    named: date | None,
    why: Cancelling,
    now: datetime,
) -> CancelledVisits:
    """Cancel one visit of a series, it and the following ones, or all that are ahead.

    Each is cancelled by its own terms, as if it were alone: those far away cost nothing, a late one
    is a strike. The client is told once. Only the client's own series unless `client_id` is `None`.
    Raises `SeriesNotFound`, `OccurrenceNotFound`, `SeriesOver`, `TransitionRefused`, `VisitBegun`,
    `ReasonMissing`.
    """
    if why.is_waived and not why.reason:
        raise errors.ReasonMissing
    held = lock_series(series_id=series_id, client_id=client_id, now=now)
    chosen = held.choose(scope, named=named, now=now)
    if not why.by_staff and any(_has_begun(visit, now) for visit in chosen):
        raise errors.VisitBegun
    done = cancel(chosen, why, now=now)
    for one in done:
        if one.decision.is_strike:
            give_strike(one.visit, StrikeKind.LATE_CANCELLATION, at=now, now=now)
    return CancelledVisits(held.series, done)


def _has_begun(visit: Appointment, now: datetime) -> bool:
    return visit.status == AppointmentStatus.CONFIRMED and visit.starts_at <= now
