"""What other apps ask about people, what people change about themselves, how devices are named."""

from threading import Event
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction

from core.testing import race
from users import errors
from users.domain.devices import describe_device
from users.models import User
from users.selectors.people import get_contact, get_contacts
from users.steps.locks import lock_person
from users.tests.factories import UserFactory
from users.types import Contact

ME = "/api/v1/me"


@pytest.mark.django_db
def test_a_contact_says_who_a_person_is() -> None:
    person = UserFactory.create(first_name="Luz", last_name="Mora", role="vip")

    assert get_contact(person_id=person.pk) == Contact(
        id=person.pk, phone=person.phone, first_name="Luz", full_name="Luz Mora",
        email="", role="vip", is_vip=True,
    )  # fmt: skip


@pytest.mark.django_db
def test_contacts_of_many_cost_one_query(django_assert_num_queries: Any) -> None:
    people = UserFactory.create_batch(3)

    with django_assert_num_queries(1):
        found = get_contacts(person_ids=[*(person.pk for person in people), uuid4()])

    assert set(found) == {person.pk for person in people}


@pytest.mark.django_db
def test_nobody_has_no_contact() -> None:
    with pytest.raises(errors.PersonUnknown):
        get_contact(person_id=uuid4())


@pytest.mark.django_db(transaction=True)
def test_a_lock_on_a_person_demands_a_transaction() -> None:
    with pytest.raises(RuntimeError, match="inside a service's transaction"):
        lock_person(person_id=UserFactory.create().pk)


@pytest.mark.django_db
def test_nobody_cannot_be_locked() -> None:
    with pytest.raises(errors.PersonUnknown):
        lock_person(person_id=uuid4())


@pytest.mark.django_db(transaction=True)
def test_a_locked_person_makes_others_who_lock_wait_but_not_their_inserts() -> None:
    person_id = UserFactory.create().pk
    is_locked, is_tried = Event(), Event()

    def hold() -> str:
        with transaction.atomic():
            lock_person(person_id=person_id)
            is_locked.set()
            is_tried.wait(timeout=10)
        return "held"

    def try_now(statement: str) -> str:
        is_locked.wait(timeout=10)
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(f"{statement} NOWAIT", [person_id])
        except DatabaseError:
            return "waits"
        finally:
            if "KEY SHARE" in statement:
                is_tried.set()
        return "goes on"

    find = "SELECT 1 FROM users_user WHERE id = %s FOR"
    outcomes = race(
        [hold, lambda: [try_now(f"{find} NO KEY UPDATE"), try_now(f"{find} KEY SHARE")]]
    )

    assert outcomes == ["held", ["waits", "goes on"]]


@pytest.mark.django_db
def test_people_change_their_name_and_address(api: Any, client_user: User) -> None:
    answer = api.as_(client_user).patch(
        ME, {"first_name": "Luz", "email": "Luz@Example.com"}, format="json"
    )

    assert answer.status_code == 200
    kept = User.objects.get()
    assert (kept.first_name, kept.last_name) == ("Luz", client_user.last_name)
    assert answer.json()["email"] == kept.email == "luz@example.com"


@pytest.mark.django_db
@pytest.mark.parametrize("field", ["role", "is_staff", "phone", "banned_at", "is_active", "id"])
def test_na_01_people_cannot_change_what_they_may_do(
    api: Any, client_user: User, field: str
) -> None:
    before = User.objects.values().get()
    caller = api.as_(client_user)

    answer = caller.patch(ME, {field: "admin", "first_name": "Otra"}, format="json")

    assert (answer.status_code, answer.json()["code"]) == (400, "CORE-INPUT-INVALID")
    assert User.objects.values().get() == before


@pytest.mark.django_db
def test_an_address_belongs_to_one_account(api: Any, client_user: User) -> None:
    UserFactory.create(email="luz@example.com")

    answer = api.as_(client_user).patch(ME, {"email": "LUZ@example.com"}, format="json")

    assert (answer.status_code, answer.json()["code"]) == (409, "USERS-EMAIL-TAKEN")
    client_user.refresh_from_db()
    assert client_user.email == ""


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64) Chrome/126.0 Safari/537.36", "Chrome en Windows"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/126 Safari/537 Edg/126.0", "Edge en Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Safari/604", "Safari en iPhone"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Firefox/127.0", "Firefox en Linux"),
        ("curl/8.5.0", "curl/8.5.0"),
        ("", "Dispositivo sin nombre"),
        ("x" * 500, "x" * 80),
        ("raro\x00\n\x1b[31m", "raro[31m"),
    ],
)
def test_a_device_has_a_name_a_person_recognises(user_agent: str, name: str) -> None:
    assert describe_device(user_agent) == name
