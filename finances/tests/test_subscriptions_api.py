"""Memberships over HTTP, with cards that work, decline and do not answer."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from core.testing import deliver_outbox
from finances.models import Charge, FinanceSettings, Subscription, SubscriptionPlan
from finances.selectors.ledger import verify
from finances.services.charge_looks import look_up_next_charge
from finances.services.renewals import charge_now, work_on_next_subscription
from finances.tests.chargers import Payer
from finances.tests.keepers import Keeper
from finances.tests.members import Member, a_card, a_plan
from users.tests.factories import UserFactory

PATH = "/api/v1/subscriptions"


class Club:
    """A client with a card at the gateway, who subscribes by API."""

    def __init__(self, payer: Payer) -> None:
        self.payer, self.calls, self.client = payer, payer.calls, payer.payment.client
        self.card, self.plan = Keeper(payer).keep_card(), a_plan()

    def post(self, path: str = "", body: Any = None, *, key: str = "") -> Any:
        headers = {"Idempotency-Key": key or str(uuid4())}
        return self.calls.post(f"{PATH}{path}", body or {}, format="json", headers=headers)

    def subscribe(self, **more: Any) -> Any:
        body = {"plan": str(self.plan.pk), "payment_source": str(self.card.pk)}
        return self.post(body=body, **more)

    def look(self, status: str) -> dict[str, Any]:
        """The membership once the gateway has moved on."""
        payment = Charge.objects.order_by("started_at").last()
        assert payment is not None
        payer = Payer(self.payer.sandbox, self.calls, payment.payment)
        payer.look_until(lambda shown: not (shown["charge"] or {}).get("is_open"))
        shown: dict[str, Any] = self.calls.get(PATH).json()["results"][0]
        assert shown["status"] == status, shown
        return shown

    def due(self) -> None:
        """The month is over today."""
        today = timezone.localdate()
        Subscription.objects.update(paid_until=today, last_try_on=None)
        row = Subscription.objects.get().periods.get(number=1)
        row.starts_on, row.ends_on = today - timedelta(days=30), today
        row.save()

    def let_card(self, outcome: str) -> None:
        number = self.card.gateway_id
        self.payer.sandbox._call("POST", "wompi/sources", {"id": int(number), "outcome": outcome})

    def balance(self) -> Any:
        return self.calls.get("/api/v1/me/membership").json()


@pytest.fixture
def club(payer: Payer) -> Club:
    return Club(payer)


def test_fin_08_subscribing_by_api_charges_the_kept_card_and_makes_vip(club: Club) -> None:
    assert club.calls.get("/api/v1/me/membership").json()["is_vip"] is False
    plans = club.calls.get("/api/v1/subscription-plans").json()["results"]
    assert [(plan["name"], plan["monthly_price"]) for plan in plans] == [("VIP", "90000.00")]

    first, again = club.subscribe(key="once"), club.subscribe(key="once")
    assert (first.status_code, first.json()["status"]) == (202, "pending")
    assert first.content == again.content
    assert club.subscribe().json()["code"] == "FIN-SUBSCRIPTION-LIVE"
    club.look("active")

    deliver_outbox()
    shown = club.balance()
    assert (shown["is_vip"], shown["consecutive_months"], shown["saved"]) == (True, 1, "0.00")
    assert shown["next_charge"]["amount"] == "90000.00"
    assert club.calls.get("/api/v1/me").json()["role"] == "vip"
    assert Charge.objects.count() == 1
    assert verify() == []


def test_cancelling_and_reactivating_by_api(club: Club) -> None:
    path = f"/{club.subscribe().json()['id']}"
    club.look("active")

    assert club.post(f"{path}/cancel").json()["status"] == "cancelled"
    assert club.balance()["next_charge"] is None
    assert club.post(f"{path}/reactivate").json()["status"] == "active"
    unknown = club.post(f"/{uuid4()}/cancel")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "FIN-SUBSCRIPTION-UNKNOWN")


def test_fin_08_a_card_that_starts_to_decline(club: Club) -> None:
    path = f"/{club.subscribe().json()['id']}"
    club.look("active")
    club.due()
    club.let_card("DECLINED")

    charge_now(
        subscription_id=Subscription.objects.get().pk,
        actor_id=UserFactory.create(admin=True).pk,
        now=timezone.now(),
    )
    shown = club.look("active")
    assert work_on_next_subscription(now=timezone.now() + timedelta(minutes=2))
    assert Subscription.objects.get().status == "past_due"
    assert Subscription.objects.get().tries == 1
    assert club.balance()["is_vip"] is True
    assert shown["payment"] is not None

    club.let_card("APPROVED")
    answer = club.post(f"{path}/reactivate")

    assert answer.status_code == 200, answer.content
    club.look("active")
    assert verify() == []


@pytest.mark.parametrize(("fault", "reaches"), [("lost_answer", True), ("down", False)])
def test_na_24_a_renewal_without_answer_is_looked_up_and_never_sent_again(
    club: Club, fault: str, reaches: bool
) -> None:
    FinanceSettings.objects.create(subscription_from_hour=0)
    club.subscribe()
    club.look("active")
    club.due()
    club.payer.sandbox.faults("wompi", fault, path="/transactions")
    now = timezone.now()

    work_on(now)
    charge = Charge.objects.get(ordered_by=None)
    assert charge.status == "unknown"
    for minutes in (2, 5, 9):
        work_on(now + timedelta(minutes=minutes))
    assert Charge.objects.count() == 2

    club.payer.sandbox.faults("wompi", "off")
    club.payer.sandbox.faults("wompi", "off", path="/transactions")
    later = charge.started_at + timedelta(minutes=11)
    Charge.objects.filter(pk=charge.pk).update(next_look_at=later)
    assert look_up_next_charge(now=later)
    charge.refresh_from_db()
    assert charge.status == ("ended" if reaches else "lost")
    subscription = Subscription.objects.get()
    assert (subscription.status, subscription.tries) == ("active" if reaches else "past_due", 0)
    assert verify() == []


def work_on(now: Any) -> None:
    Subscription.objects.update(next_look_at=now)
    assert work_on_next_subscription(now=now)


def test_na_22_nobody_touches_somebody_elses_membership(api: Any, db: None) -> None:
    member = Member(now=timezone.now()).subscribe()
    stranger, staff = UserFactory.create(email="x@example.com"), UserFactory.create(staff=True)
    other = a_plan("Otro", 120_000)
    bodies = {"cancel": {}, "reactivate": {}, "change": {"plan": str(other.pk)}}

    for person in (stranger, staff):
        for what, body in bodies.items():
            answer = api.as_(person).post(
                f"{PATH}/{member.id}/{what}",
                body,
                format="json",
                headers={"Idempotency-Key": str(uuid4())},
            )
            assert answer.json()["code"] == "FIN-SUBSCRIPTION-UNKNOWN"
    assert api.as_(stranger).get(f"{PATH}/{member.id}").status_code == 404
    assert api.as_(stranger).get(PATH).json()["results"] == []
    assert api.as_(staff).get(f"{PATH}/{member.id}").json()["status"] == "active"
    assert len(api.as_(staff).get(PATH).json()["results"]) == 1
    assert member.status == "active"


def test_na_22_nobody_subscribes_with_somebody_elses_card(api: Any, db: None) -> None:
    theirs = a_card(UserFactory.create())
    answer = api.as_(UserFactory.create(email="x@example.com")).post(
        PATH,
        {"plan": str(a_plan().pk), "payment_source": str(theirs.pk)},
        format="json",
        headers={"Idempotency-Key": "one"},
    )
    assert (answer.status_code, answer.json()["code"]) == (404, "FIN-SOURCE-UNKNOWN")
    assert not Subscription.objects.exists()


def test_a_page_of_memberships_costs_the_same_whatever_its_length(
    api: Any, db: None, django_assert_num_queries: Any
) -> None:
    plan = SubscriptionPlan.objects.create(name="VIP", monthly_price=90_000)
    for _ in range(3):
        client = UserFactory.create()
        Subscription.objects.create(
            client=client,
            plan=plan,
            price=90_000,
            currency="COP",
            source=a_card(client, gateway_id=str(client.pk)),
            status="pending",
            anchor_day=1,
            subscribed_at=timezone.now(),
        )
    calls = api.as_(UserFactory.create(staff=True))
    with django_assert_num_queries(5):  # who calls, how many, the page, what is due and waiting
        assert len(calls.get(PATH).json()["results"]) == 3
