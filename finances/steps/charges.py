"""Charges by API: ordered before they are sent, ended by what settles their payment (FIN-01)."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from core.db import execute, on_violation, requires_transaction
from finances import errors
from finances.domain.charges import LEASE, MOST_CHARGES, OPEN, ChargeStatus
from finances.domain.means import Means, Method, again
from finances.domain.references import numbered
from finances.models import Charge, Payment, PaymentSource
from finances.models.charges import ONE_OPEN
from finances.selectors.sources import get_usable_source
from users.selectors.people import get_contact

# What was given up may turn out to have happened; what the gateway refused has not.
END = """
UPDATE finances_charge AS charge
   SET status = %(ended)s, gateway_id = seen.gateway_id, ended_at = %(now)s,
       next_look_at = NULL, next_step = NULL, updated_at = %(now)s
  FROM unnest(%(references)s::text[], %(ids)s::text[]) AS seen (reference, gateway_id)
 WHERE charge.reference = seen.reference AND charge.status = ANY(%(endable)s)
"""
ENDABLE = [status.value for status in {*OPEN, ChargeStatus.LOST}]


@requires_transaction
def order_charge(
    *,
    payment_id: UUID,
    client_id: UUID | None,
    means: Means,
    ordered_by: UUID | None,
    now: datetime,
) -> Charge:
    """Store one charge of a payment, to be sent once this has committed.

    `client_id` narrows to a client's own payments. The payment's row is held until commit, so that
    its charges get their numbers one after the other and none is ordered for money that just came.
    Whoever orders sends (`services.charges.send_charge`), and nobody sends twice. Raises
    `PaymentUnknown`, `PaymentNotPayable`, `ChargeOpen`, `ChargeTriesUsed`, `ChargeDataMissing`,
    `EmailNeeded`, `SourceUnknown`, `SourceNotUsable`.
    """
    payment = lock_payable(payment_id=payment_id, client_id=client_id, now=now)
    return _order(payment, means, ordered_by=ordered_by, now=now)


@requires_transaction
def order_another_charge(
    *,
    payment_id: UUID,
    client_id: UUID | None,
    means: Means,
    ordered_by: UUID | None,
    now: datetime,
) -> Charge:
    """`order_charge` with what the last one was to be paid with, where `means` says nothing else.

    Under a reference of its own: one that was sent once is never sent again. Raises `ChargeNoneYet`
    besides.
    """
    payment = lock_payable(payment_id=payment_id, client_id=client_id, now=now)
    last = payment.charges.order_by("-number").first()
    if last is None:
        raise errors.ChargeNoneYet
    wanted = again(
        means,
        method=Method(last.method),
        details=json.loads(last.details or "{}"),
        source_id=last.source_id,
    )
    return _order(payment, wanted, ordered_by=ordered_by, now=now)


@requires_transaction
def end_charges(seen: Mapping[str, str], *, now: datetime) -> None:
    """What the gateway has ended is over, whatever we knew of it; `seen` is reference to id."""
    values = {"references": list(seen), "ids": list(seen.values()), "endable": ENDABLE}
    execute(END, {**values, "ended": ChargeStatus.ENDED.value, "now": now})


def lock_payable(*, payment_id: UUID, client_id: UUID | None, now: datetime) -> Payment:
    """The payment, locked. Raises `PaymentUnknown`, `PaymentNotPayable`."""
    found = Payment.objects.filter(pk=payment_id)
    mine = found if client_id is None else found.filter(client_id=client_id)
    payment = mine.select_for_update(no_key=True).first()
    if payment is None:
        raise errors.PaymentUnknown
    if not payment.can_be_paid or payment.expires_at <= now:
        raise errors.PaymentNotPayable
    return payment


def _order(payment: Payment, means: Means, *, ordered_by: UUID | None, now: datetime) -> Charge:
    source, details = _prepare(payment, means)
    number = _free_number(payment)
    if number > MOST_CHARGES:
        raise errors.ChargeTriesUsed(limit=MOST_CHARGES)
    charge = Charge(
        payment=payment,
        number=number,
        reference=numbered(payment.reference, number),
        method=means.method or "",
        source=source,
        details=json.dumps(details),
        status=ChargeStatus.SENDING,
        ordered_by_id=ordered_by,
        started_at=now,
        next_look_at=now + LEASE,
    )
    with on_violation(ONE_OPEN, errors.ChargeOpen()):
        charge.save(force_insert=True)
    payment.next_reference = number + 1
    payment.save(update_fields=["next_reference", "updated_at"])
    return charge


def _prepare(payment: Payment, means: Means) -> tuple[PaymentSource | None, dict[str, Any]]:
    """The source and the details of a charge that lacks nothing."""
    if missing := means.missing():
        raise errors.ChargeDataMissing(fields=", ".join(missing))
    source, details = None, means.kept()
    if means.method is Method.SOURCE and means.source_id is not None:
        source = get_usable_source(source_id=means.source_id, client_id=payment.client_id)
    if not details.get("email") and not get_contact(person_id=payment.client_id).email:
        raise errors.EmailNeeded
    return source, details


def _free_number(payment: Payment) -> int:
    """The next number nobody used: the checkout page was given the payment's next reference."""
    number = payment.next_reference
    current = numbered(payment.reference, number)
    return number + 1 if payment.attempts.filter(reference=current).exists() else number
