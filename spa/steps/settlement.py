"""What visits do with money that arrived for them (SPA-07, FIN-13)."""

from collections.abc import Collection, Sequence, Set
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from core.db import requires_transaction
from finances.types import Allocation, Fate, Settled
from spa.domain.lifecycle import AppointmentStatus
from spa.events import AppointmentConfirmed
from spa.models import Appointment
from spa.steps.lifecycle import PAYABLE_KIND, confirm, finish
from spa.steps.occupancy import Claim, Source, keep
from spa.steps.winning import win


class AppointmentPayable:
    """Visits, as finances knows them: something a deposit is paid for."""

    @requires_transaction
    def settle(self, *, paid: Sequence[Settled], now: datetime) -> Sequence[Allocation]:
        """Confirm the visits the money was meant for; an ended hold takes its time back if it can.

        Otherwise the money becomes the client's credit: it never revives a visit over somebody
        else's booking, and is never dropped (NA-23). Five statements, and those of each hold that
        has to take its time back: it comes after all that still have theirs.
        """
        visits = _lock({told.payable_id for told in paid})
        pairs = [(visits.get(told.payable_id), told) for told in paid]
        # Only what will be paid for: held time of a visit whose money becomes credit stays held.
        kept = keep(source_ids={v.pk for v, told in pairs if v and _is_payable_hold(v, told, now)})
        allocations, moves = [], []
        for visit, told in pairs:
            allocation = _allocate(visit, told, kept, now)
            if visit and allocation.fate is Fate.ACCEPTED:
                visit.paid += told.amount
                reason = "late payment" if allocation.branch else "deposit paid"
                moves.append(confirm(visit, now=now, reason=reason))
            allocations.append(allocation)
        if moves:
            finish(moves, AppointmentConfirmed, now=now)
        return allocations

    def describe(self, *, payable_id: UUID) -> str:
        """The visit's services."""
        titles = Appointment.objects.filter(pk=payable_id).values_list("title", flat=True)
        return titles.first() or "tu cita"


def _lock(ids: Collection[UUID]) -> dict[UUID, Appointment]:
    """The visits, locked in one order: batches cannot deadlock."""
    locked = (
        Appointment.objects.filter(pk__in=ids)
        .select_related("location")
        .order_by("pk")
        .select_for_update(no_key=True, of=("self",))
    )
    return {visit.pk: visit for visit in locked}


def _is_payable_hold(visit: Appointment, told: Settled, now: datetime) -> bool:
    is_pending = visit.status == AppointmentStatus.PENDING_PAYMENT
    return is_pending and _refusal(visit, told, now) is None


def _allocate(
    visit: Appointment | None, told: Settled, kept: Set[UUID], now: datetime
) -> Allocation:
    if visit is None:
        return Allocation.credited(branch="gone", reason=_("la cita ya no existe"))
    if refusal := _refusal(visit, told, now):
        return refusal
    if visit.pk in kept:
        return Allocation.accepted()
    if _retake(visit, now):
        return Allocation.accepted(branch="retaken")
    return Allocation.credited(branch="taken", reason=_("el horario ya estaba ocupado"))


def _refusal(visit: Appointment, told: Settled, now: datetime) -> Allocation | None:
    """Why the money cannot be for this visit, whoever has its time."""
    if told.amount > visit.total - visit.paid:
        return Allocation.credited(branch="overpaid", reason=_("la cita ya estaba pagada"))
    if visit.status == AppointmentStatus.CONFIRMED:
        return Allocation.credited(branch="twice", reason=_("el anticipo ya estaba pagado"))
    if visit.starts_at <= now:
        return Allocation.credited(branch="past", reason=_("la hora de la cita ya pasó"))
    return None


def _retake(visit: Appointment, now: datetime) -> bool:
    """Occupy the same people and rooms once more; other holds that have ended give way."""
    claims = [Claim.load(values) for values in visit.claims]
    source = Source(PAYABLE_KIND, visit.pk)
    return not win(source=source, claims=claims, hold_expires_at=None, now=now)
