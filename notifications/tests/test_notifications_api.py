"""A person's inbox."""

from typing import Any
from uuid import uuid4

import pytest

from notifications.models import Notification
from notifications.tests.conftest import FACTS, tell
from users.models import User

INBOX = "/api/v1/me/notifications"


def test_my_messages_are_told_to_me_newest_first(api: Any, person: User) -> None:
    tell(person, "payment_declined")
    newest = tell(person, "booking_confirmed")

    answer = api.as_(person).get(INBOX)

    page = answer.json()
    assert (answer.status_code, page["count"]) == (200, 2)
    assert page["results"][0] == {
        "id": str(newest.pk),
        "template": "booking_confirmed",
        "title": "Tu cita está confirmada",
        "body": (
            "Ana, te esperamos para Masaje relajante el martes 1 de diciembre, 10:00 a. m. "
            "en Chapinero."
        ),
        "created_at": page["results"][0]["created_at"],
        "read_at": None,
    }
    assert page["results"][1]["template"] == "payment_declined"


def test_other_peoples_messages_are_not_mine(api: Any, person: User, client_user: User) -> None:
    tell(client_user)

    assert api.as_(person).get(INBOX).json()["count"] == 0


def test_a_page_costs_the_same_queries_however_long_it_is(
    api: Any, person: User, django_assert_num_queries: Any
) -> None:
    caller = api.as_(person)
    tell(person)
    caller.get(INBOX)
    for _ in range(15):
        tell(person, "payment_declined")

    with django_assert_num_queries(3):  # the session, the count, the page
        answer = caller.get(INBOX)

    assert len(answer.json()["results"]) == 16


def test_a_message_is_read_once_and_stays_read(api: Any, person: User) -> None:
    told = tell(person)
    caller = api.as_(person)

    first = caller.post(f"{INBOX}/{told.pk}/read")
    again = caller.post(f"{INBOX}/{told.pk}/read")

    assert first.status_code == again.status_code == 200
    assert first.json()["read_at"] == again.json()["read_at"] is not None


@pytest.mark.parametrize("whose", ["nobody's", "somebody else's"])
def test_a_message_that_is_not_mine_does_not_exist(
    api: Any, person: User, client_user: User, whose: str
) -> None:
    theirs = tell(client_user)
    asked = theirs.pk if whose == "somebody else's" else uuid4()

    answer = api.as_(person).post(f"{INBOX}/{asked}/read")

    assert (answer.status_code, answer.json()["code"]) == (404, "NOTIF-NOTIFICATION-NOT-FOUND")
    theirs.refresh_from_db()
    assert theirs.read_at is None


def test_all_are_read_and_only_mine(api: Any, person: User, client_user: User) -> None:
    for _ in range(2):
        tell(person, "payment_declined", facts=FACTS["payment_declined"])
    tell(client_user)

    assert api.as_(person).post(f"{INBOX}/read-all").json() == {"read": 2}
    assert api.as_(person).post(f"{INBOX}/read-all").json() == {"read": 0}

    assert Notification.objects.filter(read_at=None).count() == 1


@pytest.mark.parametrize(
    ("method", "path"),
    [("get", ""), ("post", "/read-all"), ("post", "/01890a5d-ac96-774b-bcce-b302099a8057/read")],
)
def test_who_is_not_signed_in_has_no_inbox(api: Any, db: None, method: str, path: str) -> None:
    answer = getattr(api, method)(INBOX + path)

    assert (answer.status_code, answer.json()["code"]) == (401, "CORE-NOT-AUTHENTICATED")
