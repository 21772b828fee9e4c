"""Real threads on real connections: one charge at a time, one of each card (FIN-01, FIN-08)."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models.query import QuerySet
from django.utils import timezone

from core.testing import overtake, queue, race
from finances.domain.charges import LEASE
from finances.domain.means import Means, Method
from finances.domain.sightings import Sighting
from finances.domain.sources import KeptSource, SourceKind, SourceStatus
from finances.errors import PaymentNotPayable
from finances.gateways.current import gateway
from finances.models import Charge, Payment, PaymentSource
from finances.selectors.ledger import verify
from finances.services.charge_looks import look_up_next_charge
from finances.services.charges import start_charge
from finances.services.sources import keep, make_default, start_source
from finances.steps import sources
from finances.steps.settlement import settle
from finances.tests.chargers import CASH, NEQUI, Payer
from finances.tests.payables import FakePayable
from finances.tests.wires import Wire
from users.models import User
from users.tests.factories import UserFactory

pytestmark = pytest.mark.django_db(transaction=True)
RIVALS = 8
CARD = KeptSource("77", SourceStatus.AVAILABLE, "VISA", "4242", "CARD|424242|4242|08|49")


@pytest.fixture
def drop_index() -> Iterator[Callable[[str], None]]:
    """Takes a unique index away; it is back after the test, whatever that leaves behind."""
    dropped: list[tuple[str, str]] = []

    def take_away(name: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT tablename, indexdef FROM pg_indexes WHERE indexname = %s", [name]
            )
            dropped.append(cursor.fetchone())
            cursor.execute(f"DROP INDEX {name}")

    yield take_away
    with connection.cursor() as cursor:
        for table, rule in dropped:
            cursor.execute(f"TRUNCATE {table} CASCADE")
            cursor.execute(rule)


@pytest.fixture
def owed(open_one: Any) -> Payment:
    """A deposit of somebody who can be sent a receipt."""
    payment: Payment = open_one(client_id=UserFactory.create(email="ana@example.com").pk)
    return payment


@pytest.fixture
def ana() -> User:
    return UserFactory.create(email="ana@example.com")


def start(payment: Payment) -> Charge:
    return start_charge(
        payment_id=payment.pk,
        client_id=payment.client_id,
        means=Means(Method.BANCOLOMBIA_COLLECT, has_accepted=True),
        ordered_by=payment.client_id,
        now=timezone.now(),
    )


def kinds(outcomes: list[Any]) -> list[str]:
    return sorted(type(outcome).__name__ for outcome in outcomes)


def test_eight_orders_of_one_payment_make_one_charge(owed: Payment) -> None:
    outcomes = race([partial(start, owed)] * RIVALS)

    assert kinds(outcomes) == ["Charge"] + ["ChargeOpen"] * (RIVALS - 1)
    assert Charge.objects.get().number == 1


def test_without_the_constraint_each_order_makes_one(
    owed: Payment, drop_index: Callable[[str], None]
) -> None:
    drop_index("finances_charge_one_open")

    outcomes = race([partial(start, owed)] * RIVALS)

    assert kinds(outcomes) == ["Charge"] * RIVALS
    assert Charge.objects.count() == RIVALS


def test_eight_requests_charge_once_at_the_gateway(payer: Payer, payable: FakePayable) -> None:
    accepted = [payer.accept() for _ in range(RIVALS)]

    answers: list[Any] = race(
        [partial(payer.charge, accept=False, **tokens, **NEQUI) for tokens in accepted]
    )

    assert sorted(answer.status_code for answer in answers) == [202] + [409] * (RIVALS - 1)
    payer.look_until(lambda shown: shown["status"] == "approved")
    assert len(payer.books()) == len(payable.told) == 1
    assert verify() == []


def approve(wire: Wire, payment: Payment) -> Callable[[], None]:
    """The checkout page has taken the money, and its news is about to be settled."""
    wire.pay(payment)
    seen = [Sighting(found) for found in gateway().find_by_reference(payment.reference)]

    def settle_it() -> None:
        with transaction.atomic():
            settle(seen, now=timezone.now())

    return settle_it


def test_an_order_that_meets_an_approval_waits_for_it_and_is_refused(
    wire: Wire, owed: Payment, payable: FakePayable
) -> None:
    settle_it = approve(wire, owed)

    def hold() -> None:
        Payment.objects.select_for_update(no_key=True).get(pk=owed.pk)

    calls: list[Callable[[], Any]] = [settle_it, partial(start, owed)]
    settled, refused = queue(calls, behind=hold)

    assert settled is None
    assert isinstance(refused, PaymentNotPayable)
    assert not Charge.objects.exists()


def test_without_the_lock_an_order_overtaken_by_an_approval_goes_through(
    wire: Wire, owed: Payment, payable: FakePayable, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: what was read before the money came is acted on after it."""
    settle_it = approve(wire, owed)
    monkeypatch.setattr(QuerySet, "select_for_update", lambda self, **options: self.all())

    ordered, settled = overtake(partial(start, owed), by=settle_it)

    owed.refresh_from_db()
    assert (type(ordered), settled) == (Charge, None)
    assert owed.status == "approved"


