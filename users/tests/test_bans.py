"""Persona non grata: by the API, by the admin, by nobody else (USERS-05, USERS-10)."""

from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from core.models import AuditEntry, OutboxMessage
from core.testing import race
from users import errors
from users.models import Session, User
from users.services.bans import ban_person, welcome_again
from users.steps.bans import ban, lift_automatic_ban, lift_ban
from users.steps.locks import lock_welcome_person
from users.tests.factories import UserFactory, sign_in

pytestmark = pytest.mark.django_db
NOW = timezone.now()


def knock(caller: Any, person: User, what: str, **body: Any) -> Any:
    return caller.post(f"/api/v1/users/{person.pk}/{what}", body, format="json")


def facts_told() -> list[str]:
    """Topics that were published about people."""
    found = OutboxMessage.objects.filter(topic__startswith="users.person.").order_by("pk")
    return sorted({message.topic for message in found})


def test_a_ban_ends_sessions_at_once_is_told_and_audited(
    api: Any, admin_user: User, client_user: User
) -> None:
    theirs = api.as_(client_user)

    answer = knock(api.as_(admin_user), client_user, "ban", reason="Agresión al personal")

    assert answer.status_code == 204
    client_user.refresh_from_db()
    assert (client_user.ban_reason, client_user.ban_is_automatic) == ("Agresión al personal", False)
    assert theirs.get("/api/v1/me").json()["code"] == "USERS-BANNED"
    assert {session.end_reason for session in Session.objects.filter(user=client_user)} == {
        "BARRED"
    }
    entry = AuditEntry.objects.get(action="users.banned")
    assert (entry.actor_id, entry.facts["reason"]) == (admin_user.pk, "Agresión al personal")
    assert facts_told() == ["users.person.banned.v1"]


def test_a_lifted_ban_lets_the_person_in_again(
    api: Any, admin_user: User, client_user: User
) -> None:
    chief = api.as_(admin_user)
    knock(chief, client_user, "ban", reason="Un malentendido")

    answer = knock(chief, client_user, "lift-ban", reason="Lo aclaramos")

    assert answer.status_code == 204
    client_user.refresh_from_db()
    assert (client_user.banned_at, client_user.ban_reason) == (None, "")
    assert api.as_(client_user).get("/api/v1/me").status_code == 200
    assert AuditEntry.objects.get(action="users.ban-lifted").actor_id == admin_user.pk


def test_what_is_so_already_is_refused_and_changes_nothing(
    api: Any, admin_user: User, client_user: User
) -> None:
    chief = api.as_(admin_user)

    assert knock(chief, client_user, "lift-ban", reason="nada").json()["code"] == "USERS-NOT-BANNED"
    knock(chief, client_user, "ban", reason="primera")
    again = knock(chief, client_user, "ban", reason="segunda")

    assert (again.status_code, again.json()["code"]) == (409, "USERS-ALREADY-BANNED")
    client_user.refresh_from_db()
    assert client_user.ban_reason == "primera"
    assert AuditEntry.objects.filter(action="users.banned").count() == 1


@pytest.mark.parametrize("reason", [None, "", "no", "x" * 201])
def test_a_ban_takes_a_reason(
    api: Any, admin_user: User, client_user: User, reason: str | None
) -> None:
    body = {} if reason is None else {"reason": reason}

    answer = knock(api.as_(admin_user), client_user, "ban", **body)

    assert answer.status_code == 400
    assert not User.objects.filter(banned_at__isnull=False).exists()


def test_nobody_bans_themselves_or_who_can_do_more(api: Any, admin_user: User) -> None:
    lesser = UserFactory.create(role="admin")

    own = knock(api.as_(admin_user), admin_user, "ban", reason="me voy")
    above = knock(api.as_(lesser), admin_user, "ban", reason="golpe de estado")

    assert {own.json()["code"], above.json()["code"]} == {"USERS-BAN-NOT-ALLOWED"}
    assert not User.objects.filter(banned_at__isnull=False).exists()


def test_nobody_is_unknown(admin_user: User) -> None:
    for act in (ban_person, welcome_again):
        with pytest.raises(errors.PersonUnknown):
            act(person_id=uuid4(), reason="quién", actor_id=admin_user.pk, now=NOW)


