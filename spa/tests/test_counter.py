"""Money of a visit: at the desk, online, after the visit, and as a debt (SPA-08, SPA-09, NA-14)."""

from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.db import transaction

from finances.errors import CounterAmountWrong, CounterMethodUnknown, TipForNobody
from finances.models import CounterPayment, LedgerEntry, Payment
from finances.steps.settlement import settle
from finances.types import Fate
from spa import errors
from spa.events import AppointmentConfirmed
from spa.models import Appointment, Occupancy, Service
from spa.services.attendance import complete, mark_no_show
from spa.services.counter import pay_balance
from spa.tests.conftest import MONDAY_TEN, NOW, Book, local, rule_that
from spa.tests.ledger import approved, arrived, nothing_changes, pay, payment_of, settle_visits
from spa.tests.visits import (
    AFTER,
    Take,
    balance,
    books,
    cancel,
    certain,
    history,
    taking,
    told,
)
from users.models import User
from users.tests.factories import UserFactory

SERVED = MONDAY_TEN + timedelta(hours=1)


@pytest.fixture
def desk(db: None) -> User:
    """Who takes the money."""
    return UserFactory.create(staff=True)


@pytest.fixture
def take(desk: User) -> Take:
    """Take the balance of 72 000 in cash, without a tip."""
    return taking(desk)


@pytest.mark.parametrize(
    ("method", "till"),
    [("cash", "cash"), ("card", "card_terminal"), ("transfer", "bank_transfers")],
)
def test_the_balance_is_paid_at_the_desk(book: Book, take: Take, method: str, till: str) -> None:
    visit = certain(book)

    take(appointment_id=visit.pk, method=method)

    visit.refresh_from_db()
    assert (visit.status, visit.paid) == ("confirmed", 120_000)
    assert books() == {"gateway_clearing": 48_000, till: 72_000, "deposits_held": 120_000}
    assert (CounterPayment.objects.get().kind, told(AppointmentConfirmed.topic)[1:]) == (
        "balance", [],
    )  # fmt: skip


def test_a_tip_is_owed_to_whoever_serves(book: Book, take: Take) -> None:
    visit = certain(book)

    take(appointment_id=visit.pk, amount=Decimal(20_000), tip=Decimal(5_000))

    assert books() == {
        "gateway_clearing": 48_000, "cash": 25_000, "deposits_held": 68_000, "tips_payable": 5_000,
    }  # fmt: skip
    tip = LedgerEntry.objects.get(account="tips_payable")
    assert tip.party == visit.staff.resource_id
    visit.refresh_from_db()
    assert visit.paid == 68_000


def test_a_tip_alone_pays_nothing_of_the_visit(book: Book, take: Take) -> None:
    visit = certain(book)

    take(appointment_id=visit.pk, amount=Decimal(0), tip=Decimal(5_000))

    visit.refresh_from_db()
    assert visit.paid == 48_000
    assert books()["tips_payable"] == 5_000


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"amount": Decimal(72_001)}, errors.PaysTooMuch),
        ({"amount": Decimal(0)}, CounterAmountWrong),
        ({"amount": Decimal(-1)}, CounterAmountWrong),
        ({"amount": Decimal("0.50")}, CounterAmountWrong),
        ({"tip": Decimal(-1)}, CounterAmountWrong),
        ({"method": "oro"}, CounterMethodUnknown),
    ],
)
def test_money_that_cannot_be_is_not_taken(
    book: Book, take: Take, changes: dict[str, Any], refusal: type[Exception]
) -> None:
    visit = certain(book)

    with pytest.raises(refusal), nothing_changes():
        take(appointment_id=visit.pk, **changes)

    assert not CounterPayment.objects.exists()


def test_na_28_a_tip_for_a_visit_that_nobody_serves_is_not_taken(book: Book, take: Take) -> None:
    visit = certain(book)
    Appointment.objects.update(staff=None)

    with pytest.raises(TipForNobody), nothing_changes():
        take(appointment_id=visit.pk, tip=Decimal(1_000))


@pytest.mark.parametrize("status", ["expired", "cancelled", "no_show"])
def test_what_is_over_takes_no_money(book: Book, take: Take, status: str) -> None:
    visit = certain(book)
    Appointment.objects.update(status=status, cancelled_at=NOW)

    with pytest.raises(errors.VisitNotPayable), nothing_changes():
        take(appointment_id=visit.pk)