def test_the_poller_and_the_webhook_meet_over_a_charge_and_it_ends_once(
    payer: Payer, wire: Wire, payable: FakePayable
) -> None:
    payer.charge(method="bancolombia_collect")
    charge = Charge.objects.get()
    charge.status, charge.gateway_id, charge.next_look_at = "unknown", "", charge.started_at
    charge.save()
    wire.post(payer.end("APPROVED"))

    look = partial(look_up_next_charge, now=timezone.now())
    calls: list[Callable[[], Any]] = [wire.work, look, wire.work]
    outcomes = race(calls)

    assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    charge.refresh_from_db()
    assert (charge.status, len(payable.told)) == ("ended", 1)
    assert verify() == []


def ask(ana: User) -> PaymentSource:
    return start_source(client_id=ana.pk, kind=SourceKind.CARD, email="", now=timezone.now())


def test_eight_answers_about_one_card_keep_it_once(ana: User) -> None:
    asked = [ask(ana) for _ in range(RIVALS)]

    outcomes = race([partial(keep, source_id=one.pk, kept=CARD) for one in asked])

    assert outcomes == [None] * RIVALS
    found = sorted(PaymentSource.objects.values_list("status", "is_default"))
    assert found == [("available", True)] + [("voiding", False)] * (RIVALS - 1)


def test_without_the_lock_the_database_still_keeps_it_once(
    ana: User, all_read_first: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = [ask(ana) for _ in range(RIVALS)]
    monkeypatch.setattr(sources, "lock_person", lambda **who: None)

    outcomes = race([partial(keep, source_id=one.pk, kept=CARD) for one in asked])

    assert "IntegrityError" in kinds(outcomes), "nobody lost: the test does not race"
    assert PaymentSource.objects.filter(status="available").count() == 1


def test_without_the_lock_and_the_index_the_card_is_kept_twice(
    ana: User,
    all_read_first: None,
    monkeypatch: pytest.MonkeyPatch,
    drop_index: Callable[[str], None],
) -> None:
    asked = [ask(ana) for _ in range(2)]
    monkeypatch.setattr(sources, "lock_person", lambda **who: None)
    drop_index("finances_paymentsource_kept_once")
    drop_index("finances_paymentsource_one_default")

    race([partial(keep, source_id=one.pk, kept=CARD) for one in asked])

    assert PaymentSource.objects.filter(status="available", is_default=True).count() == 2


def test_eight_choices_leave_one_default(ana: User) -> None:
    asked = [ask(ana) for _ in range(4)]
    for number, source in enumerate(asked):
        kept = KeptSource(str(number), SourceStatus.AVAILABLE, "VISA", "4242", str(number))
        keep(source_id=source.pk, kept=kept)

    outcomes = race(
        [
            partial(make_default, source_id=one.pk, client_id=ana.pk, now=timezone.now())
            for one in asked * 2
        ]
    )

    assert kinds(outcomes) == ["PaymentSource"] * RIVALS
    assert PaymentSource.objects.filter(is_default=True).count() == 1


def test_a_sender_that_hears_nothing_does_not_undo_what_others_found(
    payer: Payer, settings: Any
) -> None:
    accepted = payer.accept()
    settings.PROVIDER_READ_TIMEOUT = 1.0
    payer.sandbox.faults("wompi", "timeout_after", path="/transactions", method="POST")

    def find() -> str:
        for _ in range(2000):
            if payer.books():
                break
        look_up_next_charge(now=timezone.now() + LEASE)
        return Charge.objects.get().status

    sent, seen = race([partial(payer.charge, accept=False, **accepted, **CASH), find])

    assert (sent.status_code, seen) == (202, "found")
    charge = Charge.objects.get()
    assert (charge.status, charge.next_look_at) == ("found", None)
    assert charge.gateway_id == payer.books()[0]["id"]
