"""Late money for a visit with a voucher: it comes back with it, if it is to be had (FIN-13)."""

from typing import Any

import pytest

from finances.models import Voucher, VoucherUse
from finances.selectors.ledger import verify
from spa.models import ClientPackage, Occupancy, Service
from spa.selectors.pricing import Wishes
from spa.services.expiry import expire_unpaid_holds
from spa.steps.booking import Booked
from spa.tests.conftest import NOW, Book, local
from spa.tests.factories import ServiceFactory
from spa.tests.ledger import pay
from spa.tests.packages import counts, offer, sold
from spa.tests.paying import AFTER_HOLD, credit_of, stored, voucher
from users.tests.factories import UserFactory


@pytest.fixture
def mine(service: Service, client_user: Any) -> ClientPackage:
    """Two sessions of the service."""
    return sold(offer(service, sessions=2, price=200_000), client_id=client_user.pk, now=NOW)


def lose(book: Book, **asked: Any) -> Booked:
    """Book with a voucher, and let the time to pay go by."""
    booked = book(wishes=Wishes(voucher="VEINTE", **asked.pop("wishes", {})), **asked)
    expire_unpaid_holds(now=AFTER_HOLD)
    assert Voucher.objects.get().uses == 0
    return booked


def test_a_visit_that_comes_back_has_its_voucher_again(book: Book, client_user: Any) -> None:
    voucher()
    booked = lose(book)

    pay(booked, now=AFTER_HOLD)

    visit = stored(booked)
    assert (visit.status, visit.total, visit.paid) == ("confirmed", 96_000, 38_400)
    assert sorted(VoucherUse.objects.values_list("state", flat=True)) == ["released", "used"]
    assert Voucher.objects.get().uses == 1
    assert credit_of(client_user.pk) == 0
    assert verify() == []


def test_without_its_voucher_it_does_not_come_back_and_everything_is_free_again(
    book: Book, client_user: Any, mine: ClientPackage, service: Service
) -> None:
    voucher()
    other = ServiceFactory.create(locations=service.locations.all(), price=50_000)
    booked = lose(book, service_ids=[other.pk, service.pk], wishes={"package": mine.code})
    another = UserFactory.create().pk
    book(client_id=another, start=local(8, 14), wishes=Wishes(voucher="VEINTE"), now=AFTER_HOLD)

    pay(booked, now=AFTER_HOLD)

    assert stored(booked).status == "expired"
    assert counts(mine) == (2, 0, "active")
    assert not Occupancy.objects.filter(source_id=booked.appointment.pk).exists()
    assert credit_of(client_user.pk) == 16_000
    assert Voucher.objects.get().uses == 1
    assert verify() == []
