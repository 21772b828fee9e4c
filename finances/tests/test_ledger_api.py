"""The books over HTTP: for administrators, to look at (FIN-04)."""

from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from core.db import execute
from finances.models import LedgerEntry
from finances.services.periods import sum_next_mark
from finances.tests.test_periods import NEXT_MONTH, NOON, close, moved

ACCOUNTS, ENTRIES = "/api/v1/ledger/accounts", "/api/v1/ledger/entries"
pytestmark = pytest.mark.django_db


@pytest.fixture
def books(api: Any, admin_user: Any) -> Any:
    return api.as_(admin_user)


def test_every_account_and_what_it_says(books: Any) -> None:
    moved("100.00")

    assert books.get(ACCOUNTS).json() == [
        {
            "account": "bank",
            "name": "Bancos",
            "kind": "asset",
            "currency": "COP",
            "balance": "-100.00",
        },
        {
            "account": "promotions",
            "name": "Promociones y premios",
            "kind": "expense",
            "currency": "COP",
            "balance": "100.00",
        },
    ]


def test_what_accounts_said_when_a_month_was_closed(books: Any) -> None:
    moved("100.00")
    close()
    sum_next_mark()
    moved("7.00", now=NEXT_MONTH)

    def said(query: str) -> set[str]:
        return {row["balance"] for row in books.get(f"{ACCOUNTS}{query}").json()}

    assert said("?month=2026-11") == {"100.00", "-100.00"}
    assert said("") == {"107.00", "-107.00"}


@pytest.mark.parametrize(
    ("month", "status", "code"),
    [("2026-10", 404, "FIN-MONTH-NOT-CLOSED"), ("otro", 422, "FIN-MONTH-UNREADABLE")],
)
def test_a_month_that_is_not_closed_or_none(books: Any, month: str, status: int, code: str) -> None:
    answer = books.get(f"{ACCOUNTS}?month={month}")

    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_entries_say_what_moved_when_and_why(books: Any) -> None:
    moved("100.00")

    rows = books.get(f"{ENTRIES}?from=2026-11-20&to=2026-11-20").json()["results"]

    credit, debit = rows
    assert (debit["account"], debit["debit"], debit["credit"]) == ("promotions", "100.00", "0.00")
    assert (credit["account"], credit["debit"], credit["credit"]) == (
        "bank", "0.00", "100.00",
    )  # fmt: skip
    assert debit["movement"] == credit["movement"]
    assert debit["occurred_at"] == "2026-11-20T12:00:00-05:00"
    assert debit["cause"].startswith("test ")


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("?from=2026-11-20&to=2026-11-20", 2),
        ("?from=2026-11-21", 2),
        ("?to=2026-11-19", 0),
        ("?from=2026-11-01&account=promotions", 2),
        ("?from=2026-11-01&kind=credit_issued", 0),
        ("?from=2026-11-01&party=019ace6e-0000-7000-8000-000000000001", 0),
    ],
)
def test_entries_by_day_account_kind_and_owner(books: Any, query: str, count: int) -> None:
    moved(now=NOON)
    moved(now=datetime(2026, 11, 21, 5, tzinfo=UTC))

    assert books.get(f"{ENTRIES}{query}").json()["count"] == count


def test_who_names_no_time_gets_this_month(books: Any, admin_user: Any, api: Any) -> None:
    moved(now=NOON)
    with time_machine.travel(NEXT_MONTH, tick=False):
        moved(now=NEXT_MONTH)
        books = api.as_(admin_user)

        assert books.get(ENTRIES).json()["count"] == 2
        assert books.get(f"{ENTRIES}?to=2026-11-30").json()["count"] == 2


def test_the_number_of_statements_does_not_grow_with_the_rows(
    books: Any, django_assert_max_num_queries: Any
) -> None:
    for _ in range(30):
        moved()

    with django_assert_max_num_queries(6):
        assert books.get(f"{ENTRIES}?from=2026-11-01&page_size=60").json()["count"] == 60


def test_nothing_is_written_by_looking(books: Any) -> None:
    moved()
    execute("SET default_transaction_read_only = off")

    for method in (books.post, books.put, books.patch, books.delete):
        assert method(ENTRIES).status_code == 405
    assert LedgerEntry.objects.count() == 2


def test_the_desk_sees_what_every_account_says_in_as_many_queries_however_many_there_are(
    client: Client, admin_user: Any, django_assert_max_num_queries: Any
) -> None:
    moved("1234567.50")
    client.force_login(admin_user)

    with django_assert_max_num_queries(12):
        page = client.get(reverse("admin:finances_ledgeraccount_changelist"))

    assert "1.234.567,50 COP" in page.text
    assert "-1.234.567,50 COP" in page.text