def test_the_deposit_at_the_desk_makes_the_visit_certain(
    book: Book, take: Take, desk: User
) -> None:
    visit = book().appointment

    take(appointment_id=visit.pk, amount=Decimal(48_000), now=NOW)

    visit.refresh_from_db()
    assert (visit.status, visit.paid, visit.hold_expires_at) == ("confirmed", 48_000, None)
    assert Occupancy.objects.get().hold_expires_at is None
    assert payment_of(visit).status == "expired"
    assert history(visit)[-1] == ("pending_payment", "confirmed", "paid at the desk")
    assert len(told(AppointmentConfirmed.topic)) == 1
    assert books() == {"cash": 48_000, "deposits_held": 48_000}


def test_all_of_it_may_be_paid_in_advance(book: Book, take: Take) -> None:
    visit = book().appointment

    take(appointment_id=visit.pk, amount=Decimal(120_000), now=NOW)

    visit.refresh_from_db()
    assert (visit.status, visit.paid) == ("confirmed", 120_000)


def test_less_than_the_deposit_makes_nothing_certain(book: Book, take: Take) -> None:
    visit = book().appointment

    with pytest.raises(errors.DepositShort) as refused, nothing_changes():
        take(appointment_id=visit.pk, amount=Decimal(47_999), now=NOW)

    assert refused.value.facts == {"due": "48000.00", "currency": "COP"}


def test_na_23_money_online_after_the_desk_took_the_deposit_is_credit(
    book: Book, take: Take
) -> None:
    booked = book()
    take(appointment_id=booked.appointment.pk, amount=Decimal(48_000), now=NOW)

    pay(booked, now=NOW + timedelta(minutes=1))

    visit = Appointment.objects.get()
    assert visit.paid == 48_000
    assert books() == {
        "gateway_clearing": 48_000, "cash": 48_000, "deposits_held": 48_000,
        "client_credit": 48_000,
    }  # fmt: skip


def test_the_balance_is_paid_online_and_only_the_gateway_settles_it(book: Book) -> None:
    visit = certain(book)

    payment = pay_balance(appointment_id=visit.pk, client_id=visit.client_id, now=NOW)

    assert (payment["kind"], payment["amount"], payment["status"]) == (
        "balance", "72000.00", "pending",
    )  # fmt: skip
    visit.refresh_from_db()
    assert visit.paid == 48_000
    (answer,) = settle_visits(balance(visit, now=NOW), now=NOW)
    visit.refresh_from_db()
    assert (answer.fate, visit.status, visit.paid) == (Fate.ACCEPTED, "confirmed", 120_000)
    assert told(AppointmentConfirmed.topic)[1:] == []


def test_asking_again_gives_the_same_payment_until_the_balance_changes(
    book: Book, take: Take
) -> None:
    visit = certain(book)
    ask = partial(pay_balance, appointment_id=visit.pk, client_id=visit.client_id)

    first = ask(now=NOW)
    assert ask(now=NOW + timedelta(minutes=59))["id"] == first["id"]
    take(appointment_id=visit.pk, amount=Decimal(2_000))
    second = ask(now=NOW)
    third = ask(now=NOW + timedelta(minutes=60))

    assert (second["amount"], third["amount"]) == ("70000.00", "70000.00")
    statuses = (
        Payment.objects.filter(kind="balance").order_by("pk").values_list("status", flat=True)
    )
    assert list(statuses) == ["expired", "expired", "pending"]


def test_a_balance_that_the_desk_took_meanwhile_is_credit_online(book: Book, take: Take) -> None:
    visit = certain(book)
    take(appointment_id=visit.pk)

    (answer,) = settle_visits(balance(visit, now=NOW), now=NOW)

    assert (answer.fate, answer.branch) == (Fate.CREDITED, "overpaid")


@pytest.mark.parametrize(("status", "branch"), [("cancelled", "cancelled"), ("no_show", "no_show")])
def test_na_23_a_balance_that_comes_for_what_is_over_is_credit(
    book: Book, status: str, branch: str
) -> None:
    visit = certain(book)
    Appointment.objects.update(status=status, cancelled_at=NOW)

    (answer,) = settle_visits(balance(visit, now=NOW), now=NOW)

    assert (answer.fate, answer.branch) == (Fate.CREDITED, branch)
    assert Appointment.objects.get().paid == 48_000


def test_deposit_and_balance_in_one_batch_are_both_taken(book: Book) -> None:
    visit = book().appointment

    answers = settle_visits(arrived(visit, now=NOW), balance(visit, now=NOW), now=NOW)

    assert [answer.fate for answer in answers] == [Fate.ACCEPTED] * 2
    visit.refresh_from_db()
    assert (visit.status, visit.paid) == ("confirmed", 120_000)


