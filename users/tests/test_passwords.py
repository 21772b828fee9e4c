"""Passwords: signing in, changing, resetting; one policy everywhere."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher, check_password
from django.core.cache import caches
from django.utils import timezone

from core.models import AuditEntry
from users.models import OtpChallenge, Session, SessionEnd, User
from users.tests.conftest import PHONE, wrong
from users.tests.factories import PASSWORD, UserFactory, sign_in

pytestmark = pytest.mark.django_db
TOKEN = "/api/v1/auth/token"
CHANGE = "/api/v1/auth/password/change"
CONFIRM = "/api/v1/auth/password/reset/confirm"
OTHER = "otra-clave-larga-7"
ARGON2 = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
BARRED = pytest.mark.parametrize(
    ("state", "refusal"),
    [({"banned_at": timezone.now()}, "USERS-BANNED"), ({"is_active": False}, "USERS-INACTIVE")],
    ids=["banned", "inactive"],
)


@pytest.fixture
def owner() -> User:
    return UserFactory.with_password(phone=PHONE)


@pytest.fixture
def reset_code(ask: Any, code_of: Callable[[str], str], owner: User) -> str:
    ask(purpose="RESET")
    return code_of(PHONE)


def test_a_phone_and_its_password_open_a_session(api: Any, owner: User) -> None:
    answer = api.post(TOKEN, {"phone": "300 111 2233", "password": PASSWORD}, format="json")

    assert answer.status_code == 200
    assert answer.json()["user"]["id"] == str(owner.pk)
    assert api.get(
        "/api/v1/me", headers={"Authorization": f"Bearer {answer.json()['access']}"}
    ).json()["has_password"]


def test_na_05_a_wrong_password_and_an_unknown_phone_get_the_same_answer(
    api: Any, owner: User
) -> None:
    UserFactory.create(phone="+573001110002")
    answers = [
        api.post(TOKEN, {"phone": phone, "password": OTHER}, format="json")
        for phone in (PHONE, "+573001110001", "+573001110002")
    ]

    assert [answer.status_code for answer in answers] == [401] * 3
    bodies = [{**answer.json(), "request_id": ""} for answer in answers]
    assert bodies[0] == bodies[1] == bodies[2]
    assert bodies[0]["code"] == "USERS-CREDENTIALS-WRONG"
    assert not Session.objects.exists()


class CountingHasher(MD5PasswordHasher):
    """Counts how often somebody pays for a hash: that is what could be timed."""

    algorithm = "counting"
    hashes = 0

    def encode(self, password: str, salt: str) -> str:
        CountingHasher.hashes += 1
        return super().encode(password, salt)


@pytest.mark.parametrize("phone", [PHONE, "+573001110001", "+573001110002"])
def test_na_05_an_unknown_phone_costs_as_much_as_a_known_one(
    api: Any, settings: Any, phone: str
) -> None:
    settings.PASSWORD_HASHERS = [f"{__name__}.CountingHasher"]
    UserFactory.with_password(phone=PHONE)
    UserFactory.create(phone="+573001110002")
    before = CountingHasher.hashes

    api.post(TOKEN, {"phone": phone, "password": OTHER}, format="json")

    assert CountingHasher.hashes - before == 1


def test_passwords_are_kept_as_argon2(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ARGON2
    person = UserFactory.with_password()

    assert person.password.startswith("argon2$argon2id$")


@BARRED
def test_na_02_a_barred_person_gets_no_token_by_password_and_it_is_audited(
    api: Any, owner: User, state: dict[str, Any], refusal: str
) -> None:
    User.objects.update(**state)

    right = api.post(TOKEN, {"phone": PHONE, "password": PASSWORD}, format="json")
    guess = api.post(TOKEN, {"phone": PHONE, "password": OTHER}, format="json")

    assert (right.status_code, right.json()["code"]) == (403, refusal)
    assert (guess.status_code, guess.json()["code"]) == (401, "USERS-CREDENTIALS-WRONG")
    assert not Session.objects.exists()
    assert AuditEntry.objects.get().facts == {"way": "password", "code": refusal, "ip": "127.0.0.1"}


def test_na_43_one_phone_is_guessed_five_times_a_minute_from_all_addresses_together(
    api: Any, owner: User
) -> None:
    statuses = [
        api.post(
            TOKEN,
            {"phone": written, "password": OTHER},
            format="json",
            REMOTE_ADDR=f"203.0.113.{index}",
        ).status_code
        for index, written in enumerate([PHONE, "3001112233"] * 3)
    ]

    assert statuses == [401] * 5 + [429]
    answer = api.post(TOKEN, {"phone": PHONE, "password": PASSWORD}, format="json")
    assert answer.json()["code"] == "CORE-THROTTLED"


def test_na_43_with_the_cache_away_guesses_are_counted_in_the_database(
    api: Any, owner: User, settings: Any
) -> None:
    gone = {**settings.CACHES["counters"], "LOCATION": "redis://127.0.0.1:9/0"}
    settings.CACHES = {**settings.CACHES, "counters": gone}
    assert caches["counters"] is not None

    statuses = [
        api.post(TOKEN, {"phone": PHONE, "password": OTHER}, format="json").status_code
        for _ in range(6)
    ]

    assert statuses == [401] * 5 + [429]


def test_a_changed_password_ends_all_other_sessions(api: Any, owner: User) -> None:
    elsewhere = sign_in(owner, device="Otro")
    caller = api.as_(owner)
    here = Session.objects.exclude(device="Otro").get()

    answer = caller.post(
        CHANGE, {"current_password": PASSWORD, "new_password": OTHER}, format="json"
    )

    assert answer.status_code == 204
    assert check_password(OTHER, User.objects.get().password)
    assert Session.objects.get(ended_at=None) == here
    assert Session.objects.get(device="Otro").end_reason == SessionEnd.PASSWORD_CHANGED
    refused = api.post("/api/v1/auth/token/refresh", {"refresh": elsewhere.refresh}, format="json")
    assert refused.json()["code"] == "USERS-SESSION-ENDED"
    assert AuditEntry.objects.get().action == "users.password-changed"


@pytest.mark.parametrize(
    ("current", "new", "code"),
    [
        (OTHER, "una-tercera-clave-9", "USERS-PASSWORD-WRONG"),
        (PASSWORD, "corta", "USERS-PASSWORD-WEAK"),
        (PASSWORD, "password123", "USERS-PASSWORD-WEAK"),
        (PASSWORD, "3001112233", "USERS-PASSWORD-WEAK"),
    ],
)
def test_na_03_a_change_keeps_to_the_policy(
    api: Any, owner: User, current: str, new: str, code: str
) -> None:
    sign_in(owner)

    answer = api.as_(owner).post(
        CHANGE, {"current_password": current, "new_password": new}, format="json"
    )

    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert User.objects.get().password == owner.password
    assert Session.objects.filter(ended_at=None).count() == 2


def test_the_first_password_needs_a_proof_of_the_phone(api: Any, client_user: User) -> None:
    answer = api.as_(client_user).post(
        CHANGE, {"current_password": "x", "new_password": OTHER}, format="json"
    )

    assert (answer.status_code, answer.json()["code"]) == (409, "USERS-PASSWORD-NOT-SET")
    assert not User.objects.get().has_usable_password()


def test_a_reset_by_code_ends_all_sessions(api: Any, owner: User, reset_code: str) -> None:
    sign_in(owner)
    sign_in(owner)

    answer = api.post(
        CONFIRM, {"phone": PHONE, "code": reset_code, "new_password": OTHER}, format="json"
    )

    assert answer.status_code == 204
    assert check_password(OTHER, User.objects.get().password)
    assert set(Session.objects.values_list("end_reason", flat=True)) == {"PASSWORD_CHANGED"}
    assert AuditEntry.objects.get().action == "users.password-reset"


@pytest.mark.parametrize("password", ["corta", "password123", "3001112233"])
def test_na_03_a_reset_keeps_to_the_policy_and_does_not_spend_the_code(
    api: Any, owner: User, reset_code: str, password: str
) -> None:
    given = {"phone": PHONE, "code": reset_code, "new_password": password}

    answer = api.post(CONFIRM, given, format="json")

    assert (answer.status_code, answer.json()["code"]) == (422, "USERS-PASSWORD-WEAK")
    assert User.objects.get().password == owner.password
    assert OtpChallenge.objects.get().attempts == 0
    again = api.post(CONFIRM, {**given, "new_password": OTHER}, format="json")
    assert again.status_code == 204


def test_na_03_a_reset_to_one_s_own_name_is_refused(api: Any, owner: User, reset_code: str) -> None:
    User.objects.update(first_name="Maximiliana", last_name="Echavarría")

    answer = api.post(
        CONFIRM, {"phone": PHONE, "code": reset_code, "new_password": "maximiliana1"}, format="json"
    )

    assert (answer.status_code, answer.json()["code"]) == (422, "USERS-PASSWORD-WEAK")
    assert User.objects.get().password == owner.password


def test_na_05_a_reset_is_guessed_three_times_and_then_locked(
    api: Any, owner: User, reset_code: str
) -> None:
    sign_in(owner)
    given = {"phone": PHONE, "new_password": OTHER}

    statuses = [
        api.post(CONFIRM, {**given, "code": wrong(reset_code)}, format="json").status_code
        for _ in range(3)
    ]
    locked = api.post(CONFIRM, {**given, "code": reset_code}, format="json")

    assert statuses == [422, 422, 422]
    assert (locked.status_code, locked.json()["code"]) == (429, "USERS-OTP-LOCKED")
    assert User.objects.get().password == owner.password
    assert Session.objects.get().ended_at is None


@BARRED
def test_na_02_a_barred_person_cannot_reset_the_password(
    api: Any, owner: User, reset_code: str, state: dict[str, Any], refusal: str
) -> None:
    User.objects.update(**state)

    answer = api.post(
        CONFIRM, {"phone": PHONE, "code": reset_code, "new_password": OTHER}, format="json"
    )

    assert (answer.status_code, answer.json()["code"]) == (403, refusal)
    assert User.objects.get().password == owner.password
    assert AuditEntry.objects.get().facts["way"] == "reset"
