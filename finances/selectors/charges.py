"""Reading charges by API."""

from collections.abc import Collection
from dataclasses import asdict
from typing import Any
from uuid import UUID

from finances import errors
from finances.domain.charges import OPEN, ChargeStatus, NextStep
from finances.domain.references import numbered
from finances.domain.statuses import Status
from finances.models import Charge, Payment, PaymentAttempt
from finances.selectors.sources import present_refusal

# How the gateway's own endings read for the payer.
LOST_MONEY = {Status.DECLINED: errors.ChargeDeclined, Status.ERROR: errors.ChargeMethodFailed}
# Nothing is under these any more, and nothing will be.
DONE = (ChargeStatus.ENDED, ChargeStatus.REFUSED)


def list_references(payment: Payment) -> list[str]:
    """Under what the gateway may know something new of a payment; at most one query.

    Its own reference, those of charges that are not over, and the one the checkout page has now.
    """
    last = payment.next_reference
    if last == 1:
        return [payment.reference]
    over = payment.charges.filter(status__in=DONE).values_list("number", flat=True)
    return [numbered(payment.reference, number) for number in {*range(1, last + 1)} - {*over}]


def get_newest_charge(*, payment_id: UUID) -> dict[str, Any] | None:
    """The API's `charge` of a payment: the last one; two queries at most."""
    charge = Charge.objects.filter(payment_id=payment_id).order_by("-number").first()
    if charge is None:
        return None
    ending = None
    if charge.status == ChargeStatus.ENDED:
        seen = PaymentAttempt.objects.filter(gateway_id=charge.gateway_id)
        ending = seen.values_list("status", flat=True).first()
    return present_charge(charge, ending=ending)


def map_open_charges(*, payment_ids: Collection[UUID]) -> dict[UUID, dict[str, Any]]:
    """The API's `charge` of each of these payments that is being charged. One query."""
    found = Charge.objects.filter(payment_id__in=payment_ids, status__in=OPEN)
    return {charge.payment_id: present_charge(charge) for charge in found}


def present_charge(charge: Charge, *, ending: str | None = None) -> dict[str, Any]:
    """The API's `charge`; `ending` is what the gateway made of it. No query."""
    lost = LOST_MONEY.get(Status(ending)) if ending else None
    return {
        "id": str(charge.pk),
        "number": charge.number,
        "method": charge.method,
        "payment_source": str(charge.source_id) if charge.source_id else None,
        "status": charge.status,
        "outcome": ending,
        "is_open": charge.status in OPEN,
        "next": charge.next_step,
        "refusal": present_refusal(lost.code if lost else charge.refusal),
        "started_at": charge.started_at.isoformat(),
    }


def as_json(step: NextStep | None) -> dict[str, str] | None:
    """What the payer does next, as it is stored and shown: only what there is."""
    if step is None:
        return None
    return {name: str(value) for name, value in asdict(step).items() if value}
