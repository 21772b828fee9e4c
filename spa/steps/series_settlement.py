"""What series do with the money that makes them certain (SPA-20, FIN-13, NA-23)."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.utils.translation import gettext as _

from core.db import requires_transaction
from core.outbox import publish_all
from finances.steps.credit import issue_credit
from finances.types import Account, Allocation, Settled
from spa.domain.lifecycle import HOLDS, VISIT, AppointmentStatus
from spa.domain.series import SeriesStatus
from spa.domain.terms import Terms
from spa.events import AppointmentConfirmed, SeriesBooked
from spa.models import Appointment, AppointmentSeries, AppointmentTransition
from spa.steps.lifecycle import confirm, finish, move, remember, write
from spa.steps.occupancy import Claim, Source, keep, prolong
from spa.steps.series_telling import SERIES_KIND, told
from spa.steps.winning import win


class SeriesPayable:
    """Series, as finances knows them: deposits of their visits that are paid together."""

    @requires_transaction
    def settle(self, *, paid: Sequence[Settled], now: datetime) -> Sequence[Allocation]:
        """Pay deposits in the order of the visits, as far as the money goes; the rest is credit.

        Visits beyond it are held until their own deposit is due. A visit whose hold has ended takes
        its time back if it can, and what cannot be had is not paid for. The number of statements
        does not grow with the batch, but for those that have to take their time back.
        """
        openings = _Openings({payment.payable_id for payment in paid}, now)
        allocations = [openings.open(payment) for payment in paid]
        openings.save()
        return allocations

    def describe(self, *, payable_id: UUID) -> str:
        """The series' services."""
        titles = AppointmentSeries.objects.filter(pk=payable_id).values_list("title", flat=True)
        return titles.first() or "tu serie de citas"


