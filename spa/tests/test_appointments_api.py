"""`appointments`: create, list, read (spec: the main job, 5 and 7)."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest

from core.models import IdempotencyRecord
from core.testing import race
from spa.models import Appointment, Service, StaffMember
from spa.tests.conftest import coming, rule_that
from spa.tests.ledger import nothing_changes, traces
from users.tests.factories import UserFactory

URL = "/api/v1/appointments"


@pytest.fixture
def asked(service: Service, therapist: StaffMember) -> dict[str, Any]:
    """A visit in three days at ten, with anybody."""
    return {"services": [str(service.pk)], "staff": None, "start": coming(3, 10).isoformat()}


def book(caller: Any, body: Any, *, key: str | None = None) -> Any:
    """`POST appointments` under a key of its own."""
    return caller.post(URL, body, format="json", headers={"Idempotency-Key": key or str(uuid4())})


def test_a_booking_answers_the_visit_field_by_field(
    api: Any, client_user: Any, asked: dict[str, Any], therapist: StaffMember, settings: Any
) -> None:
    started = datetime.now().astimezone()

    answer = book(api.as_(client_user), asked | {"notes": "Sin aceites"})

    body = answer.json()
    visit = Appointment.objects.get()
    start = coming(3, 10)
    assert answer.status_code == 201
    assert answer["Content-Type"] == "application/json"
    assert "Idempotency-Replayed" not in answer
    payment, items, policy = body.pop("payment"), body.pop("items"), body.pop("policy")
    expires = datetime.fromisoformat(body.pop("hold_expires_at"))
    assert body.pop("check_in_code") == visit.check_in_code
    assert (body.pop("reschedules"), body.pop("series")) == (0, None)
    assert timedelta(minutes=20) <= expires - started < timedelta(minutes=21)
    assert body == {
        "id": str(visit.pk),
        "status": "pending_payment",
        "start": start.isoformat(),
        "end": (start + timedelta(hours=1)).isoformat(),
        "location": str(visit.location_id),
        "staff": str(therapist.pk),
        "total": "120000.00",
        "discount": "0.00",
        "deposit": "48000.00",
        "credit_used": "0.00",
        "paid": "0.00",
        "outstanding": "120000.00",
        "currency": "COP",
        "notes": "Sin aceites",
    }
    assert [(item["service"], item["price"]) for item in items] == [
        (asked["services"][0], "120000.00")
    ]
    assert policy["deposit"] == "48000.00"
    assert policy["cancellation"]["free_until"] == (start - timedelta(days=1)).isoformat()
    checkout = payment["checkout"]
    assert (payment["status"], payment["kind"]) == ("pending", "deposit")
    assert (payment["amount"], payment["currency"]) == ("48000.00", "COP")
    assert (checkout["provider"], checkout["amount_in_cents"]) == ("wompi", 4_800_000)
    assert checkout["currency"] == "COP"
    assert checkout["public_key"] == settings.WOMPI_PUBLIC_KEY
    assert {"reference", "signature", "expiration_time", "redirect_url", "checkout_url"} < set(
        checkout
    )


def test_reading_a_visit_answers_what_booking_it_answered(
    api: Any, client_user: Any, asked: dict[str, Any]
) -> None:
    caller = api.as_(client_user)
    booked = book(caller, asked).json()

    assert caller.get(f"{URL}/{booked['id']}").json() == booked
    assert caller.get(URL).json()["results"] == [booked]


def test_with_nothing_to_pay_the_answer_is_certain_without_a_payment(
    api: Any, client_user: Any, asked: dict[str, Any]
) -> None:
    Service.objects.update(deposit_percent=0)

    body = book(api.as_(client_user), asked).json()

    assert (body["status"], body["payment"], body["hold_expires_at"]) == ("confirmed", None, None)


def test_a_vip_pays_the_vip_price(api: Any, asked: dict[str, Any]) -> None:
    Service.objects.update(vip_price=100_000)
    vip = UserFactory.create(role="vip")

    assert book(api.as_(vip), asked).json()["total"] == "100000.00"


def test_a_taken_start_is_a_problem_with_alternatives(
    api: Any, client_user: Any, asked: dict[str, Any], therapist: StaffMember
) -> None:
    book(api.as_(UserFactory.create()), asked)

    answer = book(api.as_(client_user), asked)

    assert (answer.status_code, answer["Content-Type"]) == (409, "application/problem+json")
    assert answer.json()["code"] == "SPA-SLOT-TAKEN"
    alternatives = answer.json()["facts"]["alternatives"]
    assert [datetime.fromisoformat(row["start"]) for row in alternatives] == [
        coming(3, 11, minute) for minute in (15, 30, 45)
    ]
    assert {row["staff"] for row in alternatives} == {str(therapist.pk)}
    assert Appointment.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"services": []}, "services"),
        ({"services": ["x"]}, "services.0"),
        ({"services": [str(UUID(int=n)) for n in range(6)]}, "services"),
        ({"start": None}, "start"),
        ({"start": "el lunes"}, "start"),
        ({"staff": "alguien"}, "staff"),
        ({"notes": "a" * 501}, "notes"),
        ({"notes": "nul\x00o"}, "notes"),
        ({"status": "confirmed"}, "status"),
        ({"client": str(uuid4())}, "client"),
        ({"price": "1.00"}, "price"),
    ],
)
def test_na_01_a_malformed_or_unknown_field_is_refused_and_leaves_no_trace(
    api: Any, client_user: Any, asked: dict[str, Any], changes: dict[str, Any], field: str
) -> None:
    caller = api.as_(client_user)

    with nothing_changes():
        answer = book(caller, asked | changes)

    assert answer.status_code == 400
    assert answer.json()["code"] == "CORE-INPUT-INVALID"
    assert [row["field"] for row in answer.json()["errors"]] == [field]


@pytest.mark.parametrize("start", ["0001-01-01T00:00:00+00:00", "9999-12-31T23:59:59-05:00"])
def test_the_ends_of_time_are_refused_kindly(
    api: Any, client_user: Any, asked: dict[str, Any], start: str
) -> None:
    answer = book(api.as_(client_user), asked | {"start": start})

    assert answer.status_code in {400, 422}
    assert not Appointment.objects.exists()


def test_without_a_key_nothing_is_booked(api: Any, client_user: Any, asked: dict[str, Any]) -> None:
    caller = api.as_(client_user)

    with nothing_changes():
        missing = caller.post(URL, asked, format="json")
        malformed = book(caller, asked, key="dos palabras")

    assert (missing.status_code, malformed.status_code) == (400, 400)
    assert missing.json()["code"] == "CORE-IDEMPOTENCY-KEY-MISSING"


def test_a_repeated_key_answers_the_same_bytes_and_books_once(
    api: Any, client_user: Any, asked: dict[str, Any]
) -> None:
    caller = api.as_(client_user)
    first = book(caller, asked, key="la-misma")

    with nothing_changes():
        again = book(caller, asked, key="la-misma")

    assert (again.status_code, again.content) == (201, first.content)
    assert again["Idempotency-Replayed"] == "true"
    assert again["Content-Type"] == first["Content-Type"]
    assert Appointment.objects.count() == 1


def test_a_refusal_is_replayed_too(api: Any, client_user: Any, asked: dict[str, Any]) -> None:
    rival = api.as_(UserFactory.create())
    book(rival, asked)
    caller = api.as_(client_user)
    first = book(caller, asked, key="k")
    Appointment.objects.all().delete()

    again = book(caller, asked, key="k")

    assert (first.status_code, again.status_code) == (409, 409)
    assert again.content == first.content


def test_a_key_used_for_another_body_is_refused_and_books_nothing(
    api: Any, client_user: Any, asked: dict[str, Any]
) -> None:
    caller = api.as_(client_user)
    book(caller, asked, key="k")

    with nothing_changes():
        answer = book(caller, asked | {"notes": "otra"}, key="k")

    assert (answer.status_code, answer.json()["code"]) == (422, "CORE-IDEMPOTENCY-KEY-REUSED")


def test_two_people_may_use_the_same_key(api: Any, asked: dict[str, Any]) -> None:
    later = asked | {"start": coming(3, 14).isoformat()}

    answers = [
        book(api.as_(UserFactory.create()), body, key="1").status_code for body in (asked, later)
    ]

    assert answers == [201, 201]


@pytest.mark.django_db(transaction=True)
def test_the_same_key_in_parallel_books_one_visit(
    api: Any, client_user: Any, asked: dict[str, Any]
) -> None:
    callers = [api.as_(client_user) for _ in range(8)]

    answers = race([partial(book, caller, asked, key="k") for caller in callers])

    assert {answer.status_code for answer in answers} <= {201, 409}
    bodies = {answer.content for answer in answers if answer.status_code == 201}
    assert len(bodies) == 1
    refused = {answer.json()["code"] for answer in answers if answer.status_code == 409}
    assert refused <= {"CORE-IDEMPOTENCY-IN-FLIGHT"}
    assert Appointment.objects.count() == IdempotencyRecord.objects.count() == 1
    assert len(traces()["finances_payment"]) == 1


def test_too_many_bookings_an_hour_are_refused_with_a_time_to_wait(
    api: Any, client_user: Any, asked: dict[str, Any]
) -> None:
    rule_that(hourly_bookings_limit=1)
    caller = api.as_(client_user)
    book(caller, asked)
    later = asked | {"start": coming(3, 14).isoformat()}

    with nothing_changes():
        answer = book(caller, later, key="k")

    assert (answer.status_code, answer.json()["code"]) == (429, "SPA-HOURLY-LIMIT-REACHED")
    assert answer["Retry-After"] == "3600"


def test_booking_has_a_rate_of_its_own(
    api: Any, client_user: Any, asked: dict[str, Any], settings: Any
) -> None:
    settings.THROTTLE_RATES = {**settings.THROTTLE_RATES, "booking": "1/min"}
    caller = api.as_(client_user)

    answers = [book(caller, asked), book(caller, asked), caller.get(URL)]

    assert [answer.status_code for answer in answers] == [201, 429, 200]


@pytest.fixture
def visit(api: Any, client_user: Any, asked: dict[str, Any]) -> str:
    """The client's booked visit."""
    return str(book(api.as_(client_user), asked).json()["id"])


