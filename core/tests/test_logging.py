"""Logs: one JSON object a line, a request id, nobody's data (CORE-04)."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.logging import formatter, mask_text

PHONE = "+573001112233"
TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"


@pytest.fixture
def lines() -> Iterator[Any]:
    """What the log of the house would show."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter())
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.removeHandler(handler)
    root.setLevel(level)


class Somebody:
    """An object that tells too much of itself."""

    def __str__(self) -> str:
        return f"Ana {PHONE}"


@pytest.mark.parametrize(
    "extra",
    [
        {"person": PHONE},
        {"person": "call 573001112233 now"},
        {"person": "ana@example.com"},
        {"person": f"Bearer {TOKEN}"},
        {"nested": {"deep": [PHONE, "ana@example.com"]}},
        {"person": Somebody()},
        {"pair": (Somebody(), {"more": Somebody()})},
        {"password": "una-clave-larga-42"},
        {"otp": "123456"},
        {"code": "123456"},
        {"access": "opaque-token-value"},
        {"refresh_token": "opaque-token-value"},
        {"headers": {"Authorization": "Basic opaque-token-value"}},
    ],
    ids=lambda extra: next(iter(extra)),
)
def test_nobodys_data_reaches_the_log(lines: Any, extra: dict[str, Any]) -> None:
    logging.getLogger("core.test").info("something", extra=extra)

    (line,) = lines()
    written = json.dumps(line, ensure_ascii=False)
    for secret in (
        "3001112233",
        "ana@example.com",
        TOKEN,
        "una-clave",
        "123456",
        "opaque-token-value",
    ):
        assert secret not in written


def test_neither_do_messages_and_traces_tell_it(lines: Any) -> None:
    try:
        raise ValueError(f"no such person: {PHONE}")
    except ValueError:
        logging.getLogger("core.test").exception("failed for %s", PHONE)

    (line,) = lines()
    assert "ValueError" in line["exception"]
    assert "3001112233" not in json.dumps(line)


def test_figures_and_names_stay_as_they_are(lines: Any) -> None:
    logging.getLogger("core.test").info("something", extra={"ms": 1.5, "status": 200, "ok": True})

    (line,) = lines()
    assert (line["event"], line["level"], line["logger"]) == ("something", "info", "core.test")
    assert (line["ms"], line["status"], line["ok"]) == (1.5, 200, True)


@given(st.from_regex(r"\+57[0-9]{10}", fullmatch=True))
def test_no_phone_survives_masking_whole(phone: str) -> None:
    assert phone not in mask_text(f"to {phone}, again {phone}")


def test_a_request_is_one_line_with_its_id(lines: Any, api: Any) -> None:
    answer = api.get("/health/live", headers={"X-Request-ID": "visit-12345"})

    (line,) = [line for line in lines() if line["event"] == "request"]
    assert answer["X-Request-ID"] == line["request_id"] == "visit-12345"
    assert (line["method"], line["path"], line["status"]) == ("GET", "/health/live", 200)


@pytest.mark.parametrize(
    "asked", ["", "short", "x" * 65, "two\nlines here", "<script>alert</script>"]
)
def test_an_id_that_is_not_one_is_replaced(api: Any, asked: str) -> None:
    answered = api.get("/health/live", headers={"X-Request-ID": asked})["X-Request-ID"]

    assert answered != asked
    assert len(answered) == 36


def test_a_slow_request_is_a_warning(lines: Any, api: Any, settings: Any) -> None:
    settings.SLOW_REQUEST_SECONDS = 0.0

    api.get("/health/live")

    (line,) = [line for line in lines() if line["event"] == "slow request"]
    assert line["level"] == "warning"
