"""A day's books beside the gateway's: what is late settles, what differs waits (FIN-06)."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from core.breakers import breaker_for
from core.testing import deliver_outbox
from finances import errors
from finances.models import Difference, PaymentAttempt, Reconciliation
from finances.selectors.ledger import verify
from finances.services.reconciliation import reconcile_day, reconcile_due
from finances.steps.reconciliation import LEASE
from finances.tests.reconciling import Night, resolve, seen, today, tomorrow
from finances.tests.reconciling import night as night
from notifications.models import Notification
from users.models import User


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
    assert difference.theirs and difference.theirs["reference"] == "LINK-1"
    assert (first.status, second.found, difference.last_run) == ("differs", 1, second)
    deliver_outbox()
    assert Notification.objects.filter(person=admin_user, template="books_differ").count() == 2

    resolve(difference, admin_user.pk)
    third = night.run(days=3)

    assert (third.status, night.held_here()) == ("clean", night.held_there())
    assert Difference.objects.get().state == "resolved"
    assert verify() == []