def test_only_its_client_and_the_staff_can_see_a_visit(
    api: Any, client_user: Any, staff_user: Any, admin_user: Any, visit: str
) -> None:
    stranger = UserFactory.create()
    seen = {}
    for name, user in {
        "client": client_user,
        "staff": staff_user,
        "admin": admin_user,
        "stranger": stranger,
        "vip": UserFactory.create(role="vip"),
    }.items():
        caller = api.as_(user)
        seen[name] = (caller.get(f"{URL}/{visit}").status_code, caller.get(URL).json()["count"])

    assert seen == {
        "client": (200, 1),
        "staff": (200, 1),
        "admin": (200, 1),
        "stranger": (404, 0),
        "vip": (404, 0),
    }
    answer = api.as_(stranger).get(f"{URL}/{visit}")
    assert answer.json()["code"] == "SPA-APPOINTMENT-NOT-FOUND"
    # Nobody can tell another's visit from one that does not exist.
    unknown = api.as_(stranger).get(f"{URL}/{uuid4()}")
    assert unknown.json()["detail"] == answer.json()["detail"]


def test_na_46_anonymous_callers_are_asked_to_sign_in(
    api: Any, visit: str, asked: dict[str, Any]
) -> None:
    with nothing_changes():
        answers = [
            api.get(URL),
            api.get(f"{URL}?format=csv"),
            api.get(f"{URL}/{visit}"),
            book(api, asked),
        ]

    assert {answer.status_code for answer in answers} == {401}
    assert {answer["WWW-Authenticate"] for answer in answers} == {"Bearer"}


