"""Deposits of series: asked for in time, paid early, paid at the desk (SPA-20)."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from core.ids import uuid7
from core.outbox import publish_all
from core.selectors.settings import get_settings
from core.use_cases import use_case
from finances.selectors.payments import list_payments_of, present_payments
from finances.steps.counter import take_in_person
from finances.steps.payments import expire_payments
from finances.types import Fate, Settled
from spa import errors
from spa.domain.lifecycle import AppointmentStatus
from spa.domain.series import Scope, SeriesStatus
from spa.events import SeriesDepositDue
from spa.models import Appointment, AppointmentSeries, BookingSettings
from spa.steps.deposits import open_deposits
from spa.steps.lifecycle import about
from spa.steps.series import lock_series
from spa.steps.series_settlement import SeriesPayable
from spa.steps.series_telling import SERIES_KIND

BATCH = 100
SERIES = "series"


@use_case
def ask_for_deposits(*, now: datetime, limit: int = BATCH) -> int:
    """Ask for the deposits of visits whose time to pay comes near; returns of how many.

    Each is asked for once, and gets a payment that can be paid as long as the visit is held.
    """
    notice = timedelta(days=get_settings(BookingSettings).series_notice_days)
    # Skipped before they are counted: visits that are being paid must not keep others waiting.
    near = (
        Appointment.objects.filter(
            status=AppointmentStatus.PENDING_PAYMENT,
            series__status=SeriesStatus.ACTIVE,
            hold_expires_at__gt=now,
            hold_expires_at__lte=now + notice,
            deposit_asked_at=None,
        )
        .select_related("location")
        .order_by("hold_expires_at", "pk")
        .select_for_update(skip_locked=True, no_key=True, of=("self",))
    )
    visits = list(near[:limit])
    if visits:
        payments = open_deposits(visits, now=now)
        Appointment.objects.filter(pk__in=payments).update(deposit_asked_at=now, updated_at=now)
        publish_all([_asked(visit) for visit in visits])
    return len(visits)


def _asked(visit: Appointment) -> SeriesDepositDue:
    if visit.hold_expires_at is None:
        raise ValueError("a visit that is not held waits for no deposit")
    return SeriesDepositDue(
        **about(visit),
        amount=visit.deposit - visit.paid,
        currency=visit.currency,
        due_at=visit.hold_expires_at,
    )


@use_case
def pay_deposit(*, series_id: UUID, client_id: UUID, named: date, now: datetime) -> dict[str, Any]:
    """A payment for the deposit of one visit of one's series, before it is asked for.

    Raises `SeriesNotFound`, `OccurrenceNotFound`, `SeriesUnpaid` while the series waits for its
    first payment, and `VisitNotPayable`.
    """
    held = lock_series(series_id=series_id, client_id=client_id, now=now)
    (visit,) = held.choose(Scope.ONE, named=named, now=now)
    if held.series.status == SeriesStatus.PENDING:
        raise errors.SeriesUnpaid
    is_held = visit.hold_expires_at is not None and visit.hold_expires_at > now
    if visit.status != AppointmentStatus.PENDING_PAYMENT or not is_held:
        raise errors.VisitNotPayable(status=visit.status)
    (payment,) = present_payments(list(open_deposits([visit], now=now).values()))
    return payment


@use_case
def take_series_payment(
    *, series_id: UUID, method: str, actor_id: UUID, now: datetime
) -> AppointmentSeries:
    """Take at the desk what makes a series certain; it has the effect of the online payment.

    Raises `SeriesNotFound`, `SeriesNotPayable`, and those of `take_in_person`.
    """
    held = lock_series(series_id=series_id, client_id=None, now=now)
    series = held.series
    found = list_payments_of(payable_kind=SERIES_KIND, payable_ids=[series_id]).get(series_id)
    if series.status != SeriesStatus.PENDING or found is None:
        raise errors.SeriesNotPayable
    taken = take_in_person(
        kind=SERIES,
        payable_kind=SERIES_KIND,
        payable_id=series.pk,
        client_id=series.client_id,
        amount=found.amount,
        currency=found.currency,
        method=method,
        tip=Decimal(0),
        tip_party=None,
        actor_id=actor_id,
        cause_id=uuid7(),
        location_id=series.location_id,
        now=now,
    )
    money = Settled(
        payment_id=taken.pk,
        payable_id=series.pk,
        client_id=series.client_id,
        kind=SERIES,
        amount=taken.amount,
        currency=taken.currency,
        paid_at=now,
    )
    (answer,) = SeriesPayable().settle(paid=[money], now=now)
    if answer.fate is not Fate.ACCEPTED:
        raise errors.SeriesNotPayable  # its hours are over: nothing is taken, nothing is owed
    expire_payments(payable_kind=SERIES_KIND, payable_ids=[series.pk], now=now)
    return series
