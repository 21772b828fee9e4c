"""`appointments/{id}/reschedule` (SPA-11)."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest

from core.testing import race
from spa.models import Appointment
from spa.tests.conftest import Book, coming, rule_that
from spa.tests.factories import StaffFactory
from spa.tests.ledger import nothing_changes
from users.tests.factories import UserFactory

pytestmark = pytest.mark.django_db
GOAL = {"start": coming(4, 15).isoformat()}


@pytest.fixture
def visit(certain: Book) -> Appointment:
    """The client's certain visit in three days at ten."""
    return certain(start=coming(3, 10), now=datetime.now().astimezone()).appointment


def ask(caller: Any, visit: Appointment, body: Any, *, key: str | None = None) -> Any:
    """`POST appointments/{id}/reschedule` under a key of its own."""
    url = f"/api/v1/appointments/{visit.pk}/reschedule"
    return caller.post(url, body, format="json", headers={"Idempotency-Key": key or str(uuid4())})


def test_a_client_moves_their_visit_and_is_answered_the_visit(
    api: Any, client_user: Any, visit: Appointment
) -> None:
    caller = api.as_(client_user)

    answer = ask(caller, visit, GOAL | {"reason": "Viaje"})

    body = answer.json()
    assert answer.status_code == 200
    assert (body["start"], body["status"], body["reschedules"]) == (
        GOAL["start"], "confirmed", 1,
    )  # fmt: skip
    until = datetime.fromisoformat(body["policy"]["rescheduling"]["until"])
    assert until == coming(3, 15)
    assert [item["start"] for item in body["items"]] == [GOAL["start"]]
    assert caller.get(f"/api/v1/appointments/{visit.pk}").json() == body


def test_a_repeated_key_answers_the_same_bytes_and_moves_once(
    api: Any, client_user: Any, visit: Appointment
) -> None:
    caller = api.as_(client_user)
    first = ask(caller, visit, GOAL, key="k")

    with nothing_changes():
        again = ask(caller, visit, GOAL, key="k")
        other = ask(caller, visit, {"start": coming(5, 15).isoformat()}, key="k")
        missing = caller.post(f"/api/v1/appointments/{visit.pk}/reschedule", GOAL, format="json")

    assert (again.content, again["Idempotency-Replayed"]) == (first.content, "true")
    assert (other.status_code, other.json()["code"]) == (422, "CORE-IDEMPOTENCY-KEY-REUSED")
    assert missing.json()["code"] == "CORE-IDEMPOTENCY-KEY-MISSING"
    assert Appointment.objects.get().reschedules == 1


def test_a_taken_start_is_a_problem_with_alternatives(
    api: Any, certain: Book, client_user: Any, visit: Appointment
) -> None:
    rival, now = UserFactory.create(), datetime.now().astimezone()
    certain(client_id=rival.pk, start=coming(4, 15), now=now)

    answer = ask(api.as_(client_user), visit, GOAL)

    assert (answer.status_code, answer.json()["code"]) == (409, "SPA-SLOT-TAKEN")
    assert len(answer.json()["facts"]["alternatives"]) == 3
    assert Appointment.objects.get(pk=visit.pk).starts_at == coming(3, 10)


def test_the_terms_that_refuse_say_until_when_and_how_often(
    api: Any, client_user: Any, certain: Book
) -> None:
    rule_that(reschedule_hours=96)
    visit = certain(start=coming(3, 10), now=datetime.now().astimezone()).appointment

    late = ask(api.as_(client_user), visit, GOAL)

    assert (late.status_code, late.json()["code"]) == (409, "SPA-MOVE-TOO-LATE")
    until = datetime.fromisoformat(late.json()["facts"]["until"])
    assert until == visit.starts_at - timedelta(hours=96)
    Appointment.objects.update(reschedules=2)
    often = ask(api.as_(client_user), visit, GOAL)
    assert (often.status_code, often.json()["code"]) == (409, "SPA-MOVES-USED-UP")
    assert often.json()["facts"] == {"limit": 2}


def test_somebody_elses_visit_does_not_exist(api: Any, visit: Appointment) -> None:
    strange = ask(api.as_(UserFactory.create()), visit, GOAL)
    unknown = ask(api.as_(UserFactory.create()), Appointment(pk=uuid4()), GOAL)
    anonymous = ask(api, visit, GOAL)

    assert Appointment.objects.get().starts_at == coming(3, 10)
    assert strange.json()["code"] == unknown.json()["code"] == "SPA-APPOINTMENT-NOT-FOUND"
    assert (strange.status_code, unknown.status_code, anonymous.status_code) == (404, 404, 401)


