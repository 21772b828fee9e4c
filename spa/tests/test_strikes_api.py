"""Strikes over HTTP: mine, what I say against them, what staff decide (SPA-10)."""

from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from spa.models import Appointment, Strike
from spa.tests.conftest import Book, coming
from spa.tests.test_visit_actions_api import late, post
from spa.tests.visits import certain_soon
from users.models import User
from users.tests.factories import UserFactory

STRIKES = "/api/v1/me/strikes"


@pytest.fixture
def visit(book: Book) -> Appointment:
    """A certain visit in three days at ten."""
    return certain_soon(book)


@pytest.fixture
def strike(api: Any, client_user: User, visit: Appointment) -> Strike:
    """One late cancellation."""
    late(visit)
    post(api.as_(client_user), f"{visit.pk}/cancel")
    return Strike.objects.get()


def test_a_client_sees_a_strike_appeals_it_and_staff_answer(
    api: Any, client_user: User, staff_user: User, visit: Appointment, strike: Strike
) -> None:
    me, desk = api.as_(client_user), api.as_(staff_user)

    (mine,) = me.get(STRIKES).json()["results"]
    filed = me.post(f"{STRIKES}/{strike.pk}/appeal", {"text": "Fue el paro"}, format="json")
    again = me.post(f"{STRIKES}/{strike.pk}/appeal", {"text": "Insisto"}, format="json")
    waiting = desk.get("/api/v1/strikes?open_appeals=true").json()["results"]
    answer = desk.post(
        f"/api/v1/strikes/{strike.pk}/answer", {"uphold": True, "answer": "De acuerdo"},
        format="json",
    )  # fmt: skip

    assert (mine["kind"], mine["service"], mine["appeal"]) == (
        "late_cancellation", visit.title, None,
    )  # fmt: skip
    assert (filed.status_code, filed.json()["appeal"]["status"]) == (201, "open")
    assert (again.status_code, again.json()["code"]) == (409, "SPA-APPEAL-FILED")
    assert [row["appeal"]["text"] for row in waiting] == ["Fue el paro"]
    assert (answer.status_code, answer.json()["appeal"]["status"]) == (200, "upheld")
    assert answer.json()["waive_reason"] == "De acuerdo"
    assert desk.get("/api/v1/strikes?open_appeals=true").json()["count"] == 0


def test_staff_waive_a_strike_once(api: Any, staff_user: User, strike: Strike) -> None:
    desk, path = api.as_(staff_user), f"/api/v1/strikes/{strike.pk}/waive"

    bare = desk.post(path, {}, format="json")
    first = desk.post(path, {"reason": "Primera vez"}, format="json")
    again = desk.post(path, {"reason": "Otra"}, format="json")

    assert bare.status_code == 400
    assert (first.status_code, first.json()["waive_reason"]) == (200, "Primera vez")
    assert (again.status_code, again.json()["code"]) == (409, "SPA-STRIKE-WAIVED")


def test_nobody_sees_or_appeals_somebody_elses_strike(
    api: Any, staff_user: User, strike: Strike
) -> None:
    other = api.as_(UserFactory.create())

    appeal = other.post(f"{STRIKES}/{strike.pk}/appeal", {"text": "x"}, format="json")

    assert other.get(STRIKES).json()["count"] == 0
    assert (appeal.status_code, appeal.json()["code"]) == (404, "SPA-STRIKE-NOT-FOUND")
    missing = api.as_(staff_user).post(
        f"/api/v1/strikes/{uuid4()}/waive", {"reason": "r"}, format="json"
    )
    assert missing.status_code == 404


def test_lists_of_strikes_cost_the_same_however_long(
    api: Any, staff_user: User, client_user: User, visit: Appointment, strike: Strike, book: Book
) -> None:
    desk = api.as_(staff_user)
    path = f"/api/v1/strikes?client={client_user.pk}"
    costs = []
    for day in (4, 5, 6):
        with CaptureQueriesContext(connection) as queries:
            assert desk.get(path).status_code == 200
        costs.append(len(queries))
        other = book(client_id=UserFactory.create().pk, start=coming(day, 10), now=timezone.now())
        Strike.objects.create(
            client=client_user, appointment=other.appointment, kind="no_show", at=timezone.now()
        )

    assert desk.get(path).json()["count"] == 4
    assert len(set(costs)) == 1