def test_na_46_format_in_the_address_is_harmless(api: Any, client_user: Any, visit: str) -> None:
    caller = api.as_(client_user)

    for path in (URL, f"{URL}/{visit}"):
        assert caller.get(f"{path}?format=csv").json() == caller.get(path).json()


@pytest.mark.parametrize("count", [1, 8])
def test_the_number_of_queries_does_not_grow_with_the_visits(
    api: Any,
    staff_user: Any,
    asked: dict[str, Any],
    count: int,
    django_assert_num_queries: Any,
) -> None:
    for number in range(count):
        body = asked | {"start": coming(3 + number, 10).isoformat()}
        assert book(api.as_(UserFactory.create()), body).status_code == 201
    caller = api.as_(staff_user)
    caller.get(URL)

    # The session, the count, the visits with their places, their services, their payments.
    with django_assert_num_queries(5):
        answer = caller.get(URL)

    assert len(answer.json()["results"]) == count


def test_the_latest_visit_comes_first(api: Any, client_user: Any, asked: dict[str, Any]) -> None:
    caller = api.as_(client_user)
    for days in (4, 6, 5):
        book(caller, asked | {"start": coming(days, 10).isoformat()})

    starts = [row["start"] for row in caller.get(URL).json()["results"]]

    assert starts == [coming(days, 10).isoformat() for days in (6, 5, 4)]
