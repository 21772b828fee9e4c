"""`verify_ledger` finds whatever commissions and payouts say otherwise than the ledger (FIN-07)."""

from decimal import Decimal

import pytest
from django.db import transaction
from django.utils import timezone

from finances.models import Commission, Payee, Payout, PayoutLine
from finances.selectors.ledger import verify
from finances.services.payouts import pay_out
from finances.steps.payouts import approve_line
from finances.tests.earnings import earn, payee
from users.models import User


@pytest.fixture
def ana(admin_user: User) -> Payee:
    """Paid once, about to be paid, and owed something: all of it as it should be."""
    found = payee()
    for _ in range(2):
        earn(found.party)
        pay_out(payee_ids=[found.pk], actor_id=admin_user.pk, now=timezone.now())
    with transaction.atomic():
        approve_line(PayoutLine.objects.order_by("pk")[0], now=timezone.now())
    earn(found.party)
    assert verify() == []
    return found


def wrong() -> list[str]:
    return [finding.text for finding in verify() if not finding.is_explained]


def test_a_commission_that_is_not_owed_is_found(ana: Payee) -> None:
    Commission.objects.filter(line=None).update(amount=Decimal(1))

    assert wrong() == [
        f"commissions_payable of {ana.party} is 250000.00 COP, "
        "commissions that nobody pays yet are 1.00"
    ]


def test_a_line_that_is_not_on_its_way_is_found(ana: Payee) -> None:
    line = PayoutLine.objects.get(status="pending")
    PayoutLine.objects.filter(pk=line.pk).update(status="failed", ended_at=timezone.now())
    Commission.objects.filter(line=line).update(line=None)

    assert wrong() == [
        f"commissions_payable of {ana.party} is 250000.00 COP, "
        "commissions that nobody pays yet are 500000.00",
        f"payouts_in_transit of {ana.party} is 250000.00 COP, lines on their way are 0",
    ]


def test_a_commission_that_was_taken_by_no_line_is_found(ana: Payee) -> None:
    line = PayoutLine.objects.get(status="approved")
    Commission.objects.filter(line=line).update(line=PayoutLine.objects.get(status="pending"))

    assert len(wrong()) == 2
    assert f"payout {line.reference} over 250000.00 has commissions of 0" in wrong()


def test_a_line_that_was_paid_without_the_ledger_is_found(ana: Payee) -> None:
    line = PayoutLine.objects.get(status="pending")
    PayoutLine.objects.filter(pk=line.pk).update(status="approved", ended_at=timezone.now())

    assert f"payout line {line.reference} is approved, the bank paid 0 by the ledger" in wrong()


def test_a_batch_that_is_not_the_sum_of_its_lines_is_found(ana: Payee) -> None:
    payout = Payout.objects.order_by("pk")[0]
    Payout.objects.filter(pk=payout.pk).update(amount=Decimal(3))

    assert wrong() == [f"payout {payout.reference} over 3.00 has lines of 250000.00"]
