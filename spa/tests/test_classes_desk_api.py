"""What staff do with classes over the API (SPA-21)."""

from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from core.models import Location
from spa.models import ClassSession
from spa.tests.classes import (
    URL,
    begin,
    now_place,
    pay,
    post,
    soon,
    status_of,
    teacher,
)
from users.tests.factories import UserFactory


@pytest.fixture
def yoga(location: Location) -> ClassSession:
    return soon(location)


def test_staff_see_who_is_in_a_class_and_in_line(
    api: Any, location: Location, staff_user: Any
) -> None:
    single = soon(location, capacity=1)
    first = now_place(single, UserFactory.create(first_name="Luz", last_name="Mora"))
    second = now_place(single, UserFactory.create(), wait=True)

    rows = api.as_(staff_user).get(f"{URL}/{single.pk}/enrolments").json()["results"]

    assert [(row["id"], row["status"]) for row in rows] == [
        (str(first.pk), "pending_payment"),
        (str(second.pk), "waiting"),
    ]
    assert rows[0]["client"] == {"id": str(first.client_id), "name": "Luz Mora"}
    assert api.as_(staff_user).get(f"{URL}/{uuid4()}/enrolments").status_code == 404


def test_staff_take_attendance(
    api: Any, location: Location, staff_user: Any, client_user: Any
) -> None:
    free = soon(location, price=0)
    came, missed = now_place(free, client_user), now_place(free, UserFactory.create())
    begin(free)

    answer = post(api.as_(staff_user), free, "attendance", present=[str(client_user.pk)])

    assert answer.status_code == 200
    assert {row["id"]: row["status"] for row in answer.json()} == {
        str(came.pk): "attended", str(missed.pk): "absent",
    }  # fmt: skip


def test_staff_let_somebody_else_give_the_class(
    api: Any, yoga: ClassSession, location: Location, staff_user: Any
) -> None:
    other = teacher(location, display_name="Luz")

    answer = post(api.as_(staff_user), yoga, "substitute", instructor=str(other.pk))

    assert answer.status_code == 200
    assert answer.json()["instructor"] == {"id": str(other.pk), "name": "Luz"}


def test_staff_cancel_a_class_once(
    api: Any, yoga: ClassSession, client_user: Any, staff_user: Any
) -> None:
    place = now_place(yoga, client_user)
    pay(place, now=timezone.now())
    desk, key = api.as_(staff_user), str(uuid4())

    answer = post(desk, yoga, "cancel", key=key, reason="lluvia")
    again = post(desk, yoga, "cancel", key=key, reason="lluvia")

    assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")
    assert again.content == answer.content
    assert status_of(place) == "cancelled"
    mine = api.as_(client_user).get("/api/v1/me/enrolments").json()["results"]
    assert (mine[0]["status"], mine[0]["returned"]) == ("cancelled", "40000.00")