def test_nothing_owed_is_nothing_to_pay(book: Book, take: Take) -> None:
    visit = certain(book)
    take(appointment_id=visit.pk)

    with pytest.raises(errors.NothingOwed), nothing_changes():
        pay_balance(appointment_id=visit.pk, client_id=visit.client_id, now=NOW)


@pytest.mark.parametrize("status", ["pending_payment", "expired", "cancelled", "no_show"])
def test_only_a_visit_that_stands_has_a_balance(book: Book, status: str) -> None:
    visit = book().appointment
    Appointment.objects.update(status=status, cancelled_at=NOW)

    with pytest.raises(errors.VisitNotPayable), nothing_changes():
        pay_balance(appointment_id=visit.pk, client_id=visit.client_id, now=NOW)


def test_nobody_pays_somebody_elses_visit(book: Book, desk: User) -> None:
    visit = certain(book)

    with pytest.raises(errors.AppointmentNotFound), nothing_changes():
        pay_balance(appointment_id=visit.pk, client_id=desk.pk, now=NOW)


def test_a_visit_that_happened_unpaid_is_a_debt_until_it_is_paid(
    book: Book, take: Take, desk: User
) -> None:
    visit = certain(book)
    complete(appointment_id=visit.pk, actor_id=desk.pk, now=SERVED)
    again = partial(book, start=local(9, 10), now=SERVED)

    with pytest.raises(errors.DebtOpen) as refused, nothing_changes():
        again()
    assert refused.value.facts == {"amount": "72000.00", "currency": "COP"}
    take(appointment_id=visit.pk, amount=Decimal(71_000), now=SERVED)
    with pytest.raises(errors.DebtOpen) as refused:
        again()
    assert refused.value.facts["amount"] == "1000.00"

    settle_visits(balance(visit, now=SERVED, amount="1000.00"), now=SERVED)
    assert again().appointment.status == "pending_payment"
    assert Appointment.objects.get(pk=visit.pk).paid == 120_000


def test_money_for_a_visit_that_has_happened_is_earned_when_it_comes(
    book: Book, take: Take, desk: User
) -> None:
    visit = certain(book)
    complete(appointment_id=visit.pk, actor_id=desk.pk, now=SERVED)

    take(appointment_id=visit.pk, amount=Decimal(42_000), tip=Decimal(3_000), now=SERVED)
    paid_online(visit, now=SERVED)

    assert books() == {
        "gateway_clearing": 78_000,
        "cash": 45_000,
        "revenue_services": 120_000,
        "tips_payable": 3_000,
    }


def paid_online(visit: Appointment, *, now: datetime) -> None:
    """The client opens the balance and pays it at the gateway."""
    pay_balance(appointment_id=visit.pk, client_id=visit.client_id, now=now)
    sighting = approved(payment_of(visit), now=now)
    with transaction.atomic():
        settle([sighting], now=now)


def test_na_14_a_balance_that_is_due_at_the_visit_is_no_debt(book: Book) -> None:
    rule_that(client_active_limit=5)
    visit = certain(book)
    assert visit.total - visit.paid == 72_000

    assert book(start=local(8, 10)).appointment.status == "pending_payment"


def test_na_14_a_visit_nobody_came_to_is_no_debt(book: Book, desk: User) -> None:
    visit = certain(book)
    mark_no_show(appointment_id=visit.pk, actor_id=desk.pk, now=AFTER)

    assert book(start=local(8, 10), now=AFTER).appointment.status == "pending_payment"


def test_a_debt_is_ones_own(book: Book, desk: User) -> None:
    visit = certain(book)
    complete(appointment_id=visit.pk, actor_id=desk.pk, now=SERVED)

    other = UserFactory.create()
    assert book(client_id=other.pk, start=local(8, 10), now=SERVED).appointment


def test_a_cancelled_visit_gives_back_what_the_desk_took_too(book: Book, take: Take) -> None:
    visit = certain(book)
    take(appointment_id=visit.pk, now=NOW)

    cancel(visit, now=NOW)

    assert books() == {"gateway_clearing": 48_000, "cash": 72_000, "client_credit": 120_000}


def test_a_free_visit_owes_nothing(book: Book, take: Take) -> None:
    Service.objects.update(price=0)
    visit = book().appointment

    with pytest.raises(errors.PaysTooMuch):
        take(appointment_id=visit.pk, amount=Decimal(1_000))
