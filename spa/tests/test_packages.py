"""Packages: bought, delivered, paid back, handed on, ended (SPA-14, NA-28)."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction

from core.models import OutboxMessage
from core.testing import deliver_outbox
from finances import errors as money
from finances.domain.accounts import Account
from finances.models import CreditLot, Voucher, VoucherUse
from finances.selectors.ledger import verify
from finances.types import Fate, Settled
from notifications.models import Notification
from spa import errors
from spa.events import PackageReady
from spa.models import ClientPackage, Package, Service
from spa.services.package_endings import (
    lapse_unpaid_packages,
)
from spa.services.packages import sell_package
from spa.steps.packages import PackagePayable
from spa.steps.sessions import fulfil
from spa.tests.conftest import BOGOTA, NOW
from spa.tests.packages import (
    balance_of,
    bought,
    counts,
    end,
    offer,
    pay_for,
    payment_for,
    sold,
    use,
)
from users import errors as people
from users.tests.factories import UserFactory


@pytest.fixture
def package(service: Service) -> Package:
    return offer(service)


@pytest.fixture
def mine(package: Package, client_user: Any) -> ClientPackage:
    return sold(package, client_id=client_user.pk, now=NOW)


def test_na_28_a_package_that_is_paid_for_is_its_buyers_and_they_are_told(
    package: Package, client_user: Any, service: Service
) -> None:
    waiting = bought(package, client_id=client_user.pk, now=NOW)
    assert counts(waiting) == (0, 0, "pending_payment")
    payment = payment_for(waiting)
    assert (payment.kind, payment.amount, payment.status) == ("package", 500_000, "pending")

    pay_for(waiting, now=NOW + timedelta(minutes=5))
    deliver_outbox()

    assert counts(waiting) == (5, 0, "active")
    found = ClientPackage.objects.get()
    assert (found.paid, found.service_ids) == (500_000, [service.pk])
    # Good all of the ninetieth day after today, on the wall of the studio.
    last_moment = found.expires_at - timedelta(seconds=1)
    assert last_moment.astimezone(BOGOTA).date() == (NOW + timedelta(days=90)).date()
    message = Notification.objects.get()
    assert (message.person_id, message.template) == (client_user.pk, "package_ready")
    assert message.facts["code"] == found.code
    assert len(found.code) == 10
    assert balance_of(Account.DEFERRED_PACKAGES, client_user.pk) == 500_000
    assert verify() == []


def test_na_28_money_that_comes_after_the_purchase_lapsed_still_buys_the_package(
    package: Package, client_user: Any
) -> None:
    waiting = bought(package, client_id=client_user.pk, now=NOW)
    later = NOW + timedelta(hours=2)
    assert lapse_unpaid_packages(now=later) == 1
    assert lapse_unpaid_packages(now=later) == 0
    assert payment_for(waiting).status == "expired"

    pay_for(waiting, now=later)

    assert counts(waiting) == (5, 0, "active")
    assert payment_for(waiting).allocation == "accepted"
    assert lapse_unpaid_packages(now=later) == 0


def test_a_package_that_is_paid_twice_becomes_credit_the_second_time(
    package: Package, client_user: Any
) -> None:
    waiting = bought(package, client_id=client_user.pk, now=NOW)

    pay_for(waiting, now=NOW)
    pay_for(waiting, now=NOW, attempt=2)

    assert counts(waiting) == (5, 0, "active")
    assert CreditLot.objects.get().amount == 500_000
    assert balance_of(Account.DEFERRED_PACKAGES) == 500_000
    assert len(OutboxMessage.objects.filter(topic=PackageReady.topic)) == 1
    assert verify() == []


def test_a_batch_of_payments_delivers_each_package_at_the_cost_of_one(package: Package) -> None:
    people = UserFactory.create_batch(11)
    waiting = [bought(package, client_id=person.pk, now=NOW) for person in people]

    assert pay_for(*waiting[:1], now=NOW) == pay_for(*waiting[1:], now=NOW)

    assert {counts(one) for one in waiting} == {(5, 0, "active")}


def money_for(package: ClientPackage) -> Settled:
    """What the package costs, as finances tells of it."""
    return Settled(
        payment_id=uuid4(), payable_id=package.pk, client_id=package.client_id, kind="package",
        amount=package.price, currency="COP", paid_at=NOW,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("later", "is_closed", "branch"),
    [
        (timedelta(minutes=1), False, ""),
        (timedelta(hours=2), False, "delivered_late"),
        (timedelta(hours=2), True, "delivered_late"),
    ],
)
def test_na_28_money_that_comes_late_is_counted_and_delivers(
    package: Package, client_user: Any, later: timedelta, is_closed: bool, branch: str
) -> None:
    waiting = bought(package, client_id=client_user.pk, now=NOW)
    assert not is_closed or lapse_unpaid_packages(now=NOW + later)

    with transaction.atomic():
        (answer,) = PackagePayable().settle(paid=[money_for(waiting)], now=NOW + later)

    assert (answer.fate, answer.branch) == (Fate.ACCEPTED, branch)


def test_two_payments_for_one_package_in_a_batch_deliver_it_once(
    package: Package, client_user: Any
) -> None:
    waiting = bought(package, client_id=client_user.pk, now=NOW)
    told = money_for(waiting)

    with transaction.atomic():
        first, second = PackagePayable().settle(paid=[told, told], now=NOW)
        (third,) = PackagePayable().settle(paid=[told], now=NOW)

    assert (first.fate, second.fate, second.branch) == (Fate.ACCEPTED, Fate.CREDITED, "twice")
    assert (third.fate, third.branch) == (Fate.CREDITED, "twice")
    assert OutboxMessage.objects.filter(topic=PackageReady.topic).count() == 1


def test_na_26_what_was_bought_stays_what_it_was(mine: ClientPackage, package: Package) -> None:
    covered = mine.service_ids
    package.services.clear()
    Package.objects.update(price=1, sessions=1, name="Otra cosa", validity_days=1)

    found = ClientPackage.objects.get()

    assert (found.name, found.price, found.sessions_total) == (mine.name, 500_000, 5)
    assert found.service_ids == covered != []
    assert found.expires_at == mine.expires_at


def test_a_package_of_its_own_validity_ends_by_it(service: Service, client_user: Any) -> None:
    package = offer(service, validity_days=10)

    mine = sold(package, client_id=client_user.pk, now=NOW)

    assert mine.expires_at.date() == (NOW + timedelta(days=11)).date()


def test_na_28_a_package_that_covers_nothing_is_not_sold(
    api: Any, package: Package, client_user: Any
) -> None:
    package.services.clear()

    assert api.get("/api/v1/packages").json()["count"] == 0
    with pytest.raises(errors.PackageNotForSale):
        bought(package, client_id=client_user.pk, now=NOW)


@pytest.mark.parametrize("is_active", [False, None])
def test_what_is_not_for_sale_cannot_be_bought(
    package: Package, client_user: Any, is_active: bool | None
) -> None:
    Package.objects.update(is_active=False)
    wanted = package if is_active is False else Package(pk=uuid4())

    with pytest.raises(errors.PackageNotForSale):
        bought(wanted, client_id=client_user.pk, now=NOW)
    with pytest.raises(errors.PackageNotForSale):
        sold(wanted, client_id=client_user.pk, now=NOW)

    assert not ClientPackage.objects.exists()


def test_a_sale_at_the_desk_takes_the_money_and_a_repeat_takes_none(
    package: Package, client_user: Any, staff_user: Any
) -> None:
    sale = {
        "client_id": client_user.pk, "package_id": package.pk, "method": "cash",
        "sale_id": uuid4(), "actor_id": staff_user.pk, "now": NOW,
    }  # fmt: skip

    first, second = sell_package(**sale), sell_package(**sale)

    assert first.pk == second.pk
    assert counts(first) == (5, 0, "active")
    assert ClientPackage.objects.get().sold_by_id == staff_user.pk
    assert balance_of(Account.CASH) == -500_000
    assert balance_of(Account.DEFERRED_PACKAGES, client_user.pk) == 500_000
    assert verify() == []


def test_a_sale_nobody_can_pay_for_leaves_no_package(
    package: Package, client_user: Any, staff_user: Any
) -> None:
    sale = {"package_id": package.pk, "sale_id": uuid4(), "actor_id": staff_user.pk, "now": NOW}

    with pytest.raises(money.CounterMethodUnknown):
        sell_package(client_id=client_user.pk, method="conchas", **sale)
    with pytest.raises(people.PersonUnknown):
        sell_package(client_id=uuid4(), method="cash", **sale)

    assert not ClientPackage.objects.exists()
    assert balance_of(Account.CASH) == 0


def voucher(**changes: Any) -> Voucher:
    terms = {"code": "MITAD", "name": "Prueba", "kind": "percent", "value": 50, "total_limit": 1}
    return Voucher.objects.create(**terms | {"scope": "packages"} | changes)


def test_a_voucher_makes_the_package_cheaper_and_is_used_when_it_is_paid_for(
    package: Package, client_user: Any
) -> None:
    voucher(item_ids=[package.pk])

    waiting = bought(package, client_id=client_user.pk, now=NOW, voucher="mitad")
    assert payment_for(waiting).amount == 250_000
    pay_for(waiting, now=NOW)

    assert VoucherUse.objects.get().state == "used"
    assert balance_of(Account.DEFERRED_PACKAGES) == ClientPackage.objects.get().price == 250_000


def test_a_voucher_of_a_purchase_nobody_paid_can_be_used_again(
    package: Package, client_user: Any
) -> None:
    voucher()
    waiting = bought(package, client_id=client_user.pk, now=NOW, voucher="MITAD")
    other = UserFactory.create()
    with pytest.raises(money.VoucherUsedUp):
        bought(package, client_id=other.pk, now=NOW, voucher="MITAD")

    lapse_unpaid_packages(now=NOW + timedelta(minutes=19))
    assert VoucherUse.objects.get().state == "reserved"
    lapse_unpaid_packages(now=NOW + timedelta(minutes=20))

    assert bought(package, client_id=other.pk, now=NOW, voucher="MITAD").price == 250_000
    # Its own late money is the agreed amount, and buys what was agreed.
    pay_for(waiting, now=NOW + timedelta(hours=1))
    assert counts(waiting) == (5, 0, "active")


def test_a_voucher_for_all_of_it_needs_no_payment(package: Package, client_user: Any) -> None:
    voucher(value=100)

    mine = bought(package, client_id=client_user.pk, now=NOW, voucher="MITAD")

    assert counts(mine) == (5, 0, "active")
    assert VoucherUse.objects.get().state == "used"
    source = use(mine)
    end(fulfil, source, revenue=Account.REVENUE_SERVICES)
    assert balance_of(Account.REVENUE_SERVICES) == 0