class _Openings:
    """Series that money has come for, decided in memory under their locks, written together."""

    def __init__(self, series_ids: Collection[UUID], now: datetime) -> None:
        self._now = now
        # Visits before their series, each in one order: whoever ends holds does it so too.
        self._visits = _lock_visits(series_ids)
        self._series = _lock_series(series_ids)
        self._opened: list[tuple[AppointmentSeries, Settled, Decimal]] = []
        self._confirmed: list[AppointmentTransition] = []
        self._reopened: list[AppointmentTransition] = []
        self._held: list[Appointment] = []

    def open(self, payment: Settled) -> Allocation:
        """What becomes of the money for one series."""
        series = self._series.get(payment.payable_id)
        if series is None:
            return Allocation.credited(branch="gone", reason=_("la serie ya no existe"))
        if series.status == SeriesStatus.CANCELLED:
            return Allocation.credited(branch="cancelled", reason=_("la serie estaba cancelada"))
        if series.status == SeriesStatus.ACTIVE:
            return Allocation.credited(branch="twice", reason=_("la serie ya estaba pagada"))
        waiting = [visit for visit in self._visits[series.pk] if self._is_waiting(visit)]
        if not waiting:
            return Allocation.credited(branch="past", reason=_("las horas de la serie ya pasaron"))
        is_late = any(_has_ended(visit) for visit in waiting)
        left = self._pay(waiting, payment.amount)
        if left == payment.amount:
            return Allocation.credited(branch="taken", reason=_("los horarios ya estaban ocupados"))
        self._hold(waiting)
        series.status, series.opened_at = SeriesStatus.ACTIVE.value, self._now
        self._opened.append((series, payment, left))
        return Allocation.accepted(branch="retaken" if is_late else "")

    def _is_waiting(self, visit: Appointment) -> bool:
        return visit.starts_at > self._now and visit.status in HOLDS

    def _pay(self, waiting: Sequence[Appointment], amount: Decimal) -> Decimal:
        """Confirm as many as the money pays for and that can be had; returns what is left of it."""
        for visit in waiting:
            owed = visit.deposit - visit.paid
            if owed > amount or not self._has_time(visit, until=None):
                continue
            amount -= owed
            visit.paid += owed
            reason = "late payment" if _has_ended(visit) else "deposit paid"
            self._confirmed.append(confirm(visit, now=self._now, reason=reason))
        return amount

    def _hold(self, waiting: Sequence[Appointment]) -> None:
        """Keep the time of those that are still to be paid, each until its own deposit is due."""
        for visit in waiting:
            until = Terms.load(visit.policy).deposit_until
            is_paid = visit.status == AppointmentStatus.CONFIRMED
            if is_paid or until is None or until <= self._now:
                continue  # nothing to wait for: an ended hold goes as any other does
            if not self._has_time(visit, until=until):
                continue
            visit.hold_expires_at = until
            if _has_ended(visit):
                self._reopened.append(
                    move(
                        visit,
                        AppointmentStatus.PENDING_PAYMENT,
                        now=self._now,
                        actor_id=None,
                        reason="series paid late",
                    )
                )
            self._held.append(visit)

    def _has_time(self, visit: Appointment, *, until: datetime | None) -> bool:
        """Whether the visit has its time, or has just taken it back."""
        if not _has_ended(visit):
            return True  # its time goes with its status, and only under the lock that we hold
        claims = [Claim.load(values) for values in visit.claims]
        source = Source(VISIT, visit.pk)
        return not win(source=source, claims=claims, hold_expires_at=until, now=self._now)

    def save(self) -> None:
        """Write what was decided, and tell each client once."""
        if not self._opened:
            return
        ids = [series.pk for series, _payment, _left in self._opened]
        keep(source_ids=[moved.appointment_id for moved in self._confirmed])
        finish(self._confirmed, AppointmentConfirmed, now=self._now, part_of=ids)
        if self._held:
            prolong(until={visit.pk: _until(visit) for visit in self._held})
            write(self._held, now=self._now)
            remember(self._reopened)
        AppointmentSeries.objects.filter(pk__in=ids).update(
            status=SeriesStatus.ACTIVE, opened_at=self._now, updated_at=self._now
        )
        self._give_back()
        publish_all([self._fact(series, left) for series, _payment, left in self._opened])

    def _give_back(self) -> None:
        for series, payment, left in self._opened:
            if left:
                issue_credit(
                    client_id=series.client_id,
                    amount=left,
                    currency=payment.currency,
                    source=Account.DEPOSITS_HELD,
                    cause_kind=SERIES_KIND,
                    cause_id=payment.payment_id,
                    reason=_("algunas citas de tu serie ya no se podían tener"),
                    now=self._now,
                )

    def _fact(self, series: AppointmentSeries, left: Decimal) -> SeriesBooked:
        stands = [v for v in self._visits[series.pk] if v.status == AppointmentStatus.CONFIRMED]
        unpaid = [visit for visit in self._held if visit.series_id == series.pk]
        return told(
            series,
            SeriesBooked,
            visits=len(stands) + len(unpaid),
            first=min(visit.starts_at for visit in (*stands, *unpaid)),
            unpaid=len(unpaid),
        )


def _has_ended(visit: Appointment) -> bool:
    return visit.status == AppointmentStatus.EXPIRED


def _until(visit: Appointment) -> datetime:
    if visit.hold_expires_at is None:
        raise ValueError("a visit that is held is held until something")
    return visit.hold_expires_at


def _lock_visits(series_ids: Collection[UUID]) -> dict[UUID, list[Appointment]]:
    """The visits by series, in the order of their starts, locked in that of their ids."""
    locked = (
        Appointment.objects.filter(series_id__in=series_ids)
        .select_related("location")
        .order_by("pk")
        .select_for_update(no_key=True, of=("self",))
    )
    found: dict[UUID, list[Appointment]] = defaultdict(list)
    for visit in sorted(locked, key=lambda visit: (visit.starts_at, visit.pk)):
        if visit.series_id:
            found[visit.series_id].append(visit)
    return found


def _lock_series(series_ids: Collection[UUID]) -> dict[UUID, AppointmentSeries]:
    locked = (
        AppointmentSeries.objects.filter(pk__in=series_ids)
        .select_related("location")
        .order_by("pk")
        .select_for_update(no_key=True, of=("self",))
    )
    return {series.pk: series for series in locked}
