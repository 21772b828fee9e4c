"""Signing up: steps 1 and 2 of the main job, and what nobody may learn or gain by it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import redis
from django.utils import timezone

from users.models import OtpChallenge, Session, SignUp, User
from users.services.registration import register
from users.tests.conftest import PHONE
from users.tests.factories import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db
REGISTER = "/api/v1/auth/register"
VERIFY = "/api/v1/auth/otp/verify"
TOKEN = "/api/v1/auth/token"
ANA = {"phone": PHONE, "first_name": "Ana", "last_name": "Rojas"}


def assert_nothing_was_kept() -> None:
    assert not SignUp.objects.exists()
    assert not OtpChallenge.objects.exists()
    assert not User.objects.exists()


def test_a_person_signs_up_with_phone_and_code(api: Any, code_of: Callable[[str], str]) -> None:
    registered = api.post(REGISTER, {**ANA, "email": "Ana@Example.com"}, format="json")
    user = {**ANA, "id": registered.json()["user"]["id"], "role": "client"}

    assert registered.status_code == 201
    assert registered.json() == {"user": user, "otp": {"expires_in": 300, "resend_in": 60}}
    assert not User.objects.exists()

    verified = api.post(VERIFY, {"phone": PHONE, "code": code_of(PHONE)}, format="json")

    assert verified.status_code == 200
    assert set(verified.json()) == {"access", "refresh", "user"}
    assert verified.json()["user"] == {**user, "email": "ana@example.com", "has_password": False}
    person = User.objects.get()
    assert (person.pk, person.role, person.is_staff) == (UUID(user["id"]), "client", False)
    assert person.phone_verified_at is not None
    assert Session.objects.get().user_id == person.pk
    assert not SignUp.objects.exists()


def test_a_sign_up_wakes_the_worker_that_sends(
    api: Any, settings: Any, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        api.post(REGISTER, ANA, format="json")

    queued = redis.Redis.from_url(settings.REDIS_URL).lrange("default", 0, -1)
    assert [b"users.tasks.send_verifications" in message for message in queued] == [True]


@pytest.mark.parametrize("written", ["300 111 2233", "(300) 111-2233", "+57 300 1112233"])
def test_a_phone_is_kept_in_e164_however_it_is_written(
    api: Any, sandbox: Any, written: str
) -> None:
    answer = api.post(REGISTER, {**ANA, "phone": written}, format="json")

    assert answer.json()["user"]["phone"] == PHONE
    assert SignUp.objects.get().phone == PHONE


@pytest.mark.parametrize("phone", ["", "12", "+57300111223", "no-phone", "+1"])
def test_a_phone_that_cannot_exist_is_refused(api: Any, phone: str) -> None:
    answer = api.post(REGISTER, {**ANA, "phone": phone}, format="json")

    assert (answer.status_code, answer.json()["code"]) == (400, "CORE-INPUT-INVALID")
    assert [row["field"] for row in answer.json()["errors"]] == ["phone"]
    assert_nothing_was_kept()


@pytest.mark.parametrize(
    "extra",
    [
        {"role": "admin"}, {"is_staff": True}, {"is_superuser": True}, {"is_vip": True},
        {"is_active": True}, {"id": "0193a9f0-0000-7000-8000-000000000000"}, {"groups": [1]},
        {"phone_verified_at": "2026-01-01T00:00:00Z"}, {"whatever": 1},
    ],
    ids=lambda extra: next(iter(extra)),
)  # fmt: skip
def test_na_01_sign_up_refuses_what_it_does_not_name(api: Any, extra: dict[str, Any]) -> None:
    answer = api.post(REGISTER, {**ANA, **extra}, format="json")

    assert answer.status_code == 400
    assert [(row["field"], row["code"]) for row in answer.json()["errors"]] == [
        (next(iter(extra)), "unknown")
    ]
    assert_nothing_was_kept()


@pytest.mark.parametrize("password", ["corta", "1234567890", "password123", "Ana Rojas 1"])
def test_na_03_a_weak_password_is_refused_at_sign_up(api: Any, password: str) -> None:
    given = {**ANA, "last_name": "Rojas 1", "password": password}

    answer = api.post(REGISTER, given, format="json")

    assert (answer.status_code, answer.json()["code"]) == (422, "USERS-PASSWORD-WEAK")
    assert_nothing_was_kept()


def test_a_password_of_the_sign_up_signs_in_once_the_phone_is_proven(
    api: Any, code_of: Callable[[str], str]
) -> None:
    api.post(REGISTER, {**ANA, "password": PASSWORD}, format="json")
    early = api.post(TOKEN, {"phone": PHONE, "password": PASSWORD}, format="json")

    api.post(VERIFY, {"phone": PHONE, "code": code_of(PHONE)}, format="json")
    late = api.post(TOKEN, {"phone": PHONE, "password": PASSWORD}, format="json")

    assert (early.status_code, early.json()["code"]) == (401, "USERS-CREDENTIALS-WRONG")
    assert late.status_code == 200


def test_na_05_sign_up_does_not_tell_whether_a_phone_has_an_account(
    api: Any, sandbox: Any, send_codes: Callable[[], None], django_assert_num_queries: Any
) -> None:
    owner = UserFactory.with_password(phone=PHONE)
    stranger = {**ANA, "phone": "+573001112244"}

    known = api.post(REGISTER, {**ANA, "first_name": "Eva"}, format="json")
    unknown = api.post(REGISTER, {**stranger, "first_name": "Eva"}, format="json")
    send_codes()

    answers = [answer.json() for answer in (known, unknown)]
    assert [answer.status_code for answer in (known, unknown)] == [201, 201]
    assert {**answers[0]["user"], "id": 0, "phone": 0} == {
        **answers[1]["user"],
        "id": 0,
        "phone": 0,
    }
    assert answers[0]["otp"] == answers[1]["otp"]
    assert answers[0]["user"]["id"] not in {str(owner.pk), answers[1]["user"]["id"]}
    assert [UUID(answer["user"]["id"]).version for answer in answers] == [7, 7]
    assert len(sandbox.messages(to=PHONE)) == 1


def test_signing_up_again_signs_the_owner_in_and_changes_nothing_of_theirs(
    api: Any, code_of: Callable[[str], str]
) -> None:
    owner = UserFactory.with_password(phone=PHONE, first_name="Luz", email="luz@example.com")
    given = {**ANA, "email": "eva@example.com", "password": "otra-clave-larga-7"}

    api.post(REGISTER, given, format="json")
    answer = api.post(VERIFY, {"phone": PHONE, "code": code_of(PHONE)}, format="json")

    assert answer.json()["user"]["id"] == str(owner.pk)
    kept = User.objects.get()
    assert (kept.first_name, kept.email, kept.password) == ("Luz", owner.email, owner.password)
    assert not SignUp.objects.exists()


def test_an_address_of_somebody_else_is_left_out_without_a_word(
    api: Any, code_of: Callable[[str], str]
) -> None:
    UserFactory.create(email="ana@example.com")

    registered = api.post(REGISTER, {**ANA, "email": "ANA@example.com"}, format="json")
    verified = api.post(VERIFY, {"phone": PHONE, "code": code_of(PHONE)}, format="json")

    assert (registered.status_code, verified.status_code) == (201, 200)
    assert User.objects.get(phone=PHONE).email == ""


@pytest.mark.parametrize("rival_is_first", [True, False])
def test_a_password_counts_only_if_nobody_else_signed_up_with_the_phone(
    api: Any, code_of: Callable[[str], str], sandbox: Any, rival_is_first: bool
) -> None:
    now = timezone.now()
    rival = {"first_name": "Mala", "last_name": "Persona", "password": "clave-del-rival-9"}
    mine = {"first_name": "Ana", "last_name": "Rojas", "password": None}
    usual = {"phone": PHONE, "email": "", "channel": "sms", "ip": None}
    earlier, later = (rival, mine) if rival_is_first else (mine, rival)
    register(**usual, **earlier, now=now - timedelta(seconds=90))
    register(**usual, **later, now=now)

    api.post(VERIFY, {"phone": PHONE, "code": code_of(PHONE)}, format="json")

    assert not User.objects.get().has_usable_password()


def test_a_password_counts_only_for_the_code_its_own_sign_up_asked_for(
    api: Any, code_of: Callable[[str], str], ask: Any
) -> None:
    now = timezone.now()
    register(
        phone=PHONE, first_name="Mala", last_name="Persona", email="", password=PASSWORD,
        channel="sms", ip=None, now=now - timedelta(minutes=20),
    )  # fmt: skip
    ask(now=now)

    answer = api.post(VERIFY, {"phone": PHONE, "code": code_of(PHONE)}, format="json")

    assert answer.status_code == 200
    assert not User.objects.get().has_usable_password()