def test_a_rule_lifts_what_a_rule_banned_and_nothing_else(client_user: User) -> None:
    chief = UserFactory.create(admin=True)
    lift = partial(
        lift_automatic_ban,
        person_id=client_user.pk, reason="menos faltas", actor_id=chief.pk, now=NOW,
    )  # fmt: skip
    bar = partial(ban, person_id=client_user.pk, reason="r", now=NOW)

    with transaction.atomic():
        assert lift() is False
        assert bar(actor_id=chief.pk, is_automatic=False) is True
        assert bar(actor_id=None, is_automatic=True) is False
        assert lift() is False
        lift_ban(person_id=client_user.pk, reason="x", actor_id=chief.pk, now=NOW)
        assert bar(actor_id=None, is_automatic=True) is True
        assert lift() is True

    client_user.refresh_from_db()
    assert (client_user.banned_at, client_user.ban_is_automatic) == (None, False)


def test_the_database_knows_no_automatic_ban_of_nobody(client_user: User) -> None:
    with pytest.raises(IntegrityError, match="users_user_automatic_ban_is_a_ban"):
        User.objects.update(ban_is_automatic=True)


def test_a_banned_person_is_not_locked_for_anything(client_user: User) -> None:
    with transaction.atomic():
        lock_welcome_person(person_id=client_user.pk)
    User.objects.update(banned_at=NOW)

    with pytest.raises(errors.Banned), transaction.atomic():
        lock_welcome_person(person_id=client_user.pk)
    with pytest.raises(errors.PersonUnknown), transaction.atomic():
        lock_welcome_person(person_id=uuid4())


@pytest.mark.django_db(transaction=True)
def test_bans_at_once_ban_once(client_user: User) -> None:
    chief = UserFactory.create(admin=True)
    call = partial(
        ban_person, person_id=client_user.pk, reason="a la vez", actor_id=chief.pk, now=NOW
    )

    outcomes = race([call] * 6)

    assert [outcome for outcome in outcomes if outcome is None] == [None]
    assert AuditEntry.objects.filter(action="users.banned").count() == 1
    events = {message.event_id for message in OutboxMessage.objects.all()}
    assert len(events) == 1


@pytest.fixture
def superuser() -> Client:
    """The browser of an administrator."""
    browser = Client()
    browser.force_login(UserFactory.create(admin=True))
    return browser


def press(browser: Client, person: User, button: str, **typed: str) -> Any:
    url = reverse(f"admin:users_user_{button}", args=[person.pk])
    assert browser.get(url).status_code == 200
    return browser.post(url, {"_form_submitted": "True", **typed})


def test_the_admin_bans_and_welcomes_by_buttons(superuser: Client, client_user: User) -> None:
    sign_in(client_user)

    press(superuser, client_user, "ban", reason="No respeta al personal")
    client_user.refresh_from_db()
    assert client_user.banned_at
    assert not Session.objects.filter(user=client_user, ended_at=None).exists()
    press(superuser, client_user, "welcome", reason="Pidió perdón")

    client_user.refresh_from_db()
    assert client_user.banned_at is None


def test_the_admins_form_cannot_ban_past_the_buttons(superuser: Client, client_user: User) -> None:
    page = reverse("admin:users_user_change", args=[client_user.pk])
    form = {
        "phone": client_user.phone,
        "first_name": client_user.first_name,
        "last_name": client_user.last_name,
        "role": client_user.role,
        "is_active": "on",
        "banned_at_0": (NOW - timedelta(days=1)).strftime("%Y-%m-%d"),
        "banned_at_1": "10:00:00",
    }

    assert superuser.post(page, form).status_code == 302
    client_user.refresh_from_db()
    assert client_user.banned_at is None


def test_staff_without_the_permission_have_no_such_button(client_user: User) -> None:
    person = UserFactory.create(staff=True, is_staff=True)
    browser = Client()
    browser.force_login(person)

    answer = browser.post(
        reverse("admin:users_user_ban", args=[client_user.pk]),
        {"_form_submitted": "True", "reason": "porque sí"},
    )

    assert answer.status_code == 403
    assert not User.objects.filter(banned_at__isnull=False).exists()
