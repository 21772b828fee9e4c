"""Money taken in person: beside the gateway's, with its tip, and the client's (NA-28)."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from core.errors import DomainError
from core.testing import race
from finances import errors
from finances.models import CounterPayment, CounterTip, LedgerEntry, LedgerTransaction, Payment
from finances.selectors.ledger import list_balances, verify
from finances.steps.counter import take_in_person
from finances.tests.credits import NOON, VISIT
from users.models import User
from users.tests.factories import UserFactory

THIS, THERAPIST = UUID(int=1), UUID(int=99)


@pytest.fixture
def ana(db: None) -> User:
    return UserFactory.create()


@pytest.fixture
def desk(db: None) -> User:
    return UserFactory.create(staff=True)


Take = Callable[..., CounterPayment]


def take(client: User, actor: User, **more: Any) -> CounterPayment:
    defaults: dict[str, Any] = {
        "payable_kind": VISIT,
        "payable_id": THIS,
        "client_id": client.pk,
        "amount": Decimal(72_000),
        "currency": "COP",
        "method": "cash",
        "tip": Decimal(0),
        "tip_party": None,
        "actor_id": actor.pk,
        "cause_id": uuid4(),
        "now": NOON,
    }
    with transaction.atomic():
        return take_in_person(**{**defaults, **more})


@pytest.fixture
def pay(ana: User, desk: User) -> Take:
    """Ana pays 72 000 in cash at the counter; a test says what is different."""
    return partial(take, ana, desk)


def balances() -> dict[str, int]:
    return {balance.account: int(balance.amount) for balance in list_balances()}


@pytest.mark.parametrize(
    ("method", "account"),
    [("cash", "cash"), ("card", "card_terminal"), ("transfer", "bank_transfers")],
)
def test_money_is_where_it_was_taken_and_held_for_the_client(
    pay: Take, method: str, account: str
) -> None:
    pay(method=method)

    assert balances() == {account: 72_000, "deposits_held": 72_000}
    assert verify() == []


def test_na_28_the_payment_is_the_clients_whoever_takes_it(
    pay: Take, ana: User, desk: User
) -> None:
    taken = pay(tip=Decimal(8_000), tip_party=THERAPIST)

    assert (taken.client_id, taken.taken_by_id) == (ana.pk, desk.pk)
    owners = dict(LedgerEntry.objects.values_list("account_id", "party"))
    assert owners == {"cash": None, "deposits_held": ana.pk, "tips_payable": THERAPIST}


def test_na_28_a_tip_is_owed_to_whom_it_was_given_and_is_part_of_what_was_paid(pay: Take) -> None:
    pay(tip=Decimal(8_000), tip_party=THERAPIST)

    assert balances() == {"cash": 80_000, "deposits_held": 72_000, "tips_payable": 8_000}
    assert LedgerTransaction.objects.get().kind == "paid_in_person"
    assert verify() == []


def test_a_tip_alone_is_a_payment_of_its_own(pay: Take) -> None:
    pay(amount=Decimal(0), tip=Decimal(8_000), tip_party=THERAPIST)

    assert balances() == {"cash": 8_000, "tips_payable": 8_000}
    assert verify() == []


def test_a_package_is_held_until_its_sessions_are_given(pay: Take) -> None:
    pay(kind="package")

    assert balances() == {"cash": 72_000, "deferred_packages": 72_000}


REFUSED: list[tuple[dict[str, Any], type[DomainError]]] = [
    ({"amount": Decimal(0)}, errors.CounterAmountWrong),
    ({"amount": Decimal(-1)}, errors.CounterAmountWrong),
    ({"amount": Decimal("0.50")}, errors.CounterAmountWrong),
    ({"tip": Decimal(-1), "tip_party": THERAPIST}, errors.CounterAmountWrong),
    ({"tip": Decimal("0.5"), "tip_party": THERAPIST}, errors.CounterAmountWrong),
    ({"amount": Decimal(5), "tip": Decimal(-5)}, errors.CounterAmountWrong),
    ({"tip": Decimal(1)}, errors.TipForNobody),
    ({"method": "iou"}, errors.CounterMethodUnknown),
]


@pytest.mark.parametrize(("wrong", "refusal"), REFUSED)
def test_what_is_refused_leaves_no_trace(
    pay: Take, wrong: dict[str, Any], refusal: type[DomainError]
) -> None:
    with pytest.raises(refusal) as refused:
        pay(**wrong)

    assert refused.value.detail
    assert not CounterPayment.objects.exists()
    assert not LedgerTransaction.objects.exists()


def test_one_request_takes_money_once(pay: Take) -> None:
    cause = uuid4()

    first, again = pay(cause_id=cause), pay(cause_id=cause)

    assert first.pk == again.pk
    assert balances()["cash"] == 72_000


@pytest.mark.parametrize(
    "other",
    [
        {"amount": Decimal(1)},
        {"method": "card"},
        {"tip": Decimal(1), "tip_party": THERAPIST},
        {"payable_id": uuid4()},
        {"currency": "USD"},
    ],
)
def test_a_request_that_took_other_money_is_a_mistake(pay: Take, other: dict[str, Any]) -> None:
    cause = uuid4()
    pay(cause_id=cause)

    with pytest.raises(ValueError, match="has taken other money"):
        pay(cause_id=cause, **other)

    assert balances()["cash"] == 72_000


@pytest.mark.django_db(transaction=True)
def test_eight_requests_at_once_take_it_once(pay: Take) -> None:
    cause = uuid4()

    outcomes = race([partial(pay, cause_id=cause)] * 8)

    assert {getattr(outcome, "cause_id", outcome) for outcome in outcomes} == {cause}
    assert balances() == {"cash": 72_000, "deposits_held": 72_000}
    assert verify() == []


@pytest.mark.parametrize("change", ["UPDATE {} SET amount = amount", "DELETE FROM {}"])
def test_what_was_taken_is_never_changed(pay: Take, change: str) -> None:
    pay()

    with (
        pytest.raises(IntegrityError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(change.format("finances_counterpayment"))

    assert CounterPayment.objects.get().amount == 72_000


@pytest.mark.parametrize(
    ("row", "constraint"),
    [
        ({"amount": 0}, "is_some_money"),
        ({"amount": -1, "tip": 5, "tip_party": THERAPIST}, "is_some_money"),
        ({"tip": 5}, "a_tip_is_for_somebody"),
        ({"method": "iou"}, "method_known"),
    ],
)
def test_the_database_refuses_an_impossible_payment(
    ana: User, desk: User, row: dict[str, Any], constraint: str
) -> None:
    whole = {
        "kind": "balance",
        "payable_kind": VISIT,
        "payable_id": THIS,
        "client": ana,
        "amount": 5,
        "currency": "COP",
        "method": "cash",
        "taken_by": desk,
        "taken_at": NOON,
        "cause_id": uuid4(),
        **row,
    }

    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        CounterPayment.objects.create(**whole)


@pytest.mark.django_db(transaction=True)
def test_taking_joins_a_transaction() -> None:
    with pytest.raises(RuntimeError, match="inside a service's transaction"):
        take_in_person()  # type: ignore[call-arg]


def test_payments_of_both_kinds_are_listed_newest_first(
    api: Any, ana: User, pay: Take, open_one: Callable[..., Payment]
) -> None:
    now = timezone.now()
    older = open_one(client_id=ana.pk, now=now - timedelta(hours=2))
    taken = pay(tip=Decimal(8_000), tip_party=THERAPIST, now=now - timedelta(hours=1))
    newer = open_one(client_id=ana.pk, now=now)
    take(UserFactory.create(), UserFactory.create())

    page = api.as_(ana).get("/api/v1/payments").json()

    assert [row["id"] for row in page["results"]] == [str(p.pk) for p in (newer, taken, older)]
    assert page["count"] == 3
    shown = page["results"][1]
    assert {**shown, "charge": None} == api.as_(ana).get(f"/api/v1/payments/{taken.pk}").json()
    assert (shown["method"], shown["amount"], shown["tip"]) == ("cash", "72000.00", "8000.00")
    assert (shown["status"], shown["allocation"], shown["checkout"]) == (
        "approved",
        "accepted",
        None,
    )
    assert (page["results"][0]["method"], page["results"][0]["tip"]) == ("online", "0.00")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (f"payable_id={THIS}", 1),
        (f"payable_id={UUID(int=2)}", 0),
        ("status=approved", 1),
        ("status=pending", 1),
    ],
)
def test_filters_hold_for_both_kinds(
    api: Any, ana: User, pay: Take, open_one: Callable[..., Payment], query: str, found: int
) -> None:
    open_one(client_id=ana.pk)
    pay()

    assert api.as_(ana).get(f"/api/v1/payments?{query}").json()["count"] == found


def test_a_page_of_both_kinds_costs_the_same_whatever_its_length(
    api: Any,
    ana: User,
    pay: Take,
    open_one: Callable[..., Payment],
    django_assert_num_queries: Any,
) -> None:
    caller = api.as_(ana)
    for number in (1, 6):
        for _ in range(number):
            pay()
            open_one(client_id=ana.pk)

        with django_assert_num_queries(5):
            caller.get("/api/v1/payments")


@pytest.mark.parametrize(("who", "status"), [("stranger", 404), ("owner", 200), ("staff", 200)])
def test_who_sees_a_payment_in_person(
    api: Any, ana: User, desk: User, pay: Take, who: str, status: int
) -> None:
    people = {"owner": ana, "staff": desk, "stranger": UserFactory.create()}
    taken = pay()

    assert api.as_(people[who]).get(f"/api/v1/payments/{taken.pk}").status_code == status


def test_a_tip_for_several_is_owed_to_each_and_all_of_it(pay: Take) -> None:
    other = UUID(int=98)

    taken = pay(tip=Decimal(8_000), tip_shares={THERAPIST: Decimal(5_000), other: Decimal(3_000)})

    tips = LedgerEntry.objects.filter(account="tips_payable").values_list("party", "amount")
    assert dict(tips) == {THERAPIST: -5_000, other: -3_000}
    assert (taken.tip, taken.tip_party, taken.is_tip_shared) == (8_000, None, True)
    assert balances() == {"cash": 80_000, "deposits_held": 72_000, "tips_payable": 8_000}
    assert verify() == []


@pytest.mark.parametrize("parts", [["5000", "2999"], ["8000.50", "-0.50"], ["8000", "0"]])
def test_a_tip_that_is_shared_unevenly_is_refused(pay: Take, parts: list[str]) -> None:
    shares = {UUID(int=number): Decimal(part) for number, part in enumerate(parts)}

    with pytest.raises(errors.TipSharedUnevenly):
        pay(tip=Decimal(8_000), tip_shares=shares)

    assert not CounterPayment.objects.exists()
    assert balances() == {}


def test_a_repeat_that_shares_the_tip_otherwise_is_a_mistake(pay: Take) -> None:
    request, other = uuid4(), UUID(int=98)
    mine = {THERAPIST: Decimal(5_000), other: Decimal(3_000)}
    swapped = {THERAPIST: Decimal(3_000), other: Decimal(5_000)}
    first = pay(cause_id=request, tip=Decimal(8_000), tip_shares=mine)

    assert pay(cause_id=request, tip=Decimal(8_000), tip_shares=mine).pk == first.pk
    with pytest.raises(ValueError, match="taken other money"):
        pay(cause_id=request, tip=Decimal(8_000), tip_shares=swapped)


@pytest.mark.parametrize("parts", [[], [7_999], [8_000, 1]])
@pytest.mark.django_db(transaction=True)
def test_the_database_wants_the_parts_to_be_the_tip(parts: list[int]) -> None:
    client, desk = UserFactory.create(), UserFactory.create(staff=True)

    def write() -> None:
        payment = CounterPayment.objects.create(
            kind="balance", payable_kind=VISIT, payable_id=THIS, client=client, amount=0,
            tip=8_000, is_tip_shared=True, currency="COP", method="cash", taken_by=desk,
            taken_at=NOON, cause_id=uuid4(),
        )  # fmt: skip
        for number, part in enumerate(parts):
            CounterTip.objects.create(payment=payment, party=UUID(int=number), amount=part)

    with pytest.raises(IntegrityError, match="not the tip"), transaction.atomic():
        write()
