"""A worker that is killed while it renews a membership: the month is paid once (FIN-08, NA-31)."""

from datetime import datetime, timedelta

import pytest
from django.db.models import Sum
from django.utils import timezone

from finances.models import Charge, FinanceSettings, Payment, Subscription, SubscriptionPeriod
from finances.selectors.ledger import verify
from finances.services.charge_looks import look_up_next_charge
from finances.services.polling import poll_next
from finances.services.renewals import LEASE, work_on_next_subscription
from finances.tests.chargers import Payer
from finances.tests.crashes import CRASHES, Point, die
from finances.tests.test_subscriptions_api import Club

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.fault]
RENEW = """
from finances.services.renewals import work_on_next_subscription
work_on_next_subscription(now=datetime.fromisoformat({now!r}))
"""


def work(now: datetime) -> None:
    """All the workers' rounds at a moment."""
    for call in (work_on_next_subscription, look_up_next_charge, poll_next):
        while call(now=now):
            pass


@pytest.mark.parametrize("point", CRASHES["renewal"], ids=str)
def test_na_31_a_worker_killed_while_it_renews_charges_the_month_once(
    payer: Payer, point: Point
) -> None:
    FinanceSettings.objects.create(subscription_from_hour=0)
    club = Club(payer)
    club.subscribe()
    club.look("active")
    club.due()
    now = timezone.now()
    Subscription.objects.update(next_look_at=now)

    die(point, RENEW.format(now=now.isoformat()))
    assert Charge.objects.count() == (1 if point.name in {"_claim", "order_try"} else 2)
    # A charge that never left is no try: the next day has another.
    for days, minutes in ((0, 2), (0, 12), (1, 0), (1, 5)):
        work(now + LEASE + timedelta(days=days, minutes=minutes))

    assert Subscription.objects.get().status == "active"
    assert SubscriptionPeriod.objects.filter(state="paid").count() == 2
    paid = Payment.objects.filter(payable_kind="finances.subscription", status="approved")
    assert paid.count() == 2
    rows = payer.sandbox._call("GET", "wompi/books")["transactions"].values()
    taken = sum(row["amount_in_cents"] for row in rows if row["status"] == "APPROVED")
    assert taken == 100 * paid.aggregate(Sum("amount"))["amount__sum"]
    assert verify() == []