def test_staff_move_anybodys_visit_to_somebody_and_override_with_a_reason(
    api: Any, staff_user: Any, visit: Appointment
) -> None:
    place = visit.location
    other = StaffFactory.create(location=place)
    caller = api.as_(staff_user)
    Appointment.objects.update(reschedules=2)

    bound = ask(caller, visit, GOAL)
    mute = ask(caller, visit, GOAL | {"override": True})
    moved = ask(
        caller,
        visit,
        GOAL | {"override": True, "reason": "Lo pide", "staff": str(other.pk), "counts": True},
    )

    assert bound.json()["code"] == "SPA-MOVES-USED-UP"
    assert (mute.status_code, mute.json()["errors"][0]["field"]) == (400, "reason")
    assert (moved.status_code, moved.json()["reschedules"]) == (200, 3)
    assert moved.json()["staff"] == str(other.pk)


def test_a_drag_onto_what_is_busy_tells_the_desk_and_only_the_desk_what_is_in_the_way(
    api: Any, certain: Book, client_user: Any, staff_user: Any, visit: Appointment
) -> None:
    colleague = StaffFactory.create(location=visit.location)
    theirs = certain(
        client_id=UserFactory.create().pk,
        staff_id=colleague.pk,
        start=coming(3, 10, 30),
        now=datetime.now().astimezone(),
    ).appointment
    onto = {"start": coming(3, 10, 30).isoformat(), "staff": str(colleague.pk)}

    at_the_desk = ask(api.as_(staff_user), visit, onto)
    by_the_client = ask(api.as_(client_user), visit, onto)

    (demand,) = at_the_desk.json()["facts"]["explanation"]["demands"]
    in_the_way = {entry["id"] for one in demand["candidates"] for entry in one["in_the_way"]}
    assert (at_the_desk.status_code, at_the_desk.json()["code"]) == (409, "SPA-SLOT-TAKEN")
    assert in_the_way == {str(theirs.pk)}
    assert set(by_the_client.json()["facts"]) == {"alternatives"}
    assert Appointment.objects.get(pk=visit.pk).starts_at == coming(3, 10)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "start"),
        (GOAL | {"start": "mañana"}, "start"),
        (GOAL | {"staff": "alguien"}, "staff"),
        (GOAL | {"reason": "a" * 141}, "reason"),
        (GOAL | {"override": True}, "override"),
        (GOAL | {"counts": False}, "counts"),
        (GOAL | {"price": "1.00"}, "price"),
        (GOAL | {"status": "confirmed"}, "status"),
    ],
)
def test_na_01_what_a_client_may_not_say_is_refused(
    api: Any, client_user: Any, visit: Appointment, body: dict[str, Any], field: str
) -> None:
    with nothing_changes():
        answer = ask(api.as_(client_user), visit, body)

    assert (answer.status_code, answer.json()["code"]) == (400, "CORE-INPUT-INVALID")
    assert [row["field"] for row in answer.json()["errors"]] == [field]


@pytest.mark.parametrize("start", ["0001-01-01T00:00:00+00:00", "9999-12-31T23:59:59-05:00"])
def test_the_ends_of_time_are_refused_kindly(
    api: Any, client_user: Any, staff_user: Any, visit: Appointment, start: str
) -> None:
    override = {"start": start, "override": True, "reason": "Sí"}
    answers = [
        ask(api.as_(client_user), visit, {"start": start}),
        ask(api.as_(staff_user), visit, override),
    ]

    assert {answer.status_code for answer in answers} <= {400, 422}


@pytest.mark.django_db(transaction=True)
def test_the_same_key_in_parallel_moves_once(
    api: Any, client_user: Any, visit: Appointment
) -> None:
    callers = [api.as_(client_user) for _ in range(6)]

    answers = race([partial(ask, caller, visit, GOAL, key="k") for caller in callers])

    assert {answer.status_code for answer in answers} <= {200, 409}
    assert len({answer.content for answer in answers if answer.status_code == 200}) == 1
    assert Appointment.objects.get().reschedules == 1
