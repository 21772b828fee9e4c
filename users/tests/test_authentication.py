"""Every request: who is it, and may they still act."""

from datetime import timedelta
from typing import Any

import jwt
import pytest
import time_machine
from django.conf import settings
from django.utils import timezone

from users.models import Session, SessionEnd, User
from users.tests.factories import UserFactory, access_token, sign_in

pytestmark = pytest.mark.django_db
ME = "/api/v1/me"


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_no_token_is_401_and_says_how_to_sign(api: Any) -> None:
    answer = api.get(ME)

    assert (answer.status_code, answer.json()["code"]) == (401, "CORE-NOT-AUTHENTICATED")
    assert answer["WWW-Authenticate"] == "Bearer"


def test_a_signed_request_costs_one_query(
    api: Any, client_user: User, django_assert_num_queries: Any
) -> None:
    caller = api.as_(client_user)

    with django_assert_num_queries(1):
        answer = caller.get(ME)

    assert answer.status_code == 200
    assert answer.json() == {
        "id": str(client_user.pk),
        "phone": client_user.phone,
        "first_name": "Ana",
        "last_name": client_user.last_name,
        "email": "",
        "role": "client",
        "has_password": False,
    }


@pytest.mark.parametrize(
    "token",
    ["", "x", "a.b.c", "eyJhbGciOiJub25lIn0.e30."],
)
def test_what_is_no_token_of_ours_is_refused(api: Any, token: str) -> None:
    answer = api.get(ME, headers=bearer(token))

    assert (answer.status_code, answer.json()["code"]) == (401, "USERS-TOKEN-INVALID")


def test_a_refresh_token_signs_no_request(api: Any, client_user: User) -> None:
    answer = api.get(ME, headers=bearer(sign_in(client_user).refresh))

    assert (answer.status_code, answer.json()["code"]) == (401, "USERS-TOKEN-INVALID")


@pytest.mark.parametrize("change", [{"iss": "other"}, {"sid": "no-uuid"}, {"exp": None}])
def test_a_token_with_other_claims_is_refused(
    api: Any, client_user: User, change: dict[str, Any]
) -> None:
    claims = jwt.decode(access_token(client_user), options={"verify_signature": False})
    changed = {key: value for key, value in {**claims, **change}.items() if value is not None}
    token = jwt.encode(changed, settings.JWT_SIGNING_KEY, algorithm="HS256")

    answer = api.get(ME, headers=bearer(token))

    assert (answer.status_code, answer.json()["code"]) == (401, "USERS-TOKEN-INVALID")


def test_a_token_signed_with_another_key_is_refused(api: Any, client_user: User) -> None:
    claims = jwt.decode(access_token(client_user), options={"verify_signature": False})
    token = jwt.encode(claims, "another-key-of-at-least-32-characters", algorithm="HS256")

    assert api.get(ME, headers=bearer(token)).json()["code"] == "USERS-TOKEN-INVALID"


def test_an_access_token_lives_fifteen_minutes(api: Any, client_user: User) -> None:
    token = access_token(client_user)

    with time_machine.travel(timezone.now() + timedelta(minutes=14, seconds=50), tick=False):
        assert api.get(ME, headers=bearer(token)).status_code == 200
    with time_machine.travel(timezone.now() + timedelta(minutes=15, seconds=1), tick=False):
        answer = api.get(ME, headers=bearer(token))

    assert (answer.status_code, answer.json()["code"]) == (401, "USERS-TOKEN-EXPIRED")


def test_an_ended_session_ends_its_tokens_at_once(api: Any, client_user: User) -> None:
    caller = api.as_(client_user)
    Session.objects.update(ended_at=timezone.now(), end_reason=SessionEnd.LOGOUT)

    answer = caller.get(ME)

    assert (answer.status_code, answer.json()["code"]) == (401, "USERS-SESSION-ENDED")


@pytest.mark.parametrize(
    ("state", "code"),
    [({"banned_at": timezone.now()}, "USERS-BANNED"), ({"is_active": False}, "USERS-INACTIVE")],
    ids=["banned", "inactive"],
)
def test_na_02_a_barred_person_s_tokens_stop_at_once(
    api: Any, client_user: User, state: dict[str, Any], code: str
) -> None:
    caller = api.as_(client_user)
    User.objects.update(**state)

    answer = caller.get(ME)

    assert (answer.status_code, answer.json()["code"]) == (403, code)


def test_last_seen_is_written_once_a_minute(api: Any, django_assert_num_queries: Any) -> None:
    caller = api.as_(UserFactory.create())
    before = Session.objects.get().last_seen_at

    caller.get(ME)
    assert Session.objects.get().last_seen_at == before
    later = before + timedelta(seconds=61)
    with time_machine.travel(later, tick=False):
        caller.get(ME)
        with django_assert_num_queries(1):
            caller.get(ME)

    assert Session.objects.get().last_seen_at == later
