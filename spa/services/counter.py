"""Money for a visit: taken at the desk, or paid online by its client (SPA-08, SPA-09, NA-28)."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from core.ids import uuid7
from core.money import ZERO
from core.use_cases import use_case
from finances.domain.statuses import PAYABLE
from finances.selectors.counter import is_taken
from finances.selectors.payments import list_payments_of, present_payment, present_payments
from finances.steps.counter import take_in_person
from finances.steps.payments import expire_payments, open_payment
from finances.types import PaymentView
from spa import errors
from spa.domain.lifecycle import OWING, VISIT, AppointmentStatus
from spa.events import AppointmentConfirmed
from spa.models import Appointment, StaffMember
from spa.steps.fulfil import Late, earn_late, use_reserved
from spa.steps.lifecycle import confirm, finish, write
from spa.steps.occupancy import keep
from spa.steps.series import refuse_unpaid_series
from spa.steps.visits import lock_visit

BALANCE, DEPOSIT = "balance", "deposit"
# The balance holds no time: what limits its checkout is only that amounts should not go stale.
TO_PAY_ONLINE = timedelta(hours=1)
OWES_A_BALANCE = OWING - {AppointmentStatus.PENDING_PAYMENT}
EARNED_AT_DESK = "spa.appointment.paid_at_desk"


@use_case
def take_payment(
    *,
    appointment_id: UUID,
    method: str,
    amount: Decimal,
    tip: Decimal,
    actor_id: UUID,
    now: datetime,
    payment_id: UUID | None = None,
    tips: Mapping[UUID, Decimal] | None = None,
) -> Appointment:
    """Take money for a visit at the desk, and a tip for whoever serves it, or for several.

    `tips` says which member of the team gets how much of it. A visit that waits for its deposit
    becomes certain by it. Nobody pays more than is owed: change is given, and what is more is a
    tip. What was taken under the same `payment_id` is not taken again. Raises `StaffNotFound`,
    `AppointmentNotFound`, `VisitNotPayable`, `PaysTooMuch`, `DepositShort`, `SeriesUnpaid`, and
    those of `take_in_person`.
    """
    visit = lock_visit(appointment_id=appointment_id, client_id=None, now=now)
    if payment_id is not None and is_taken(cause_id=payment_id):
        return visit
    is_held = visit.status == AppointmentStatus.PENDING_PAYMENT
    if not is_held and visit.status not in OWES_A_BALANCE:
        raise errors.VisitNotPayable(status=visit.status)
    outstanding = visit.outstanding
    if is_held:
        refuse_unpaid_series(visit)
        due = _deposit_due(visit)
        if amount < due:
            raise errors.DepositShort(due=f"{due:.2f}", currency=visit.currency)
        outstanding -= visit.deposit - due  # credit is set aside for that part
    if amount > outstanding:
        raise errors.PaysTooMuch(outstanding=f"{outstanding:.2f}", currency=visit.currency)
    payment = take_in_person(
        kind=DEPOSIT if is_held else BALANCE,
        payable_kind=VISIT,
        payable_id=visit.pk,
        client_id=visit.client_id,
        amount=amount,
        currency=visit.currency,
        method=method,
        tip=tip,
        tip_party=visit.staff.resource_id if tip and visit.staff else None,
        tip_shares=_by_party(tips or {}),
        actor_id=actor_id,
        cause_id=payment_id or uuid7(),
        location_id=visit.location_id,
        now=now,
    )
    visit.paid += amount
    if is_held:
        _confirm(visit, actor_id, now)
    else:
        write([visit], now=now)
    if visit.status == AppointmentStatus.COMPLETED:
        late = Late(visit, amount, visit.paid - amount, payment.pk)
        earn_late([late], cause_kind=EARNED_AT_DESK, now=now)
    return visit


def _by_party(tips: Mapping[UUID, Decimal]) -> dict[UUID, Decimal]:
    """Whose money the parts are on the ledger. Raises `StaffNotFound`."""
    members = StaffMember.objects.filter(pk__in=tips) if tips else ()
    parties = {member.pk: member.resource_id for member in members}
    if parties.keys() != tips.keys():
        raise errors.StaffNotFound
    return {parties[staff_id]: part for staff_id, part in tips.items()}


def _deposit_due(visit: Appointment) -> Decimal:
    """What is still to come of the deposit of a held visit is what its payment asks for."""
    payment = _newest_payment(visit, DEPOSIT)
    return payment.amount if payment else visit.deposit


def _confirm(visit: Appointment, actor_id: UUID, now: datetime) -> None:
    """The held time is taken: nobody could have removed the hold without this visit's lock."""
    keep(source_ids=[visit.pk])
    use_reserved([visit], now=now)
    moved = confirm(visit, now=now, reason="paid at the desk")
    moved.actor_id = actor_id
    finish([moved], AppointmentConfirmed, now=now)
    expire_payments(payable_kind=VISIT, payable_ids=[visit.pk], now=now)


@use_case
def pay_balance(*, appointment_id: UUID, client_id: UUID, now: datetime) -> dict[str, Any]:
    """A payment of one's own for all that a visit still owes; only the gateway settles it (NA-22).

    One that is open for the same amount is given again, any other is closed. Raises
    `AppointmentNotFound`, `VisitNotPayable`, `NothingOwed`.
    """
    visit = lock_visit(appointment_id=appointment_id, client_id=client_id, now=now)
    if visit.status not in OWES_A_BALANCE:
        raise errors.VisitNotPayable(status=visit.status)
    outstanding = visit.outstanding
    if outstanding == ZERO:
        raise errors.NothingOwed
    found = _newest_payment(visit, BALANCE)
    if found and found.amount == outstanding and _can_be_paid(found, now):
        return present_payments([found])[0]
    expire_payments(payable_kind=VISIT, payable_ids=[visit.pk], now=now)
    payment = open_payment(
        kind=BALANCE,
        payable_kind=VISIT,
        payable_id=visit.pk,
        client_id=visit.client_id,
        amount=outstanding,
        currency=visit.currency,
        expires_at=now + TO_PAY_ONLINE,
        now=now,
    )
    return present_payment(payment)


def _newest_payment(visit: Appointment, kind: str) -> PaymentView | None:
    newest = list_payments_of(payable_kind=VISIT, payable_ids=[visit.pk]).get(visit.pk)
    return newest if newest is not None and newest.kind == kind else None


def _can_be_paid(payment: PaymentView, now: datetime) -> bool:
    return payment.status in PAYABLE and payment.expires_at > now
