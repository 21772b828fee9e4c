"""Limits by scope: counted atomically, closed where it matters without the cache (CORE-03)."""

from functools import partial
from typing import Any

import pytest
import time_machine
from django.core.checks import run_checks
from django.core.management import call_command
from django.core.management.base import SystemCheckError

from core.counters import count_hit
from core.models import ThrottleCounter
from core.rates import Rate, parse_rate
from core.testing import race

pytestmark = [pytest.mark.django_db, pytest.mark.urls("core.tests.urls")]


@pytest.fixture
def three_a_minute(settings: Any) -> None:
    settings.THROTTLE_RATES = settings.THROTTLE_RATES | {"login": "3/min", "anonymous": "3/min"}


@pytest.fixture
def _standing_clock() -> Any:
    """Windows do not end in the middle of a test."""
    with time_machine.travel("2026-12-01T10:00:10Z", tick=False):
        yield


standing_clock = pytest.mark.usefixtures("_standing_clock")


@standing_clock
def test_the_fourth_of_three_is_refused_and_told_when_to_come_back(
    api: Any, three_a_minute: None
) -> None:
    answers = [api.get("/test/throttled") for _ in range(4)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    problem = answers[-1].json()
    assert problem["code"] == "CORE-THROTTLED"
    assert problem["facts"] == {"retry_after": 50}
    assert answers[-1]["Retry-After"] == "50"


@standing_clock
def test_answers_say_how_much_is_left(api: Any, three_a_minute: None) -> None:
    answers = [api.get("/test/throttled") for _ in range(4)]

    assert [answer["RateLimit"] for answer in answers] == [
        f"limit=3, remaining={left}, reset=50" for left in (2, 1, 0, 0)
    ]


def test_the_next_window_starts_from_nothing(api: Any, three_a_minute: None) -> None:
    with time_machine.travel("2026-12-01T10:00:59Z", tick=False) as clock:
        assert [api.get("/test/throttled").status_code for _ in range(4)][-1] == 429
        clock.shift(1)

        assert api.get("/test/throttled").status_code == 200


@standing_clock
def test_one_phone_guessed_from_many_addresses_is_one_identity(
    api: Any, three_a_minute: None
) -> None:
    answers = [
        api.get("/test/throttled", {"phone": "+573001112233"}, REMOTE_ADDR=f"10.0.0.{n}")
        for n in range(4)
    ]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]


@standing_clock
def test_na_06_an_address_anybody_can_write_down_is_not_believed(
    api: Any, three_a_minute: None
) -> None:
    answers = [
        api.get("/test/throttled", headers={"X-Forwarded-For": f"10.0.0.{n}"}) for n in range(4)
    ]

    assert answers[-1].status_code == 429


@standing_clock
def test_na_06_behind_our_proxy_the_address_it_saw_is_believed(
    api: Any, three_a_minute: None, settings: Any
) -> None:
    settings.TRUSTED_PROXY_COUNT = 1

    def ask(claim: str) -> int:
        answer = api.get("/test/throttled", headers={"X-Forwarded-For": claim})
        return int(answer.status_code)

    assert [ask(f"1.1.1.{n}, 20.0.0.1") for n in range(4)] == [200, 200, 200, 429]
    assert ask("1.1.1.1, 20.0.0.2") == 200


@standing_clock
def test_a_person_is_counted_wherever_they_are(
    api: Any, client_user: Any, three_a_minute: None
) -> None:
    caller = api.as_(client_user)

    answers = [caller.get("/test/throttled", REMOTE_ADDR=f"10.0.0.{n}") for n in range(4)]

    assert answers[-1].status_code == 429
    assert api.get("/test/throttled").status_code == 200


@standing_clock
@pytest.mark.django_db(transaction=True)
def test_na_07_no_two_requests_get_the_same_number() -> None:
    numbers = race([partial(count_hit, "login:ana", seconds=60, fail_closed=True)] * 40)

    assert sorted(numbers) == list(range(1, 41))


@standing_clock
@pytest.mark.django_db(transaction=True)
def test_na_07_nor_do_they_while_the_cache_is_away(no_cache_server: None) -> None:
    numbers = race([partial(count_hit, "login:ana", seconds=60, fail_closed=True)] * 20)

    assert sorted(numbers) == list(range(1, 21))
    assert ThrottleCounter.objects.get().hits == 20


@standing_clock
def test_with_the_cache_away_a_login_is_still_limited(
    api: Any, three_a_minute: None, no_cache_server: None
) -> None:
    answers = [api.get("/test/throttled") for _ in range(4)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]


@standing_clock
def test_with_the_cache_away_what_is_not_sensitive_stays_open(
    api: Any, three_a_minute: None, no_cache_server: None
) -> None:
    answers = [api.get("/test/free") for _ in range(5)]

    assert {answer.status_code for answer in answers} == {200}
    assert not ThrottleCounter.objects.exists()


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("5/min", Rate(5, 60)),
        ("3/10min", Rate(3, 600)),
        ("1000/h", Rate(1000, 3600)),
        ("2/d", Rate(2, 86_400)),
        ("9/s", Rate(9, 1)),
        ("", None),
    ],
)
def test_a_rate_is_read_as_it_is_written(text: str, rate: Rate | None) -> None:
    assert parse_rate(text) == rate


@pytest.mark.parametrize("text", ["5", "five/min", "5/minute", "0/min", "-1/h", "5/min ", "5/0x"])
def test_na_43_a_rate_nobody_can_read_stops_the_start(settings: Any, text: str) -> None:
    settings.THROTTLE_RATES = settings.THROTTLE_RATES | {"login": text}

    assert [problem.id for problem in run_checks()] == ["core.E001"]
    with pytest.raises(SystemCheckError, match="login"):
        call_command("check")
