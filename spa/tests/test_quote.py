"""What is shown is what is booked (SPA-26)."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import DomainError
from finances import errors as money
from finances.models import Voucher
from spa import errors
from spa.models import AddOn, AppointmentItem, ClientPackage, Occupancy, Service, StaffMember
from spa.selectors.availability import Wish
from spa.selectors.pricing import Wishes
from spa.services.booking import book_appointment
from spa.services.quote import Quote, quote_visit
from spa.tests.conftest import MONDAY_TEN, NOW, Book, coming, rule_that
from spa.tests.factories import ServiceFactory, StaffFactory
from spa.tests.ledger import nothing_changes
from spa.tests.packages import offer, sold
from spa.tests.paying import give_credit, stored, voucher
from users.tests.factories import UserFactory

QUOTE = "/api/v1/appointments/quote"


@pytest.fixture
def ask_price(book: Book) -> Any:
    """The same words as `book`, asked."""
    return partial(quote_visit, **book.keywords)


@dataclass
class Studio:
    services: list[Service]
    add_on: AddOn


@pytest.fixture
def studio(location: Any) -> Studio:
    """Three services, one with a fixed deposit and one with its own share; an addition."""
    StaffFactory.create_batch(2, location=location)
    here = {"locations": [location]}
    services = [
        ServiceFactory.create(price=120_000, vip_price=99_999, **here),
        ServiceFactory.create(price=80_001, deposit_amount=30_000, **here),
        ServiceFactory.create(price=45_555, deposit_percent=Decimal("33.33"), **here),
    ]
    add_on = AddOn.objects.create(name="Piedras", extra_minutes=15, price=15_500)
    add_on.services.set([services[0]])
    return Studio(services, add_on)


cases = st.fixed_dictionaries(
    {
        "picked": st.lists(st.integers(0, 2), min_size=1, max_size=3),
        "guest": st.none() | st.integers(0, 2),
        "with_add_on": st.booleans(),
        "is_vip": st.booleans(),
        "credit": st.sampled_from([0, 500, "1000.50", 20_000, 900_000]),
        "use_credit": st.booleans(),
        "percent": st.none() | st.integers(1, 100),
        "sessions": st.none() | st.integers(1, 3),
        "covers": st.sets(st.integers(0, 2), min_size=1),
    }
)


def wanted(studio: Studio, case: dict[str, Any]) -> dict[str, Any]:
    """The order of a case, by a new client with what the case gives them."""
    client = UserFactory.create(role="vip" if case["is_vip"] else "client")
    if case["credit"]:
        give_credit(client.pk, case["credit"])
    wishes = Wishes(use_credit=case["use_credit"])
    if case["percent"]:
        code = f"V{uuid4().hex[:10]}"
        voucher(code, value=case["percent"])
        wishes = Wishes(code, wishes.package, wishes.use_credit)
    if case["sessions"]:
        services = [studio.services[number] for number in case["covers"]]
        package = sold(offer(*services, sessions=case["sessions"]), client_id=client.pk, now=NOW)
        wishes = Wishes(wishes.voucher, package.code, wishes.use_credit)
    guests = [] if case["guest"] is None else [Wish([studio.services[case["guest"]].pk])]
    first = case["picked"] if not case["with_add_on"] else [0, *case["picked"][1:]]
    return {
        "client_id": client.pk, "is_vip": case["is_vip"], "start": MONDAY_TEN, "staff_id": None,
        "service_ids": [studio.services[number].pk for number in first], "location_id": None,
        "add_on_ids": [studio.add_on.pk] if case["with_add_on"] else [], "guests": guests,
        "notes": "", "wishes": wishes, "now": NOW,
    }  # fmt: skip


@given(case=cases)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_what_is_quoted_is_booked_to_the_peso_and_to_the_deadline(
    studio: Studio, case: dict[str, Any]
) -> None:
    order = wanted(studio, case)
    try:
        with nothing_changes():
            quote = quote_visit(**order)
    except DomainError as refusal:
        with pytest.raises(type(refusal)), nothing_changes():
            book_appointment(**order)
        return
    price, shown = quote.draft.priced.price, quote.draft.appointment

    booked = book_appointment(**order)

    visit, due = stored(booked), booked.payment["amount"] if booked.payment else 0
    assert quote.refusal is None
    assert (visit.total, visit.discount, visit.deposit) == (
        price.total, price.discount, price.deposit,
    )  # fmt: skip
    assert Decimal(due) == price.due_now
    assert (visit.paid, visit.credit_used) == ((price.credit,) * 2 if not due else (0, 0))
    assert visit.policy == shown.policy
    assert (visit.starts_at, visit.ends_at) == (shown.starts_at, shown.ends_at)
    assert (visit.status, visit.hold_expires_at) == (shown.status, shown.hold_expires_at)
    _lines_agree(booked.items, quote)
    # The same time is free for the next case.
    Occupancy.objects.all().delete()


def _lines_agree(items: list[AppointmentItem], quote: Quote) -> None:
    lines = quote.draft.priced.price.lines
    assert [(i.service_id, i.price, i.discount, i.package_use_id is not None) for i in items] == [
        (line.charge.service_id, line.price, line.discount, line.is_covered) for line in lines
    ]
    assert sum(item.price - item.discount for item in items) == quote.draft.priced.price.total


def test_a_quote_says_whether_the_start_can_be_had_and_why_not(book: Book, ask_price: Any) -> None:
    assert ask_price().refusal is None
    assert isinstance(ask_price(start=NOW).refusal, errors.SlotTooSoon)
    assert isinstance(ask_price(start=NOW + timedelta(days=90)).refusal, errors.SlotTooFar)
    midnight = MONDAY_TEN.replace(hour=0)
    assert isinstance(ask_price(start=midnight).refusal, errors.SlotNotOffered)

    book()
    taken = ask_price(client_id=UserFactory.create().pk)

    assert isinstance(taken.refusal, errors.SlotTaken)
    assert len(taken.refusal.facts["alternatives"]) == 3
    assert taken.draft.priced.price.total == 120_000


def test_a_quote_that_finds_the_start_taken_counts_no_lost_booking(
    book: Book, ask_price: Any
) -> None:
    from spa.metrics import SLOTS_LOST

    book()
    before = SLOTS_LOST.labels(how="busy")._value.get()

    ask_price(client_id=UserFactory.create().pk)

    assert SLOTS_LOST.labels(how="busy")._value.get() == before


def test_a_quote_refuses_what_booking_refuses_to_be_paid_with(ask_price: Any) -> None:
    with pytest.raises(money.VoucherUnknown):
        ask_price(wishes=Wishes(voucher="NADA"))
    with pytest.raises(errors.PackageNotFound):
        ask_price(wishes=Wishes(package="NADA"))


def test_a_quote_costs_few_queries_and_a_plain_one_fewest(
    ask_price: Any, service: Service, client_user: Any, django_assert_max_num_queries: Any
) -> None:
    ask_price()
    with django_assert_max_num_queries(5):
        ask_price()
    voucher()
    package = sold(offer(ServiceFactory.create()), client_id=client_user.pk, now=NOW)
    ClientPackage.objects.filter(pk=package.pk).update(service_ids=[service.pk])
    rule_that(regular_visits=3, strike_deposit_percent=50)
    ask_price()
    with django_assert_max_num_queries(8):
        ask_price(wishes=Wishes(package=package.code, use_credit=True))


@pytest.fixture
def body(service: Service, therapist: StaffMember) -> dict[str, Any]:
    return {"services": [str(service.pk)], "start": coming(3, 10).isoformat()}


def test_i_see_what_a_visit_would_cost_and_agree_to_and_nothing_is_kept(
    api: Any, body: dict[str, Any], service: Service, client_user: Any
) -> None:
    give_credit(client_user.pk, 10_000, now=coming(-1, 10))
    voucher()

    with nothing_changes():
        answer = api.as_(client_user).post(QUOTE, body | {"voucher": "VEINTE"}, format="json")

    found = answer.json()
    assert answer.status_code == 200, found
    policy = found.pop("policy")
    assert policy["deposit"] == found["deposit"]
    assert policy["cancellation"]["free_until"] == coming(2, 10).isoformat()
    assert found.pop("location")
    assert found == {
        "is_available": True, "refusal": None,
        "start": coming(3, 10).isoformat(), "end": coming(3, 11).isoformat(),
        "items": [{
            "service": str(service.pk), "add_on": None, "guest": 0, "list_price": "120000.00",
            "price": "120000.00", "discount": "24000.00", "is_covered": False,
        }],
        "discount": "24000.00", "total": "96000.00", "deposit": "38400.00", "credit": "0.00",
        "credit_usable": "10000.00", "due_now": "38400.00", "currency": "COP",
    }  # fmt: skip
    assert Voucher.objects.get().uses == 0


def test_a_quote_of_a_start_that_is_gone_still_has_its_price(
    api: Any, body: dict[str, Any], client_user: Any
) -> None:
    Occupancy.objects.all().delete()
    found = api.as_(client_user).post(
        QUOTE, body | {"start": coming(3, 3).isoformat()}, format="json"
    ).json()  # fmt: skip

    assert found["is_available"] is False
    assert found["refusal"]["code"] == "SPA-SLOT-NOT-OFFERED"
    assert found["total"] == "120000.00"


def test_all_three_ways_to_pay_are_booked_over_http(
    api: Any, body: dict[str, Any], service: Service, location: Any, client_user: Any
) -> None:
    other = ServiceFactory.create(locations=[location], price=50_000)
    now = coming(-1, 10)
    give_credit(client_user.pk, 6_000, now=now)
    voucher()
    package = sold(offer(service), client_id=client_user.pk, now=now)
    asked = body | {
        "services": [str(service.pk), str(other.pk)], "voucher": "VEINTE", "use_credit": True,
        "package": package.code,
    }  # fmt: skip
    me = api.as_(client_user)

    quoted = me.post(QUOTE, asked, format="json").json()
    booked = me.post(
        "/api/v1/appointments", asked, format="json", headers={"Idempotency-Key": "uno"}
    ).json()

    assert booked["payment"]["amount"] == quoted["due_now"] == "10000.00"
    for field in ("total", "discount", "deposit", "policy", "start", "end"):
        assert booked[field] == quoted[field], field
    assert [(item["price"], item["discount"], item["is_covered"]) for item in booked["items"]] == [
        ("0.00", "0.00", True), ("50000.00", "10000.00", False),
    ]  # fmt: skip
    assert me.get(f"/api/v1/appointments/{booked['id']}").json()["items"] == booked["items"]


@pytest.mark.parametrize(
    "wrong", [{"voucher": "NADA"}, {"package": "NADA"}, {"price": "1"}, {"credit": "1"}]
)
def test_what_cannot_be_paid_with_is_refused_over_http(
    api: Any, body: dict[str, Any], client_user: Any, wrong: dict[str, str]
) -> None:
    answers = {
        api.as_(client_user)
        .post(path, body | wrong, format="json", headers={"Idempotency-Key": path})
        .json()["code"]
        for path in (QUOTE, "/api/v1/appointments")
    }

    assert len(answers) == 1
    assert answers <= {"FIN-VOUCHER-UNKNOWN", "SPA-PACKAGE-NOT-FOUND", "CORE-INPUT-INVALID"}
