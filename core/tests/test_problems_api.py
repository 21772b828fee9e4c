"""Every error of every endpoint has one shape (CORE-01)."""

from typing import Any

import pytest
from django.test import Client

from core.errors import CATALOGUE, DomainError, Kind

pytestmark = [pytest.mark.django_db, pytest.mark.urls("core.tests.urls")]

MEMBERS = {"type", "title", "status", "detail", "code", "facts", "errors", "request_id"}


@pytest.fixture
def browser() -> Client:
    """A caller that gets the answer and not the exception."""
    return Client(raise_request_exception=False)


@pytest.mark.parametrize(
    ("method", "path", "content", "status", "code"),
    [
        ("post", "/test/shape", "{", 400, "CORE-PARSE-ERROR"),
        ("post", "/test/shape", "{}", 400, "CORE-INPUT-INVALID"),
        ("get", "/test/django-odd", None, 400, "CORE-BAD-REQUEST"),
        ("get", "/test/admins", None, 401, "CORE-NOT-AUTHENTICATED"),
        ("get", "/test/forgotten", None, 401, "CORE-NOT-AUTHENTICATED"),
        ("get", "/test/django-private", None, 403, "CORE-PERMISSION-DENIED"),
        ("get", "/test/nowhere", None, 404, "CORE-NOT-FOUND"),
        ("get", "/api/v1/nowhere", None, 404, "CORE-NOT-FOUND"),
        ("delete", "/test/shape", None, 405, "CORE-METHOD-NOT-ALLOWED"),
        ("get", "/test/sold", None, 409, "CORE-TEST-SOLD"),
        ("get", "/test/in-flight", None, 409, "CORE-IDEMPOTENCY-IN-FLIGHT"),
        ("get", "/test/bug", None, 500, "CORE-INTERNAL-ERROR"),
        ("get", "/test/django-bug", None, 500, "CORE-INTERNAL-ERROR"),
        ("get", "/test/away", None, 503, "CORE-TEST-AWAY"),
        ("get", "/test/database-away", None, 503, "CORE-DATABASE-AWAY"),
    ],
)
def test_na_43_every_failure_is_a_problem_with_its_code(
    browser: Client, method: str, path: str, content: str | None, status: int, code: str
) -> None:
    more = {} if content is None else {"data": content, "content_type": "application/json"}

    answer = getattr(browser, method)(path, **more)

    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (status, code)
    assert answer["Content-Type"] == "application/problem+json"
    assert set(problem) == MEMBERS
    assert problem["status"] == status
    assert problem["type"] == f"/errors/{code}"
    assert problem["request_id"] == answer["X-Request-ID"]
    assert problem["detail"]
    assert "secret" not in answer.content.decode()


def test_another_content_type_is_415_and_another_answer_406(browser: Client) -> None:
    form = browser.post("/test/shape", {"name": "tea"})
    csv = browser.get("/test/fine", headers={"Accept": "text/csv"})

    assert (form.status_code, form.json()["code"]) == (415, "CORE-UNSUPPORTED-MEDIA-TYPE")
    assert (csv.status_code, csv.json()["code"]) == (406, "CORE-NOT-ACCEPTABLE")
    assert form["Content-Type"] == csv["Content-Type"] == "application/problem+json"


def test_who_may_not_is_403_and_a_view_that_says_nothing_lets_nobody_in(
    api: Any, client_user: Any, admin_user: Any
) -> None:
    stranger = api.as_(client_user).get("/test/admins")
    forgotten = api.as_(admin_user).get("/test/forgotten")

    for answer in (stranger, forgotten):
        assert (answer.status_code, answer.json()["code"]) == (403, "CORE-PERMISSION-DENIED")
    assert api.as_(admin_user).get("/test/admins").status_code == 200


def test_a_401_names_its_scheme(browser: Client) -> None:
    assert browser.get("/test/admins")["WWW-Authenticate"].startswith("Bearer")


def test_a_refusal_tells_when_to_come_back(browser: Client) -> None:
    assert browser.get("/test/in-flight")["Retry-After"] == "1"


def test_fields_that_are_wrong_are_named_one_by_one(browser: Client) -> None:
    body = {"name": "x" * 21, "days": [{"on": "2026-12-01"}, {"on": "never"}]}

    answer = browser.post("/test/shape", body, content_type="application/json")

    rows = {row["field"]: row["code"] for row in answer.json()["errors"]}
    assert rows == {"name": "max_length", "days.1.on": "invalid"}


def test_na_01_a_field_nobody_asked_for_is_refused(browser: Client) -> None:
    body = {"name": "tea", "role": "admin"}

    answer = browser.post("/test/shape", body, content_type="application/json")

    assert answer.status_code == 400
    assert [(row["field"], row["code"]) for row in answer.json()["errors"]] == [("role", "unknown")]


def test_facts_fill_the_sentence_for_the_person(browser: Client) -> None:
    problem = browser.get("/test/sold").json()

    assert (problem["detail"], problem["facts"]) == ("Eso ya no está.", {"name": "Eso"})


def test_a_code_belongs_to_one_error_and_to_its_app() -> None:
    def declare(code: str, module: str) -> None:
        members = {"code": code, "kind": Kind.CONFLICT, "message": "", "__module__": module}
        type("Declared", (DomainError,), members)

    with pytest.raises(TypeError, match="already belongs"):
        declare("CORE-TEST-SOLD", "core.other")
    for code, module in [
        ("SPA-X", "core.errors"),
        ("FINANCES-X", "finances.errors"),
        ("CORE", "core"),
    ]:
        with pytest.raises(TypeError, match="should look like"):
            declare(code, module)
    assert "SPA-X" not in CATALOGUE
