"""`class-types`, `classes/sessions` and what people and staff do with them (SPA-21)."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core.models import Location
from core.testing import race
from spa.models import ClassSession, Enrolment
from spa.tests.classes import (
    URL,
    assert_seats_agree,
    begin,
    class_type,
    now_place,
    pay,
    post,
    soon,
)
from spa.tests.conftest import BOGOTA, coming
from spa.tests.factories import LocationFactory
from spa.tests.ledger import nothing_changes
from users.tests.factories import UserFactory


@pytest.fixture
def yoga(location: Location) -> ClassSession:
    return soon(location)


def test_anybody_sees_what_is_taught(api: Any, location: Location) -> None:
    taught = class_type(description="Para empezar")
    class_type(name="Baile", is_active=False)

    answer = api.get("/api/v1/class-types")

    assert answer.json()["results"] == [
        {
            "id": str(taught.pk),
            "name": "Yoga suave",
            "description": "Para empezar",
            "duration_minutes": 60,
            "price": "40000.00",
            "vip_price": "34000.00",
            "currency": "COP",
            "capacity": 3,
        }
    ]


def test_anybody_sees_the_classes_to_come_with_free_seats(
    api: Any, yoga: ClassSession, client_user: Any
) -> None:
    now_place(yoga, client_user)

    answer = api.get(URL)

    room, start = yoga.room, coming(3, 10)
    assert room is not None
    assert answer.json()["results"] == [
        {
            "id": str(yoga.pk),
            "type": {"id": str(yoga.class_type_id), "name": "Yoga suave"},
            "location": {"id": str(yoga.location_id), "name": yoga.location.name},
            "instructor": {
                "id": str(yoga.instructor_id),
                "name": yoga.instructor.display_name,
            },
            "room": {"id": str(room.pk), "name": room.name},
            "start": start.isoformat(),
            "end": (start + timedelta(hours=1)).isoformat(),
            "status": "scheduled",
            "price": "40000.00",
            "vip_price": "34000.00",
            "currency": "COP",
            "capacity": 3,
            "seats_free": 2,
        }
    ]


def ids(answer: Any) -> list[str]:
    return [row["id"] for row in answer.json()["results"]]


def test_classes_are_found_by_day_place_and_type(api: Any, location: Location) -> None:
    elsewhere = LocationFactory.create()
    first, second, far = soon(location), soon(elsewhere, days=5), soon(location, days=20)
    day = coming(3, 10).date()

    assert ids(api.get(URL)) == [str(first.pk), str(second.pk)]
    assert ids(api.get(f"{URL}?from={day}&to={day}")) == [str(first.pk)]
    assert ids(api.get(f"{URL}?location={elsewhere.pk}")) == [str(second.pk)]
    assert ids(api.get(f"{URL}?type={first.class_type_id}")) == [str(first.pk)]
    later = f"{URL}?from={day + timedelta(days=1)}&to={day + timedelta(days=20)}"
    assert ids(api.get(later)) == [str(second.pk), str(far.pk)]


def test_classes_that_have_begun_were_cancelled_or_are_in_a_closed_place_are_not_listed(
    api: Any, location: Location
) -> None:
    begun, cancelled, closed = soon(location), soon(location), soon(LocationFactory.create())
    begin(begun)
    ClassSession.objects.filter(pk=cancelled.pk).update(
        status="cancelled", cancelled_at=timezone.now()
    )
    Location.objects.filter(pk=closed.location_id).update(is_open_to_public=False)

    assert ids(api.get(URL)) == []


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("from=2026-12-02&to=2026-12-01", 400, "CORE-INPUT-INVALID"),
        ("from=2026-12-01&to=2027-01-01", 422, "SPA-RANGE-TOO-LONG"),
        ("location=1", 400, "CORE-INPUT-INVALID"),
        ("from=tomorrow", 400, "CORE-INPUT-INVALID"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(
    api: Any, db: None, query: str, status: int, code: str
) -> None:
    answer = api.get(f"{URL}?{query}")

    assert (answer.status_code, answer.json()["code"]) == (status, code)


def cost(caller: Any, url: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert caller.get(url).status_code == 200
    return len(queries)


def test_every_list_costs_the_same_however_long_it_is(
    api: Any, location: Location, client_user: Any, staff_user: Any
) -> None:
    session = soon(location, capacity=20)
    lists = [
        (api, "/api/v1/class-types"),
        (api, URL),
        (api.as_(client_user), "/api/v1/me/enrolments"),
        (api.as_(staff_user), f"{URL}/{session.pk}/enrolments"),
    ]

    def grow() -> list[int]:
        now_place(session, UserFactory.create())
        now_place(soon(location, price=0), client_user)
        return [cost(caller, url) for caller, url in lists]

    first = grow()
    grow()
    grow()

    assert grow() == first
    assert first[:2] == [2, 2]


def test_a_place_is_answered_field_by_field(api: Any, yoga: ClassSession, client_user: Any) -> None:
    started = datetime.now(BOGOTA)

    answer = post(api.as_(client_user), yoga, "enrol")

    body, place = answer.json(), Enrolment.objects.get()
    assert answer.status_code == 201, body
    payment, session = body.pop("payment"), body.pop("session")
    expires = datetime.fromisoformat(body.pop("hold_expires_at"))
    assert timedelta(minutes=20) <= expires - started < timedelta(minutes=21)
    assert body == {
        "id": str(place.pk),
        "status": "pending_payment",
        "price": "40000.00",
        "currency": "COP",
        "paid": "0.00",
        "credit_used": "0.00",
        "outstanding": "40000.00",
        "returned": "0.00",
        "package_use": None,
        "policy": {
            "free_until": (coming(3, 10) - timedelta(days=1)).isoformat(),
            "credit_percent_before": "100.00",
            "credit_percent_after": body["policy"]["credit_percent_after"],
        },
    }
    assert (session["id"], session["start"]) == (str(yoga.pk), coming(3, 10).isoformat())
    assert session["seats_free"] == 2
    assert (payment["kind"], payment["amount"], payment["status"]) == (
        "class", "40000.00", "pending",
    )  # fmt: skip
    assert payment["checkout"]["amount_in_cents"] == 4_000_000


def test_my_places_show_what_enrolling_answered_and_nobody_elses(
    api: Any, yoga: ClassSession, client_user: Any
) -> None:
    now_place(yoga, UserFactory.create())
    post(api.as_(client_user), yoga, "enrol")

    (mine,) = api.as_(client_user).get("/api/v1/me/enrolments").json()["results"]

    assert mine["status"] == "pending_payment"
    assert mine["session"]["seats_free"] == 1
    assert mine["payment"]["amount"] == "40000.00"


def test_a_repeat_with_the_same_key_takes_no_second_seat(
    api: Any, yoga: ClassSession, client_user: Any
) -> None:
    caller, key = api.as_(client_user), str(uuid4())

    first, again = (post(caller, yoga, "enrol", key=key) for _ in range(2))

    assert (first.status_code, first.content) == (201, again.content)
    assert again["Idempotency-Replayed"] == "true"
    assert_seats_agree()


@pytest.mark.django_db(transaction=True)
def test_the_same_key_eight_times_at_once_takes_one_seat(
    api: Any, yoga: ClassSession, client_user: Any
) -> None:
    callers = [api.as_(client_user) for _ in range(8)]
    key = str(uuid4())

    answers = race([partial(post, caller, yoga, "enrol", key=key) for caller in callers])

    assert {answer.status_code for answer in answers} <= {201, 409}
    assert Enrolment.objects.count() == 1
    assert_seats_agree()


def test_enrolling_needs_a_key(api: Any, yoga: ClassSession, client_user: Any) -> None:
    with nothing_changes():
        answer = api.as_(client_user).post(f"{URL}/{yoga.pk}/enrol", {}, format="json")

    assert (answer.status_code, answer.json()["code"]) == (400, "CORE-IDEMPOTENCY-KEY-MISSING")


def test_a_full_class_says_that_one_can_wait_and_waiting_is_asked_for(
    api: Any, location: Location, client_user: Any
) -> None:
    single, caller = soon(location, capacity=1), api.as_(client_user)
    now_place(single, UserFactory.create())

    refused = post(caller, single, "enrol")
    waiting = post(caller, single, "enrol", wait=True)

    assert (refused.status_code, refused.json()["code"]) == (409, "SPA-CLASS-FULL")
    assert refused.json()["facts"] == {"can_wait": True}
    assert (waiting.status_code, waiting.json()["status"]) == (201, "waiting")
    assert waiting.json()["payment"] is None


def test_a_package_or_credit_pays_but_not_both(
    api: Any, yoga: ClassSession, client_user: Any
) -> None:
    answer = post(api.as_(client_user), yoga, "enrol", package=str(uuid4()), use_credit=True)

    assert (answer.status_code, answer.json()["code"]) == (400, "CORE-INPUT-INVALID")


@pytest.mark.parametrize("verb", ["enrol", "leave"])
def test_na_01_a_client_acts_for_nobody_else(
    api: Any, yoga: ClassSession, client_user: Any, verb: str
) -> None:
    other = now_place(yoga, UserFactory.create())

    with nothing_changes():
        answer = post(api.as_(client_user), yoga, verb, client=str(other.client_id))

    assert (answer.status_code, answer.json()["code"]) == (400, "CORE-INPUT-INVALID")


def test_na_01_a_client_waives_nothing(api: Any, yoga: ClassSession, client_user: Any) -> None:
    now_place(yoga, client_user)

    answer = post(api.as_(client_user), yoga, "leave", waive_reason="porque sí")

    assert answer.status_code == 400


def test_the_desk_brings_somebody_in_and_out(
    api: Any, yoga: ClassSession, client_user: Any, staff_user: Any
) -> None:
    desk, client = api.as_(staff_user), str(client_user.pk)

    came = post(desk, yoga, "enrol", client=client)
    left = post(desk, yoga, "leave", client=client, waive_reason="estaba enferma")

    assert (came.status_code, left.status_code) == (201, 200)
    assert Enrolment.objects.get().client_id == client_user.pk
    assert left.json()["status"] == "left"


def test_leaving_answers_what_came_back_and_a_repeat_the_same(
    api: Any, yoga: ClassSession, client_user: Any
) -> None:
    place, caller = now_place(yoga, client_user), api.as_(client_user)
    pay(place, now=timezone.now())

    left, again = post(caller, yoga, "leave"), post(caller, yoga, "leave")

    assert (left.status_code, again.status_code) == (200, 200)
    body = left.json()
    assert [body[name] for name in ("status", "returned", "outstanding")] == [
        "left", "40000.00", "0.00",
    ]  # fmt: skip
    assert again.json() == left.json()


def test_leaving_a_class_one_is_not_in_is_a_problem(
    api: Any, yoga: ClassSession, client_user: Any
) -> None:
    answer = post(api.as_(client_user), yoga, "leave")

    assert (answer.status_code, answer.json()["code"]) == (404, "SPA-CLASS-NOT-IN")
