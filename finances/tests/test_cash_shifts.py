"""The till: what goes in, what goes out, and the count at the end (FIN-12)."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from core.errors import DomainError
from core.models import AuditEntry, Location
from finances import errors
from finances.models import CashMovement, CashShift, FinanceSettings, LedgerTransaction
from finances.selectors.ledger import verify
from finances.services.cash import close_shift, move_cash, open_shift
from finances.tests.books import books
from finances.tests.credits import NOON
from finances.tests.places import make_place
from finances.tests.test_counter import take
from users.models import User
from users.tests.factories import UserFactory

LATER = NOON + timedelta(hours=8)
D = Decimal


@pytest.fixture
def place(db: None) -> Location:
    return make_place()


@pytest.fixture
def desk(db: None) -> User:
    return UserFactory.create(staff=True)


@pytest.fixture
def ana(db: None) -> User:
    return UserFactory.create()


def begin(place: Location, desk: User, opening_float: object = 100_000) -> CashShift:
    amount = D(str(opening_float))
    return open_shift(location_id=place.pk, opening_float=amount, actor_id=desk.pk, now=NOON)


def put(shift: CashShift, kind: str, amount: object, **more: Any) -> CashShift:
    asked = {"reason": "prueba", "actor_id": shift.opened_by_id, "cause_id": uuid4(), "now": NOON}
    return move_cash(shift_id=shift.pk, kind=kind, amount=D(str(amount)), **{**asked, **more})


def count(shift: CashShift, counted: object, note: str = "") -> CashShift:
    amount, actor = D(str(counted)), shift.opened_by_id
    return close_shift(shift_id=shift.pk, counted=amount, note=note, actor_id=actor, now=LATER)


@pytest.mark.django_db(transaction=True)
def test_a_day_at_the_till_ends_with_what_should_be_there(
    place: Location, desk: User, ana: User
) -> None:
    shift = begin(place, desk)
    take(ana, desk, location_id=place.pk, tip=D(8_000), tip_party=UUID(int=99))
    take(ana, desk, location_id=place.pk, method="card")
    take(ana, desk, location_id=make_place("Usaquén").pk)  # another drawer
    take(ana, desk, location_id=place.pk, currency="USD", amount=D(20))  # counted by nobody
    put(shift, "to_bank", 50_000)
    put(shift, "expense", 12_000, reason="café")
    put(shift, "from_bank", 20_000)

    closed = count(shift, 136_000, note="faltó un billete")

    assert (closed.expected, closed.difference) == (D(138_000), D(-2_000))
    assert (closed.closed_by_id, closed.closed_at, closed.note) == (
        desk.pk, LATER, "faltó un billete",
    )  # fmt: skip
    assert books() == {
        "bank": -70_000,
        "cash": 136_000 + 72_000 + 20,
        "card_terminal": 72_000,
        "petty_expenses": 12_000,
        "cash_differences": 2_000,
        "deposits_held": -3 * 72_000 - 20,
        "tips_payable": -8_000,
    }
    assert verify() == []
    audited = AuditEntry.objects.order_by("pk").values_list("action", flat=True)
    assert [action.rpartition(".")[2] for action in audited] == [
        "opened", "moved", "moved", "moved", "closed",
    ]  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_the_next_shift_begins_with_what_the_last_one_left(
    place: Location, desk: User, ana: User
) -> None:
    take(ana, desk, location_id=place.pk)  # before there were shifts: in nobody's drawer
    count(begin(place, desk, 100_000), 100_000)
    take(ana, desk, location_id=place.pk)  # while none was open

    second = begin(place, desk, 170_000)

    assert second.left_before == D(172_000)
    assert books()["cash_differences"] == D(2_000)
    count(second, 170_000)
    third = begin(place, desk, 170_000)
    assert third.left_before == D(170_000)
    assert verify() == []


@pytest.mark.django_db(transaction=True)
def test_verify_sees_a_shift_that_does_not_add_up(place: Location, desk: User) -> None:
    shift = begin(place, desk)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE finances_cashshift SET closed_at = %s, closed_by_id = %s, counted = 5,"
            " expected = 9 WHERE id = %s",
            [LATER, desk.pk, shift.pk],
        )

    texts = [finding.text for finding in verify()]

    assert texts == [
        f"till {shift.pk} moved 99996.00 in cash, booked are 100000.00",
        f"shift {shift.pk} expected 9.00 in cash, what came in says 100000.00",
    ]


@pytest.mark.django_db(transaction=True)
def test_the_same_request_moves_cash_once(place: Location, desk: User) -> None:
    shift, request = begin(place, desk), uuid4()

    for _ in range(2):
        put(shift, "expense", 12_000, cause_id=request)

    assert CashMovement.objects.count() == 1
    assert books()["petty_expenses"] == D(12_000)


@pytest.mark.django_db(transaction=True)
def test_what_is_not_a_count_or_no_shift_is_refused_and_changes_nothing(
    place: Location, desk: User
) -> None:
    shift = begin(place, desk)
    refused: list[tuple[type[DomainError], Any]] = [
        (errors.CashShiftOpenAlready, lambda: begin(place, desk)),
        (errors.CashLocationUnknown, lambda: begin(Location(), desk)),
        (errors.CashAmountWrong, lambda: begin(place, desk, "0.50")),
        (errors.CashAmountWrong, lambda: begin(place, desk, -1)),
        (errors.CashAmountWrong, lambda: put(shift, "expense", 0)),
        (errors.CashAmountWrong, lambda: put(shift, "expense", "0.50")),
        (errors.CashAmountWrong, lambda: put(shift, "expense", -5)),
        (errors.CashAmountWrong, lambda: count(shift, -1)),
        (errors.CashShiftUnknown, lambda: count(CashShift(opened_by=desk), 1)),
    ]

    for refusal, attempt in refused:
        with pytest.raises(refusal):
            attempt()

    assert books() == {"bank": -100_000, "cash": 100_000}
    assert CashMovement.objects.count() == 0
    assert CashShift.objects.get().closed_at is None


@pytest.mark.django_db(transaction=True)
def test_what_is_counted_stays_as_it_is(place: Location, desk: User, ana: User) -> None:
    shift = count(begin(place, desk), 100_000)
    before = LedgerTransaction.objects.count()

    for attempt in (lambda: count(shift, 1), lambda: put(shift, "expense", 1)):
        with pytest.raises(errors.CashShiftClosed):
            attempt()
    forbidden: list[Any] = [
        lambda: CashShift.objects.filter(pk=shift.pk).update(note="otra"),
        lambda: CashShift.objects.filter(pk=shift.pk).delete(),
        lambda: take_into(shift, ana, desk),
    ]
    for write in forbidden:
        with pytest.raises(IntegrityError), transaction.atomic():
            write()
    assert LedgerTransaction.objects.count() == before


def take_into(shift: CashShift, ana: User, desk: User) -> None:
    """As code would that has looked at the shift before it was counted."""
    CashMovement.objects.create(
        shift=shift, kind="expense", amount=-1, reason="tarde", made_by=desk, made_at=LATER,
        cause_id=uuid4(),
    )  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_a_studio_may_want_a_shift_before_it_takes_cash(
    place: Location, desk: User, ana: User
) -> None:
    FinanceSettings.objects.create(cash_shift_required=True)

    for where in (place.pk, None):
        with pytest.raises(errors.CashShiftNeeded):
            take(ana, desk, location_id=where)
    assert books() == {}

    take(ana, desk, location_id=place.pk, method="card")
    shift, request = begin(place, desk), uuid4()
    taken = take(ana, desk, location_id=place.pk, cause_id=request)
    assert taken.shift_id == shift.pk
    count(shift, 172_000)
    assert take(ana, desk, location_id=place.pk, cause_id=request).pk == taken.pk  # a repeat
