"""Bank payments beside the payouts provider's list (FIN-06, NA-30)."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from finances.models import Difference, Payout
from finances.selectors.ledger import verify
from finances.tests.bank_desk import BankDesk, state, work
from finances.tests.books import books
from finances.tests.reconciling import Night, resolve, seen
from finances.tests.reconciling import night as night
from users.models import User


def test_a_bank_payment_that_nobody_told_us_of_ends_in_the_run(
    night: Night, payout: Payout, provider: BankDesk
) -> None:
    work(timezone.now())
    provider.end(payout)
    assert state(payout) == ("sent", "pending")

    run = night.run()

    assert (run.status, run.settled, state(payout)) == ("clean", 1, ("finished", "approved"))
    assert run.paid_out_there == run.paid_out_here == payout.amount
    assert verify() == []


def test_a_batch_of_somebody_else_is_a_difference_of_the_bank(
    night: Night, provider: BankDesk, admin_user: User
) -> None:
    provider.pay_elsewhere(100_000)
    assert night.run().status == "clean"  # under way: no money has moved
    _settle(provider, "elsewhere")

    night.run(days=2)

    difference = Difference.objects.get()
    assert seen(difference) == ("payout", "missing_here", -100_000, "open")
    assert (difference.theirs or {})["reference"] == "elsewhere"
    resolve(difference, admin_user.pk)
    assert books()["bank"] == -books()["differences"] == -100_000
    assert night.run(days=3).status == "clean"
    assert verify() == []


def test_what_the_provider_has_not_paid_is_missing_there(
    night: Night, payout: Payout, provider: BankDesk
) -> None:
    work(timezone.now())
    provider.end(payout)
    work(timezone.now() + timedelta(minutes=2))
    assert night.run().status == "clean"
    provider.sandbox.reset()

    run = night.run(days=2)

    difference = Difference.objects.get()
    assert seen(difference) == ("payout", "missing_there", int(payout.amount), "open")
    assert (run.paid_out_there, run.paid_out_here) == (0, payout.amount)
    assert state(payout) == ("finished", "approved")


def test_a_failed_line_that_was_told_to_nobody_is_owed_again(
    night: Night, payout: Payout, provider: BankDesk
) -> None:
    work(timezone.now())
    provider.end(payout, "FAILED", code="D07")

    run = night.run()

    assert (run.status, run.paid_out_here) == ("clean", 0)
    assert state(payout) == ("finished", "failed")


def _settle(provider: BankDesk, reference: str) -> None:
    body: dict[str, Any] = {"reference": reference, "status": "APPROVED", "deliver": False}
    provider.sandbox._call("POST", "payouts/settle", body)
