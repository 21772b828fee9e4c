"""Sessions: rotation, replays, ends."""

from datetime import timedelta
from functools import partial
from threading import Barrier
from typing import Any
from uuid import uuid4

import jwt
import pytest
from django.utils import timezone

from core.models import AuditEntry
from core.testing import race
from users import errors
from users.models import IdentitySettings, Session, SessionEnd, User
from users.services.sessions import refresh_session
from users.services.tidying import tidy
from users.tests.factories import UserFactory, sign_in
from users.types import Device, TokenPair

pytestmark = pytest.mark.django_db
REFRESH = "/api/v1/auth/token/refresh"
HERE = Device("Prueba", "127.0.0.1")


def refresh(token: str, **more: Any) -> TokenPair:
    return refresh_session(token=token, **{"device": HERE, "now": timezone.now(), **more})


def claims(token: str) -> dict[str, Any]:
    found: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return found


def test_a_pair_names_its_session_and_lives_as_long_as_it_says(client_user: User) -> None:
    pair = sign_in(client_user)

    access, refreshing, session = claims(pair.access), claims(pair.refresh), Session.objects.get()
    assert access["sid"] == refreshing["sid"] == str(session.pk)
    assert access["user_id"] == refreshing["user_id"] == str(client_user.pk)
    assert (access["token_type"], refreshing["token_type"]) == ("access", "refresh")
    assert (access["exp"] - access["iat"], refreshing["exp"] - refreshing["iat"]) == (900, 604_800)
    assert refreshing["jti"] == session.refresh_jti.hex


def test_a_refresh_token_gives_a_new_pair_of_the_same_session(api: Any, client_user: User) -> None:
    pair = sign_in(client_user)

    answer = api.post(REFRESH, {"refresh": pair.refresh}, format="json")

    assert answer.status_code == 200
    assert set(answer.json()) == {"access", "refresh"}
    assert claims(answer.json()["refresh"])["sid"] == claims(pair.refresh)["sid"]
    assert Session.objects.count() == 1
    again = api.post(REFRESH, {"refresh": answer.json()["refresh"]}, format="json")
    assert again.status_code == 200


def test_a_replayed_refresh_token_ends_the_whole_family_and_is_audited(
    api: Any, client_user: User
) -> None:
    pair = sign_in(client_user)
    fresh = refresh(pair.refresh)

    replay = api.post(REFRESH, {"refresh": pair.refresh}, format="json")

    assert (replay.status_code, replay.json()["code"]) == (401, "USERS-REFRESH-REUSED")
    session = Session.objects.get()
    assert session.end_reason == SessionEnd.REFRESH_REUSED
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.subject_id) == ("users.refresh-token-reused", str(session.pk))
    signed = api.get("/api/v1/me", headers={"Authorization": f"Bearer {fresh.access}"})
    assert signed.json()["code"] == "USERS-SESSION-ENDED"
    with pytest.raises(errors.SessionEnded):
        refresh(fresh.refresh)


def test_a_replay_leaves_the_person_s_other_sessions_alone(client_user: User) -> None:
    pair, other = sign_in(client_user), sign_in(client_user)
    refresh(pair.refresh)
    with pytest.raises(errors.RefreshReused):
        refresh(pair.refresh)

    assert refresh(other.refresh)


@pytest.mark.parametrize("token", ["", "x", "a.b.c"])
def test_what_is_no_refresh_token_is_refused(api: Any, token: str) -> None:
    answer = api.post(REFRESH, {"refresh": token}, format="json")

    assert answer.json()["code"] in {"USERS-TOKEN-INVALID", "CORE-INPUT-INVALID"}
    assert answer.status_code in {400, 401}


def test_an_access_token_refreshes_nothing(client_user: User) -> None:
    with pytest.raises(errors.TokenInvalid):
        refresh(sign_in(client_user).access)


def test_a_session_that_was_not_refreshed_for_seven_days_is_over(client_user: User) -> None:
    pair = sign_in(client_user)
    Session.objects.update(expires_at=timezone.now())

    with pytest.raises(errors.SessionEnded):
        refresh(pair.refresh)


def test_each_refresh_starts_the_seven_days_again(client_user: User) -> None:
    pair = sign_in(client_user)
    later = timezone.now() + timedelta(days=6)

    refresh(pair.refresh, now=later)

    assert Session.objects.get().expires_at == later + timedelta(days=7)


def test_a_session_that_was_idle_for_too_long_is_over(client_user: User) -> None:
    IdentitySettings(session_idle_days=1).save()
    pair = sign_in(client_user)

    with pytest.raises(errors.SessionEnded):
        refresh(pair.refresh, now=timezone.now() + timedelta(days=1, seconds=1))
    assert refresh(pair.refresh, now=timezone.now() + timedelta(hours=23))


@pytest.mark.parametrize(
    ("state", "refusal"),
    [({"banned_at": timezone.now()}, "USERS-BANNED"), ({"is_active": False}, "USERS-INACTIVE")],
    ids=["banned", "inactive"],
)
def test_na_02_a_barred_person_gets_no_token_by_refresh_and_it_is_audited(
    api: Any, client_user: User, state: dict[str, Any], refusal: str
) -> None:
    pair = sign_in(client_user)
    User.objects.update(**state)

    answer = api.post(REFRESH, {"refresh": pair.refresh}, format="json")

    assert (answer.status_code, answer.json()["code"]) == (403, refusal)
    assert Session.objects.get().end_reason == SessionEnd.BARRED
    assert AuditEntry.objects.get().facts == {"way": "refresh", "code": refusal, "ip": "127.0.0.1"}


