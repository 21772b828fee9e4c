"""Visits that are paid for with a voucher, credit, a package (SPA-08, SPA-09, SPA-13, SPA-14)."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from finances import errors as money
from finances.domain.accounts import Account
from finances.models import CreditLot, CreditUse, Voucher, VoucherUse
from finances.selectors.ledger import verify
from finances.selectors.vouchers import quote_vouchers
from finances.types import Discount
from spa import errors
from spa.models import AppointmentItem, Service
from spa.selectors.pricing import Wishes
from spa.services.expiry import expire_unpaid_holds
from spa.tests.conftest import NOW, Book, local
from spa.tests.factories import ServiceFactory
from spa.tests.ledger import nothing_changes, pay, payment_of
from spa.tests.packages import balance_of
from spa.tests.paying import AFTER_HOLD, credit_of, give_credit, stored, voucher
from spa.tests.visits import LATE, cancel


def test_a_voucher_makes_the_visit_cheaper_line_by_line_and_so_the_deposit(
    book: Book, service: Service
) -> None:
    other = ServiceFactory.create(locations=service.locations.all(), price=80_001)
    voucher(kind="amount", value=10_000)

    visit = stored(book(service_ids=[service.pk, other.pk], wishes=Wishes(voucher="veinte")))

    assert (visit.discount, visit.total, visit.deposit) == (10_000, 190_001, 76_000)
    lines = AppointmentItem.objects.order_by("position").values_list("price", "discount")
    assert list(lines) == [(120_000, 6_000), (80_001, 4_000)]
    assert payment_of(visit).amount == 76_000
    assert Decimal(visit.policy["balance"]) == 190_001 - 76_000


def test_a_voucher_waits_for_the_deposit_and_is_used_with_it(book: Book) -> None:
    voucher()
    booked = book(wishes=Wishes(voucher="VEINTE"))
    assert VoucherUse.objects.get().state == "reserved"

    pay(booked, now=NOW)

    assert VoucherUse.objects.get().state == "used"
    assert Voucher.objects.get().uses == 1


def test_a_voucher_of_a_hold_that_ends_or_is_given_up_serves_somebody_else(book: Book) -> None:
    voucher()
    first = book(wishes=Wishes(voucher="VEINTE"))
    with pytest.raises(money.VoucherUsedUp), nothing_changes():
        book(start=local(7, 14), wishes=Wishes(voucher="VEINTE"))

    expire_unpaid_holds(now=AFTER_HOLD)
    second = book(wishes=Wishes(voucher="VEINTE"), now=AFTER_HOLD)
    cancel(second.appointment, now=AFTER_HOLD)

    third = book(wishes=Wishes(voucher="VEINTE"), now=AFTER_HOLD)
    assert stored(first).status == "expired"
    assert stored(third).discount == 24_000
    assert Voucher.objects.get().uses == 1


def test_a_voucher_comes_back_with_a_cancellation_in_time_and_is_lost_with_a_late_one(
    book: Book,
) -> None:
    voucher(total_limit=None, per_person_limit=None)
    in_time = pay(book(wishes=Wishes(voucher="VEINTE")), now=NOW).appointment
    cancel(in_time, now=NOW)
    assert VoucherUse.objects.get().state == "released"

    late = pay(book(wishes=Wishes(voucher="VEINTE")), now=NOW).appointment
    cancel(late, now=LATE)

    states = VoucherUse.objects.order_by("reserved_at", "pk").values_list("state", flat=True)
    assert list(states) == ["released", "used"]


def test_a_voucher_for_the_whole_price_confirms_at_once(book: Book) -> None:
    voucher(value=100)

    booked = book(wishes=Wishes(voucher="VEINTE"))

    assert booked.payment is None
    assert stored(booked).status == "confirmed"
    assert VoucherUse.objects.get().state == "used"


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"code": "OTRO"}, money.VoucherUnknown),
        ({"is_active": False}, money.VoucherUnknown),
        ({"valid_until": NOW}, money.VoucherNotValidNow),
        ({"min_spend": 120_001}, money.VoucherSpendTooLittle),
        ({"scope": "packages"}, money.VoucherNotForThis),
        ({"total_limit": 0}, money.VoucherUsedUp),
        ({"per_person_limit": 0}, money.VoucherLimitReached),
    ],
)
def test_a_voucher_of_no_use_refuses_the_booking_and_leaves_no_trace(
    book: Book, changes: dict[str, Any], refusal: type[Exception]
) -> None:
    voucher(**changes)

    with pytest.raises(refusal), nothing_changes():
        book(wishes=Wishes(voucher="VEINTE"))

    assert not VoucherUse.objects.exists()


def test_na_21_credit_for_all_of_the_deposit_confirms_at_once_without_a_payment(
    book: Book, client_user: Any
) -> None:
    give_credit(client_user.pk, 60_000)

    booked = book(wishes=Wishes(use_credit=True))

    visit = stored(booked)
    assert booked.payment is None
    assert (visit.status, visit.paid, visit.credit_used) == ("confirmed", 48_000, 48_000)
    assert visit.total - visit.paid == 72_000
    assert credit_of(client_user.pk) == 12_000
    assert balance_of(Account.DEPOSITS_HELD, client_user.pk) == 48_000
    assert verify() == []


def test_na_21_what_is_outstanding_is_the_price_less_cash_less_credit(
    book: Book, client_user: Any
) -> None:
    give_credit(client_user.pk, 18_000)
    booked = book(wishes=Wishes(use_credit=True))
    held = stored(booked)
    assert (held.status, held.paid, held.credit_used) == ("pending_payment", 0, 0)
    assert payment_of(held).amount == 30_000
    assert credit_of(client_user.pk) == 0

    pay(booked, now=NOW)

    visit = stored(booked)
    assert (visit.status, visit.paid, visit.credit_used) == ("confirmed", 48_000, 18_000)
    assert visit.total - visit.paid == 120_000 - 30_000 - 18_000
    assert CreditUse.objects.get().state == "used"
    assert verify() == []


def test_na_21_credit_on_a_hold_that_ends_or_is_given_up_comes_back(
    book: Book, client_user: Any
) -> None:
    give_credit(client_user.pk, 18_000)

    book(wishes=Wishes(use_credit=True))
    expire_unpaid_holds(now=AFTER_HOLD)
    assert credit_of(client_user.pk) == 18_000
    again = book(wishes=Wishes(use_credit=True), now=AFTER_HOLD)
    assert credit_of(client_user.pk) == 0
    cancel(again.appointment, now=AFTER_HOLD)

    assert credit_of(client_user.pk) == 18_000
    assert verify() == []


def test_na_21_credit_that_paid_comes_back_as_credit_by_the_terms(
    book: Book, client_user: Any
) -> None:
    give_credit(client_user.pk, 60_000)

    cancel(book(wishes=Wishes(use_credit=True)).appointment, now=NOW)

    assert credit_of(client_user.pk) == 60_000
    assert balance_of(Account.DEPOSITS_HELD) == 0
    assert verify() == []


def test_credit_that_paid_for_a_cancelled_visit_keeps_its_days(
    book: Book, client_user: Any
) -> None:
    soon = give_credit(client_user.pk, 20_000, valid_days=60)
    late = give_credit(client_user.pk, 60_000, valid_days=200)
    visit = book(wishes=Wishes(use_credit=True)).appointment

    cancel(visit, now=NOW)

    came_back = CreditLot.objects.filter(cause_kind="spa.appointment.cancelled")
    assert list(came_back.order_by("expires_at").values_list("amount", "expires_at")) == [
        (20_000, soon.expires_at),
        (28_000, late.expires_at),
    ]
    assert verify() == []


def test_credit_is_spent_only_when_asked_for_and_not_after_its_end(
    book: Book, client_user: Any
) -> None:
    give_credit(client_user.pk, 60_000, now=NOW - timedelta(days=9), valid_days=5)
    assert payment_of(book(wishes=Wishes(use_credit=True)).appointment).amount == 48_000
    give_credit(client_user.pk, 60_000)

    assert payment_of(book(start=local(7, 14)).appointment).amount == 48_000


def test_na_20_credit_in_cents_leaves_whole_pesos_to_charge(book: Book, client_user: Any) -> None:
    give_credit(client_user.pk, "1000.50")

    booked = book(wishes=Wishes(use_credit=True))

    assert payment_of(booked.appointment).amount == 47_000
    assert credit_of(client_user.pk) == Decimal("0.50")


def test_na_21_late_money_takes_the_credit_again_or_counts_without_it(
    book: Book, client_user: Any
) -> None:
    give_credit(client_user.pk, 18_000)
    booked = book(wishes=Wishes(use_credit=True))
    expire_unpaid_holds(now=AFTER_HOLD)

    pay(booked, now=AFTER_HOLD)

    visit = stored(booked)
    assert (visit.status, visit.paid, visit.credit_used) == ("confirmed", 48_000, 18_000)
    assert credit_of(client_user.pk) == 0
    assert verify() == []


def test_a_price_that_somebody_changed_meanwhile_is_not_booked(
    book: Book, client_user: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Credit that ends between reading and taking: the hold does not quietly cost more."""
    give_credit(client_user.pk, 60_000)

    def read_before_it_ended(**asked: Any) -> Decimal:
        return Decimal(60_000) + credit_of(client_user.pk)

    monkeypatch.setattr("spa.selectors.pricing.get_available_credit", read_before_it_ended)
    Service.objects.update(price=900_000)

    with pytest.raises(errors.PriceChanged), nothing_changes():
        book(wishes=Wishes(use_credit=True))

    assert credit_of(client_user.pk) == 60_000
    assert not CreditUse.objects.exists()


def test_a_voucher_that_somebody_changed_meanwhile_does_not_change_the_price(
    book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    voucher()

    def read_before_the_change(**asked: Any) -> list[Discount]:
        return [replace(one, amounts=(Decimal(50_000),)) for one in quote_vouchers(**asked)]

    monkeypatch.setattr("spa.selectors.pricing.quote_vouchers", read_before_the_change)

    with pytest.raises(errors.PriceChanged), nothing_changes():
        book(wishes=Wishes(voucher="VEINTE"))

    assert Voucher.objects.get().uses == 0
