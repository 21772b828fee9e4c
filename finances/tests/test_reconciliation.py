"""A day's books beside the gateway's: what is late settles, what differs waits (FIN-06)."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from core.breakers import breaker_for
from core.models import AuditEntry
from core.testing import deliver_outbox
from finances import errors
from finances.gateways import wompi_books
from finances.models import Difference, Payment, PaymentAttempt, Reconciliation
from finances.selectors.ledger import verify
from finances.services.reconciliation import reconcile_day, reconcile_due
from finances.steps.reconciliation import LEASE
from finances.tests.reconciling import Night, resolve, seen, today, tomorrow
from finances.tests.reconciling import night as night
from finances.tests.refunding import Refunding, work
from finances.tests.relay import relay_to
from notifications.models import Notification
from users.models import User
from users.tests.factories import UserFactory


def test_a_day_on_which_all_agrees_is_clean(night: Night) -> None:
    night.pay_known()
    night.pay_known(outcome="DECLINED")

    run = night.run()

    assert (run.status, run.found, run.settled) == ("clean", 0, 0)
    assert (run.payments_there, run.payments_here) == (2, 2)
    assert run.paid_there == run.paid_here == 48_000
    assert Difference.objects.count() == Notification.objects.count() == 0


def test_na_24_an_approval_that_nobody_told_us_of_settles_in_the_run(night: Night) -> None:
    payment = night.pay()

    run = night.run()

    payment.refresh_from_db()
    assert (run.status, run.settled, payment.status) == ("clean", 1, "approved")
    assert night.held_here() == night.held_there() == 48_000


def test_a_payment_from_elsewhere_is_a_difference_once_however_many_nights(
    night: Night, admin_user: User
) -> None:
    transaction_id = night.pay_outside()

    first, second = night.run(), night.run(days=2)

    difference = Difference.objects.get()
    assert seen(difference) == ("payment", "missing_here", 70_000, "open")
    assert difference.thing == transaction_id
    assert (difference.theirs or {})["reference"] == "LINK-1"
    assert (first.status, second.found, difference.last_run) == ("differs", 1, second)
    deliver_outbox()
    assert Notification.objects.filter(person=admin_user, template="books_differ").count() == 2

    resolve(difference, admin_user.pk)
    third = night.run(days=3)

    assert (third.status, night.held_here()) == ("clean", night.held_there())
    assert Difference.objects.get().state == "resolved"
    assert verify() == []


def test_what_waits_is_looked_at_whatever_day_is_compared(night: Night) -> None:
    night.pay_outside()
    night.run()

    run = reconcile_day(day=today() - timedelta(days=5), now=tomorrow())

    assert (run.found, run.payments_there) == (1, 0)
    assert seen(Difference.objects.get()) == ("payment", "missing_here", 70_000, "open")


def test_na_24_what_is_paid_long_after_it_began_settles_too(night: Night) -> None:
    """The list is one of days on which payments began, and the poller has given up by then."""
    payment = night.pay(outcome="PENDING", method="BANCOLOMBIA_COLLECT")
    assert night.run().status == "clean"
    night.wire.sandbox.pay(payment.reference, "APPROVED", deliver=False)

    run = reconcile_day(day=today() + timedelta(days=9), now=tomorrow(10))

    payment.refresh_from_db()
    assert (run.status, run.settled, payment.status) == ("clean", 1, "approved")


def test_what_was_resolved_comes_back_when_the_gateway_says_otherwise(
    night: Night, admin_user: User
) -> None:
    night.pay_outside()
    night.run()
    resolve(Difference.objects.get(), admin_user.pk)
    night.wire.sandbox._call("POST", "wompi/chargeback", {"reference": "LINK-1", "deliver": False})

    night.run(days=2)

    again = Difference.objects.get(state="open")
    assert seen(again) == ("payment", "missing_here", -70_000, "open")
    resolve(again, admin_user.pk)
    assert night.held_here() == night.held_there() == 0
    assert night.run(days=3).status == "clean"


def test_another_amount_than_was_owed_waits_and_is_never_settled(
    night: Night, admin_user: User
) -> None:
    payment = night.open_one(client_id=UserFactory.create().pk)
    night.pay(payment, amount_in_cents=100, currency="COP")

    run = night.run()
    audited = payment_audits(payment)

    payment.refresh_from_db()
    difference = Difference.objects.get()
    assert seen(difference) == ("payment", "amount", 1, "open")
    assert (run.found, payment.status) == (1, "flagged")
    assert night.held_here() == 0
    night.run(days=2)
    assert payment_audits(payment) == audited == 1

    resolve(difference, admin_user.pk, "client_credit", payment.client_id)

    assert night.run(days=3).status == "clean"
    assert night.held_here() == night.held_there() == 1
    assert [finding for finding in verify() if not finding.is_explained] == []


def test_more_money_under_a_paid_reference_contradicts_it_once(night: Night) -> None:
    payment = night.pay_known()
    night.pay_outside(10_000, reference=f"{payment.reference}_2")

    night.run()
    run = night.run(days=2)

    assert seen(Difference.objects.get()) == ("payment", "amount", 10_000, "open")
    assert (run.settled, payment_audits(payment)) == (0, 1)
    assert night.held_there() - night.held_here() == 10_000


def payment_audits(payment: Payment) -> int:
    return AuditEntry.objects.filter(
        action="finances.payment.mismatch", subject_id=str(payment.pk)
    ).count()


def test_what_the_gateway_does_not_know_is_missing_there(night: Night, admin_user: User) -> None:
    payment = night.pay_known()
    PaymentAttempt.objects.update(gateway_id="12345-1-99999")
    night.wire.sandbox.reset()

    run = night.run()

    difference = Difference.objects.get()
    assert seen(difference) == ("payment", "missing_there", -48_000, "open")
    assert (run.paid_there, run.paid_here) == (0, 48_000)
    payment.refresh_from_db()
    assert payment.status == "approved"
    resolve(difference, admin_user.pk)
    assert night.held_here() == 0
    assert verify() == []


def test_a_chargeback_of_which_no_event_came_leaves_the_books_in_the_run(night: Night) -> None:
    payment = night.pay_known()
    night.wire.sandbox._call(
        "POST", "wompi/chargeback", {"reference": payment.reference, "deliver": False}
    )

    run = night.run()

    assert run.status == "clean"
    assert night.held_here() == 0


def test_na_24_a_chargeback_of_a_payment_of_last_month_leaves_the_books_without_its_event(
    night: Night,
) -> None:
    """What others took that day is not dug out for it."""
    payment = night.pay_known()
    assert night.run().status == "clean"
    night.pay_outside()
    night.wire.sandbox._call(
        "POST", "wompi/chargeback", {"reference": payment.reference, "deliver": False}
    )

    # The gateway's days are those of UTC: what began this evening is tomorrow's there.
    for days in (30, 31):
        run = reconcile_day(day=today() + timedelta(days=days), now=tomorrow(days + 1))
        assert run.status == "clean"

    assert night.held_here() == 0


def test_money_given_back_at_the_gateways_own_desk_is_a_difference(
    night: Night, admin_user: User
) -> None:
    payment = night.pay_known()
    paid = Refunding(night.wire, payment, UserFactory.create(staff=True).pk, admin_user.pk)
    paid.ask(20_000)
    work()
    here = night.run()
    assert (here.status, here.refunded_there, here.refunded_here) == ("clean", 20_000, 20_000)
    night.wire.sandbox._call(
        "POST",
        "wompi/refund",
        {"transaction_id": paid.attempt.gateway_id, "amount_in_cents": 500_000},
    )

    night.run(days=2)

    difference = Difference.objects.get()
    assert seen(difference) == ("refund", "missing_here", -5_000, "open")
    resolve(difference, admin_user.pk)
    assert night.held_here() == night.held_there() == 23_000
    assert night.run(days=3).status == "clean"


def test_refunds_of_a_payment_that_is_voided_differ_no_more(night: Night, admin_user: User) -> None:
    payment = night.pay_known()
    transaction_id = PaymentAttempt.objects.get().gateway_id
    night.wire.sandbox._call(
        "POST", "wompi/refund", {"transaction_id": transaction_id, "amount_in_cents": 500_000}
    )
    assert night.run().found == 1
    night.wire.sandbox._call(
        "POST", "wompi/chargeback", {"reference": payment.reference, "deliver": False}
    )

    run = night.run(days=2)

    assert (run.status, Difference.objects.get().state) == ("clean", "gone")
    assert night.held_here() == night.held_there() == 0


def test_what_was_never_ours_and_is_given_back_there_settles_by_itself(night: Night) -> None:
    transaction_id = night.pay_outside()
    assert night.run().found == 1
    body = {"transaction_id": transaction_id, "amount_in_cents": 6_000_000}
    night.wire.sandbox._call("POST", "wompi/refund", body)
    assert night.run(days=2).found == 2
    night.wire.sandbox._call("POST", "wompi/refund", body | {"amount_in_cents": 1_000_000})

    run = night.run(days=3)

    assert (run.status, night.held_here()) == ("clean", night.held_there())
    assert set(Difference.objects.values_list("state", flat=True)) == {"gone"}


def test_a_gateway_without_a_list_of_refunds_leaves_them_out_and_says_so(
    night: Night, settings: Any
) -> None:
    night.pay_known()
    with relay_to(settings.WOMPI_BASE_URL) as relay:
        settings.WOMPI_BASE_URL = relay.url
        relay.look_ups, relay.look_up_fault = "/refunds", 404
        run = night.run()

    assert (run.status, run.refunds_compared) == ("clean", False)


@pytest.mark.parametrize("path", ["/transactions", "/refunds"])
def test_a_gateway_that_breaks_off_leaves_nothing_half_done(
    night: Night, settings: Any, path: str
) -> None:
    settings.PROVIDER_READ_TIMEOUT = 0.3
    night.pay_outside()
    night.wire.sandbox.faults("wompi", "garbage", path=path)

    run = night.run()

    assert (run.status, run.found) == ("failed", 0)
    assert run.problem.startswith("FIN-GATEWAY")
    assert Difference.objects.count() == 0

    night.wire.sandbox.faults("wompi", "off")
    breaker_for("wompi").close()
    assert night.run(is_again=False).status == "differs"


def test_a_list_of_several_pages_is_read_to_its_end(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wompi_books, "PAGE", 2)
    for number in range(5):
        night.pay_outside(1_500 + number, reference=f"LINK-{number}")

    run = night.run()

    assert (run.found, run.payments_there) == (5, 5)
    assert sum(row.amount for row in Difference.objects.all()) == 7_510


def test_a_day_is_compared_once_and_a_worker_that_died_is_taken_over(night: Night) -> None:
    night.pay_known()
    now = tomorrow()
    dead = Reconciliation.objects.create(
        day=today(), status="running", runs=1, started_at=now, leased_until=now + LEASE
    )

    with pytest.raises(errors.ReconciliationRunning):
        reconcile_day(day=today(), now=now + LEASE - timedelta(seconds=1))
    run = reconcile_day(day=today(), now=now + LEASE)

    assert (run.pk, run.status, run.runs) == (dead.pk, "clean", 2)
    with pytest.raises(errors.ReconciliationDone):
        reconcile_day(day=today(), now=now + LEASE)
    with pytest.raises(errors.ReconciliationTooEarly):
        reconcile_day(day=today(), now=timezone.now())


def test_a_day_that_cannot_be_read_keeps_no_other_waiting(night: Night, settings: Any) -> None:
    settings.WOMPI_PRIVATE_KEY = "prv_test_somebody-else"

    assert reconcile_due(now=tomorrow()) == 0

    assert Reconciliation.objects.filter(status="failed").count() == 7


def test_days_that_were_missed_are_caught_up_with(night: Night) -> None:
    night.pay_known()

    assert reconcile_due(now=tomorrow()) == 7
    assert reconcile_due(now=tomorrow()) == 0
    assert reconcile_due(now=tomorrow(3)) == 2
    assert Reconciliation.objects.filter(status="clean").count() == 9


def test_the_round_ends_when_the_gateway_is_away(night: Night) -> None:
    night.wire.sandbox.faults("wompi", "errors")

    assert reconcile_due(now=tomorrow()) == 0
    assert Reconciliation.objects.get().status == "failed"