@pytest.mark.django_db(transaction=True)
def test_of_parallel_refreshes_of_one_token_exactly_one_wins() -> None:
    pair = sign_in(UserFactory.create())

    outcomes = race([partial(refresh, pair.refresh)] * 8)

    names = sorted(type(outcome).__name__ for outcome in outcomes)
    assert names.count("TokenPair") == 1
    assert set(names) <= {"TokenPair", "RefreshReused", "SessionEnded"}
    assert Session.objects.get().end_reason == SessionEnd.REFRESH_REUSED
    assert AuditEntry.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_control_rotating_by_read_and_write_lets_all_eight_win() -> None:
    known = claims(sign_in(UserFactory.create()).refresh)["jti"]
    everybody_has_read = Barrier(8)

    def naive() -> bool:
        session = Session.objects.get()
        everybody_has_read.wait(timeout=10)
        if session.refresh_jti.hex != known:
            return False
        session.refresh_jti = uuid4()
        session.save(update_fields=["refresh_jti"])
        return True

    assert race([naive] * 8) == [True] * 8


def test_a_person_sees_where_they_are_signed_in(
    api: Any, client_user: User, django_assert_num_queries: Any
) -> None:
    sign_in(client_user, device="Chrome en Android", ip="203.0.113.4")
    sign_in(client_user, device="Cerrada")
    Session.objects.filter(device="Cerrada").update(
        ended_at=timezone.now(), end_reason=SessionEnd.LOGOUT
    )
    sign_in(UserFactory.create())
    caller = api.as_(client_user)

    # who, the rules, how many, which
    with django_assert_num_queries(4):
        answer = caller.get("/api/v1/me/sessions")

    rows = answer.json()["results"]
    assert [(row["device"], row["ip"], row["is_current"]) for row in rows] == [
        ("Prueba", "127.0.0.1", True),
        ("Chrome en Android", "203.0.113.4", False),
    ]
    assert set(rows[0]) == {"id", "device", "ip", "started_at", "last_seen_at", "is_current"}


def test_a_person_ends_one_of_their_sessions(api: Any, client_user: User) -> None:
    sign_in(client_user, device="Otro")
    other = Session.objects.get()

    answer = api.as_(client_user).delete(f"/api/v1/me/sessions/{other.pk}")

    assert answer.status_code == 204
    assert Session.objects.get(pk=other.pk).end_reason == SessionEnd.ENDED_BY_PERSON
    assert Session.objects.filter(ended_at=None).count() == 1


def test_somebody_else_s_session_does_not_exist_for_me(api: Any, client_user: User) -> None:
    sign_in(UserFactory.create(), device="Ajena")
    other = Session.objects.get()

    answer = api.as_(client_user).delete(f"/api/v1/me/sessions/{other.pk}")

    assert (answer.status_code, answer.json()["code"]) == (404, "USERS-SESSION-UNKNOWN")
    assert Session.objects.get(pk=other.pk).ended_at is None


@pytest.mark.parametrize(("path", "left"), [("logout", 1), ("logout-all", 0)])
def test_logging_out_ends_this_session_or_all(
    api: Any, client_user: User, path: str, left: int
) -> None:
    sign_in(client_user)
    stranger = sign_in(UserFactory.create())
    caller = api.as_(client_user)

    answer = caller.post(f"/api/v1/auth/{path}")

    assert answer.status_code == 204
    assert Session.objects.filter(user=client_user, ended_at=None).count() == left
    assert caller.get("/api/v1/me").json()["code"] == "USERS-SESSION-ENDED"
    assert refresh(stranger.refresh)


def test_an_administrator_ends_somebody_s_sessions_and_it_is_audited(
    api: Any, client_user: User, admin_user: User
) -> None:
    sign_in(client_user)
    sign_in(client_user)

    answer = api.as_(admin_user).post(f"/api/v1/users/{client_user.pk}/sessions/end")

    assert (answer.status_code, answer.json()) == (200, {"ended": 2})
    assert not Session.objects.filter(user=client_user, ended_at=None).exists()
    entry = AuditEntry.objects.get()
    assert (entry.actor_id, entry.subject_id) == (admin_user.pk, str(client_user.pk))
    assert entry.facts == {"sessions": 2}


def test_nobody_s_sessions_cannot_be_ended(api: Any, admin_user: User) -> None:
    answer = api.as_(admin_user).post(f"/api/v1/users/{uuid4()}/sessions/end")

    assert (answer.status_code, answer.json()["code"]) == (404, "USERS-PERSON-UNKNOWN")
    assert not AuditEntry.objects.exists()


def test_a_session_cannot_be_over_without_a_reason(client_user: User) -> None:
    sign_in(client_user)

    with pytest.raises(Exception, match="users_session_ends_with_a_reason"):
        Session.objects.update(ended_at=timezone.now())


def test_sessions_are_forgotten_ninety_days_after_their_end(client_user: User) -> None:
    sign_in(client_user)
    expired = Session.objects.get().expires_at

    tidy(now=expired + timedelta(days=89))
    assert Session.objects.exists()
    tidy(now=expired + timedelta(days=91))
    assert not Session.objects.exists()
