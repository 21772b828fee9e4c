"""What visits do with money that arrived for them (SPA-07, SPA-08, FIN-13)."""

from collections.abc import Collection, Sequence, Set
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from core.db import requires_transaction
from core.money import ZERO
from finances.steps.credit import reserve_credit
from finances.steps.vouchers import reserve_vouchers_again
from finances.types import Allocation, Fate, Settled
from spa.domain.lifecycle import HOLDS, VISIT, AppointmentStatus
from spa.events import AppointmentConfirmed
from spa.models import Appointment, AppointmentTransition
from spa.steps.fulfil import Late, earn_late, use_reserved
from spa.steps.lifecycle import confirm, finish, write
from spa.steps.occupancy import Claim, Source, keep, release
from spa.steps.sessions import redeem_again, restore
from spa.steps.winning import win

PAID_LATER = "spa.appointment.paid_later"
DEPOSIT = "deposit"


class AppointmentPayable:
    """Visits, as finances knows them: something a deposit, and later the balance, is paid for."""

    @requires_transaction
    def settle(self, *, paid: Sequence[Settled], now: datetime) -> Sequence[Allocation]:
        """Confirm the visits the money was meant for; an ended hold takes its time back if it can.

        Money for a visit that is certain, or has happened, pays its balance. What is not accepted
        becomes the client's credit: it never revives a visit over somebody else's booking, nor one
        that was cancelled, and is never dropped (NA-23). The number of statements is the same for
        any batch, but for holds that have to take their time back, after all that still have
        theirs, and balances that come after the visit.
        """
        visits = _lock({told.payable_id for told in paid})
        pairs = [(visits.get(told.payable_id), told) for told in paid]
        # Only what will be paid for: held time of a visit whose money becomes credit stays held.
        kept = keep(source_ids={v.pk for v, told in pairs if v and _is_payable_hold(v, told, now)})
        allocations, moves, topped_up = [], [], []
        for visit, told in pairs:
            allocation = _allocate(visit, told, kept, now)
            if visit and allocation.fate is Fate.ACCEPTED:
                visit.paid += told.amount
                if visit.status in HOLDS:
                    moves.append(_confirmed(visit, allocation, now))
                else:
                    topped_up.append((visit, told))
            allocations.append(allocation)
        _save(moves, topped_up, now)
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


def _save(
    moves: Sequence[AppointmentTransition],
    topped_up: Sequence[tuple[Appointment, Settled]],
    now: datetime,
) -> None:
    confirmed = [moved.appointment for moved in moves]
    if confirmed:
        use_reserved(confirmed, now=now)
        finish(moves, AppointmentConfirmed, now=now)
    if topped_up:
        write(list({visit.pk: visit for visit, _told in topped_up}.values()), now=now)
    earn_late(_late(topped_up), cause_kind=PAID_LATER, now=now)


def _late(topped_up: Sequence[tuple[Appointment, Settled]]) -> list[Late]:
    """What came for visits that have happened, each after what was paid before it."""
    paid = {visit.pk: visit.paid for visit, _told in topped_up}
    found = []
    for visit, told in reversed(topped_up):
        paid[visit.pk] -= told.amount
        if visit.status == AppointmentStatus.COMPLETED:
            found.append(Late(visit, told.amount, paid[visit.pk], told.payment_id))
    return found[::-1]


def _confirmed(visit: Appointment, allocation: Allocation, now: datetime) -> AppointmentTransition:
    return confirm(visit, now=now, reason="late payment" if allocation.branch else "deposit paid")


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
    if visit.status not in HOLDS or visit.pk in kept:
        return Allocation.accepted()
    return _retake(visit, told, now)


def _refusal(visit: Appointment, told: Settled, now: datetime) -> Allocation | None:
    """Why the money cannot be for this visit, whoever has its time."""
    if visit.status == AppointmentStatus.CANCELLED:
        return Allocation.credited(branch="cancelled", reason=_("la cita estaba cancelada"))
    if visit.status == AppointmentStatus.NO_SHOW:
        reason = _("la cita se cerró por inasistencia")
        return Allocation.credited(branch="no_show", reason=reason)
    if told.amount > visit.total - visit.paid:
        return Allocation.credited(branch="overpaid", reason=_("la cita ya estaba pagada"))
    if visit.status not in HOLDS:
        is_second = told.kind == DEPOSIT
        reason = _("el anticipo ya estaba pagado")
        return Allocation.credited(branch="twice", reason=reason) if is_second else None
    if visit.starts_at <= now:
        return Allocation.credited(branch="past", reason=_("la hora de la cita ya pasó"))
    return None


def _retake(visit: Appointment, told: Settled, now: datetime) -> Allocation:
    """Occupy the same people and rooms once more; other holds that have ended give way.

    What the visit had set aside went back when it expired: its package's session, its voucher and
    its credit are taken again. Without the session or the voucher its price cannot be kept.
    """
    claims = [Claim.load(values) for values in visit.claims]
    source = Source(VISIT, visit.pk)
    if win(source=source, claims=claims, hold_expires_at=None, now=now):
        return Allocation.credited(branch="taken", reason=_("el horario ya estaba ocupado"))
    if not redeem_again(client_id=visit.client_id, source=source, at=visit.starts_at, now=now):
        release(source_ids=[visit.pk])
        reason = _("la sesión del paquete ya se había usado")
        return Allocation.credited(branch="session", reason=reason)
    if not reserve_vouchers_again(payable_kind=VISIT, payable_id=visit.pk, now=now):
        restore(source_kind=VISIT, source_ids=[visit.pk], now=now)
        release(source_ids=[visit.pk])
        reason = _("el cupón de la reserva ya no estaba disponible")
        return Allocation.credited(branch="voucher", reason=reason)
    if (missing := visit.deposit - told.amount) > ZERO:
        reserve_credit(
            client_id=visit.client_id,
            up_to=missing,
            currency=visit.currency,
            payable_kind=VISIT,
            payable_id=visit.pk,
            now=now,
        )
    return Allocation.accepted(branch="retaken")
