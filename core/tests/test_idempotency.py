"""A key has one effect and one answer, whatever dies (CORE-02)."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import redis
from django.db import connection

from core.errors import DomainError, IdempotencyInFlight, IdempotencyKeyReused
from core.idempotency import Answer, RequestKey, run_once
from core.models import IdempotencyRecord
from core.testing import race, run_process
from core.tests import urls
from core.tests.happenings import written

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.urls("core.tests.urls")]

KEEP = "/test/keep"
Post = Callable[..., Any]


@pytest.fixture
def post(api: Any, client_user: Any) -> Post:
    """Keep a name as one person, under a key."""
    caller = api.as_(client_user)

    def post(name: str, key: str | None = "key-1", **more: Any) -> Any:
        headers = {} if key is None else {"Idempotency-Key": key}
        return caller.post(KEEP, {"name": name, **more}, format="json", headers=headers)

    return post


def test_a_repeat_gets_the_same_bytes_and_is_marked(post: Post) -> None:
    first, again = post("tea"), post("tea")

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content == b'{"name":"tea"}'
    assert first["Content-Type"] == again["Content-Type"] == "application/json"
    assert "Idempotency-Replayed" not in first
    assert again["Idempotency-Replayed"] == "true"
    assert written() == ["tea"]


def test_the_answer_outlives_the_cache(post: Post, settings: Any) -> None:
    post("tea")

    redis.Redis.from_url(settings.REDIS_URL).flushdb()

    assert post("tea")["Idempotency-Replayed"] == "true"
    assert written() == ["tea"]


def test_a_key_used_for_another_body_is_refused(post: Post) -> None:
    post("tea")

    answer = post("coffee")

    assert (answer.status_code, answer.json()["code"]) == (422, "CORE-IDEMPOTENCY-KEY-REUSED")
    assert written() == ["tea"]


def test_keys_of_two_people_are_two_keys(post: Post, api: Any, staff_user: Any) -> None:
    post("tea")

    answer = api.as_(staff_user).post(
        KEEP, {"name": "tea"}, format="json", headers={"Idempotency-Key": "key-1"}
    )

    assert "Idempotency-Replayed" not in answer
    assert written() == ["tea", "tea"]


@pytest.mark.parametrize(
    ("key", "code"),
    [
        (None, "CORE-IDEMPOTENCY-KEY-MISSING"),
        ("", "CORE-IDEMPOTENCY-KEY-MALFORMED"),
        ("with space", "CORE-IDEMPOTENCY-KEY-MALFORMED"),
        ("x" * 256, "CORE-IDEMPOTENCY-KEY-MALFORMED"),
    ],
)
def test_without_a_usable_key_nothing_happens(post: Post, key: str | None, code: str) -> None:
    answer = post("tea", key=key)

    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert not written()


def test_a_business_refusal_is_the_answer_and_leaves_no_trace(post: Post) -> None:
    first, again = post("sold"), post("sold")

    assert (first.status_code, first.json()["code"]) == (409, "CORE-TEST-SOLD")
    assert first["Content-Type"] == again["Content-Type"] == "application/problem+json"
    assert first.content == again.content
    assert again["Idempotency-Replayed"] == "true"
    assert not written()


def test_a_failure_of_ours_may_be_tried_again(post: Post, monkeypatch: Any, api: Any) -> None:
    monkeypatch.setattr(urls, "bugs", iter(["once"]))
    post.__closure__[0].cell_contents.raise_request_exception = False

    assert post("bug").status_code == 500
    assert not written()
    assert not IdempotencyRecord.objects.exists()
    assert post("bug").status_code == 201
    assert post("bug")["Idempotency-Replayed"] == "true"
    assert written() == ["bug"]


def test_a_refusal_that_will_pass_is_not_the_answer(post: Post) -> None:
    assert post("away").status_code == 503

    assert not IdempotencyRecord.objects.exists()
    assert not written()


def test_a_malformed_body_does_not_use_up_its_key(post: Post) -> None:
    assert post("x" * 21).status_code == 400

    assert post("tea").status_code == 201


KEY = RequestKey.of(caller="ana", key="k", method="POST", path="/p", body=b"{}")


def answer(kept: str) -> Answer:
    return Answer(201, "text/plain", kept.encode())


def refuse(error: DomainError) -> Answer:
    return Answer(409, "text/plain", error.code.encode())


keep_once = partial(
    run_once, urls.keep, key=KEY, present=answer, refuse=refuse, arguments={"name": "tea"}
)


def test_of_many_at_once_one_acts_and_the_others_wait_or_repeat_it() -> None:
    outcomes = race([keep_once] * 24)

    acted = [o for o in outcomes if isinstance(o, Answer) and not o.replayed]
    others = [o for o in outcomes if o not in acted]
    assert len(acted) == 1
    assert all(isinstance(o, IdempotencyInFlight) or o.replayed for o in others)
    assert written() == ["tea"]


def test_while_the_first_runs_its_twin_is_told_so() -> None:
    twins: list[Any] = []

    def look_at_the_twin(kept: str) -> Answer:
        twins.extend(race([keep_once]))
        return answer(kept)

    keep_once(present=look_at_the_twin)

    assert [type(twin) for twin in twins] == [IdempotencyInFlight]
    assert twins[0].facts == {"retry_after": 1}
    assert written() == ["tea"]


def test_na_44_the_lock_of_a_key_is_gone_with_its_transaction() -> None:
    keep_once()
    with pytest.raises(IdempotencyKeyReused):
        keep_once(key=RequestKey.of(caller="ana", key="k", method="POST", path="/q", body=b""))

    with connection.cursor() as cursor:
        # Our own: other tests hold locks in other databases of this server.
        cursor.execute(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"
        )
        assert cursor.fetchone() == (0,)
    (twin,) = race([keep_once])
    assert twin.replayed


@pytest.mark.parametrize("moment", ["in the effect", "between effect and record"])
def test_killed_anywhere_before_the_commit_there_is_neither_effect_nor_record(
    moment: str,
) -> None:
    script = f"""
import os, signal
from core.idempotency import Answer, RequestKey, run_once
from core.tests import happenings, urls
def die(*args):
    os.kill(os.getpid(), signal.SIGKILL)
if {moment!r} == "in the effect":
    write, happenings.write_down = happenings.write_down, lambda text: (write(text), die())
key = RequestKey.of(caller="ana", key="k", method="POST", path="/p", body=b"{{}}")
run_once(urls.keep, key=key, present=die, refuse=die, arguments={{"name": "tea"}})
"""

    assert run_process(script) == -9
    assert not written()
    assert not IdempotencyRecord.objects.exists()

    assert not keep_once().replayed
    assert written() == ["tea"]


def test_killed_after_the_commit_the_repeat_is_answered_from_the_record() -> None:
    script = """
import os, signal
from core.idempotency import Answer, RequestKey, run_once
from core.tests import urls
key = RequestKey.of(caller="ana", key="k", method="POST", path="/p", body=b"{}")
present = lambda kept: Answer(201, "text/plain", kept.encode())
run_once(urls.keep, key=key, present=present, refuse=None, arguments={"name": "tea"})
os.kill(os.getpid(), signal.SIGKILL)
"""

    assert run_process(script) == -9

    assert keep_once() == Answer(201, "text/plain", b"tea", replayed=True)
    assert written() == ["tea"]


def test_a_use_case_cannot_run_inside_another() -> None:
    with pytest.raises(RuntimeError, match="durable"):
        keep_once(present=lambda kept: urls.keep(name="inner"))

    assert not written()
