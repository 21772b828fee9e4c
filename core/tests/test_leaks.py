"""Whatever tells a secret in a log fails the test it happens in (CORE-04, CORE-12)."""

from pathlib import Path

import pytest

from core.logging import mask_text
from core.testing import run_process
from core.tests.leaks import tell

TOLD = [
    "Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln",
    "GET /tokens/cards/tok_test_12345_abcdef",
    "GET /tokens/nequi/nequi_test_0123456789",
    "Bearer prv_test_somebody",
    "paid with 4242424242424242",
    "paid with 4111 1111 1111 1111",
    "sent to +573001112233",
    "sent to 573001112233",
    "charged 3991111111",
    "sent to ana@example.com",
    '{"cvc": "123"}',
    "{'code': '123456'}",
    "Tu código: 123456",
]
NOT_TOLD = [
    "transaction 01-1531231271-19365 of 48000.00",
    "request 01a20035-953f-715c-8c72-ebee61ca067b took 3.1234567891 ms",
    '{"provider_code": "60200", "status": 404, "timestamp": "2026-11-21T22:15:00.123456Z"}',
    "sent to +***33 and [e-mail]",
    "paid at account 55554444333321",
]
INNER = """
import logging
from core.crypto import encrypt
from django.conf import settings
from django.http import HttpResponse
from django.test import Client, override_settings
from django.urls import path

urlpatterns = [path("refused", lambda request: HttpResponse("no tok_test_1234", status=400))]

def test_quiet():
    encrypt("a note of somebody")
    logging.getLogger("inner").debug("nothing to see")

def test_of_settings():
    logging.getLogger("inner").debug("with %s", settings.WOMPI_EVENTS_SECRET)

def test_of_a_column():
    encrypt("a note of somebody")
    logging.getLogger("inner").info("noted: a note of somebody")

def test_of_a_trace():
    try:
        raise ValueError("cvc: 123")
    except ValueError:
        logging.getLogger("inner").exception("failed")

def test_of_an_answer():
    with override_settings(ROOT_URLCONF=__name__):
        assert Client(SERVER_NAME="localhost").get("/refused").status_code == 400

def test_of_a_child():
    from core.tests import leaks
    leaks._write_down("a child told it")
"""


@pytest.mark.parametrize("line", TOLD)
def test_a_secret_is_known_by_its_looks(line: str) -> None:
    ((_, masked),) = tell(line, set())

    assert len(masked) == 5
    assert masked not in line


@pytest.mark.parametrize("line", NOT_TOLD)
def test_what_only_looks_a_little_like_one_is_none(line: str) -> None:
    assert tell(line, set()) == []


@pytest.mark.parametrize("line", TOLD[:10])
def test_what_looks_like_one_is_masked_before_anybody_reads_it(line: str) -> None:
    assert tell(mask_text(line), set()) == []


def test_a_known_secret_is_found_whole_and_by_nothing_else() -> None:
    assert tell("account 12345678.", {"12345678"}) == [("known secret", "12…78")]
    assert tell("visit-12345678 and 123456789", {"12345678"}) == []


@pytest.mark.django_db
def test_whoever_logs_a_secret_fails_and_is_named(tmp_path: Path) -> None:
    """The control: a run of its own in which each way to tell one is tried."""
    inner, report = tmp_path / "test_inner.py", tmp_path / "report.xml"
    inner.write_text(INNER)
    options = ["-p", "core.tests.leaks", "-p", "no:django", "-c", "/dev/null", "-q"]
    options += [f"--rootdir={tmp_path}", f"--junitxml={report}", str(inner)]

    code = run_process(f"import os, pytest; os._exit(pytest.main({options!r}))")

    told = report.read_text()
    assert (code, told.count("<error "), 'failures="0"' in told) == (1, 5, True)
    for said in ("known secret (te…ns)", "known secret (a …dy)", "code of one use (cv…23)"):
        assert f") logs a {said}" in told
    assert "the answer to /refused shows a card token (to…34)" in told
    assert "a child told it" in told
