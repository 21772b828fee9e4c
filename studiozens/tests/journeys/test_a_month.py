"""A month as the owner would try it: played on a moved clock, closed, and counted (CORE-21).

Clients, desk and owner use the house over HTTP; the worker, Beat and the stand-ins do what they
always do. What people were told is added up on its own (`a_month/tally.py`), and ledger,
reconciliation and report have to come to the same, to the peso.
"""

from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
import requests
from openpyxl import load_workbook

from studiozens.tests.journeys.a_month.cast import DEVELOPER_PERCENT, Month, open_month
from studiozens.tests.journeys.a_month.money import (
    AT_THE_PANEL,
    FLOAT,
    GIVEN_AT_THE_PANEL,
    GOODWILL_BY_BANK,
    MISSING,
    TO_BANK,
    money,
    open_differences,
)
from studiozens.tests.journeys.a_month.people import cents
from studiozens.tests.journeys.a_month.visits import visits
from studiozens.tests.journeys.conftest import DEAD_LETTERS, OVERLAPS
from studiozens.tests.journeys.house import open_house
from studiozens.tests.journeys.waiting import eventually

# One month is played for all of these.
pytestmark = [pytest.mark.journey, pytest.mark.slow, pytest.mark.timeout(1800)]

CLOSES_AFTER = timedelta(days=5, hours=12)


@pytest.fixture(scope="module")
def month() -> Iterator[Month]:
    """A month that is over and closed."""
    with open_house(moves_time=True) as house:
        played = open_month(house)
        played.calendar.play([*visits(played), *money(played)])
        played.calendar.go_to(played.calendar.over + CLOSES_AFTER, step="1d")
        eventually(lambda: report(played)["status"] == "final", what="the month is closed")
        played.house.rest()
        yield played
        assert house.dead() == []


def report(month: Month) -> Any:
    """The month's report."""
    return month.owner.get("reports/monthly", month=month.calendar.name)


def table(month: Month, key: str) -> list[dict[str, Any]]:
    """The rows of one of its tables."""
    [found] = [section["rows"] for section in report(month)["sections"] if section["key"] == key]
    return list(found)


def sums(month: Month, key: str, by: str, column: str = "amount") -> dict[str, int]:
    """What each group of a table comes to, in cents."""
    found: dict[str, int] = {}
    for row in table(month, key):
        found[row[by]] = found.get(row[by], 0) + cents(row[column])
    return found


def closing(month: Month) -> dict[str, int]:
    """What accounts said when the month was over, but those that said nothing."""
    found = sums(month, "balances", "account", "closing")
    return {account: amount for account, amount in found.items() if amount}


def test_the_ledger_holds_and_nobody_was_left_behind(month: Month) -> None:
    assert month.house.ask("verify_ledger") == ""
    assert month.house.count(DEAD_LETTERS) == 0
    assert month.house.count(OVERLAPS) == 0


def test_beat_and_worker_are_alive_after_the_month(month: Month) -> None:
    def answer() -> bool:
        return requests.get(f"{month.house.web}/health/ready", timeout=10).ok

    month.house.forget_cache()

    # With the cache its last sign of life is gone, so that this one is new.
    assert eventually(answer, what="a heartbeat", within=40)


def test_every_day_was_compared_and_nothing_differs_any_more(month: Month) -> None:
    runs = month.owner.get("reconciliations", page_size=100)["results"]
    days = {run["day"] for run in runs if run["status"] != "failed"}
    said = {day: month.house.ask("reconcile", day=day) for day in sorted(days)}

    number = (month.calendar.over.date() - month.calendar.first).days
    assert len([day for day in days if day.startswith(month.calendar.name)]) == number
    assert {day for day, text in said.items() if ", 0 differences" not in text} == set()
    assert open_differences(month) == []
    assert sum(run["settled"] for run in runs) <= 2


def test_what_the_gateway_holds_is_what_we_say_it_holds(month: Month) -> None:
    books, tally = month.house.standins.books(), month.tally
    held = sum(
        row["amount_in_cents"] - row["refunded_in_cents"]
        for row in books["transactions"].values()
        if row["status"] == "APPROVED"
    )
    paid_out = sum(
        line["amountInCents"]
        for batch in books["payouts"].values()
        for line in batch["transactions"]
        if line["status"] == "APPROVED"
    )

    assert closing(month)["gateway_clearing"] == held
    assert held == tally.online + AT_THE_PANEL - GIVEN_AT_THE_PANEL - tally.back_at_the_gateway
    assert paid_out == tally.paid_commissions + tally.paid_tips + GOODWILL_BY_BANK


def test_the_report_says_what_people_were_told(month: Month) -> None:
    tally = month.tally

    assert report(month)["agrees"] is True
    assert sums(month, "revenue_by_category", "name", "total") == tally.by_category
    assert sums(month, "revenue_by_staff", "name", "total") == tally.by_staff
    assert sums(month, "revenue_by_location", "name", "total") == tally.by_place
    assert sum(sums(month, "revenue_by_tax", "id", "tax").values()) == tally.tax
    assert sums(month, "received", "name") == tally.received
    assert sums(month, "received", "location", "tips") == {"Chicó": tally.all_tips, "Sin sede": 0}
    assert sums(month, "given_back", "kind")["payment_voided"] == tally.voided
    assert sum(sums(month, "reconciled", "kind").values()) == AT_THE_PANEL - GIVEN_AT_THE_PANEL


def test_the_report_says_what_everybody_has_earned(month: Month) -> None:
    tally = month.tally
    developers = tally.share_of_developer(DEVELOPER_PERCENT)

    assert sums(month, "commissions", "name") == tally.commissions | {"Desarrollador": developers}
    assert sums(month, "tips", "name") == dict.fromkeys(tally.tips, 0)
    given = [row for row in table(month, "tips") if cents(row["amount"]) > 0]
    assert {row["name"]: cents(row["amount"]) for row in given} == tally.tips


def test_every_account_says_what_it_should_when_the_month_is_over(month: Month) -> None:
    tally = month.tally
    earned = sum(tally.commissions.values()) + tally.share_of_developer(DEVELOPER_PERCENT)
    paid_out = tally.paid_commissions + tally.paid_tips + GOODWILL_BY_BANK
    revenue = sum(tally.by_category.values()) - tally.tax

    found = closing(month)

    assert found.pop("revenue_services") + found.pop("revenue_forfeited") == revenue
    assert found == {
        "gateway_clearing": tally.online
        - tally.back_at_the_gateway
        + AT_THE_PANEL
        - GIVEN_AT_THE_PANEL,
        "cash": tally.cash,
        "card_terminal": tally.received["Datáfono"],
        "bank_transfers": tally.received["Transferencia"],
        "bank": TO_BANK - FLOAT - paid_out,
        "cash_differences": MISSING,
        "differences": GIVEN_AT_THE_PANEL,
        "commissions": earned,
        "commissions_payable": earned - tally.paid_commissions,
        "client_credit": tally.credit,
        "deferred_packages": tally.unused_sessions,
        "deferred_subscriptions": tally.months_ahead,
        # Inés was served for money that her bank took back.
        "deposits_held": -tally.voided,
        "vat_payable": tally.tax,
    }


def test_a_closed_month_is_told_in_the_same_bytes_each_time(month: Month) -> None:
    forms = {form: asked_as(month, form) for form in ("json", "xlsx", "pdf")}

    assert {form: asked_as(month, form) for form in forms} == forms


def test_the_workbook_holds_the_report(month: Month) -> None:
    book = load_workbook(BytesIO(asked_as(month, "xlsx")))

    cells = list(book["Saldos"].values)
    shown = {row[0]: round(row[-1] * 100) for row in cells[1:] if row[-1]}
    assert shown == {row["account"]: cents(row["closing"]) for row in table(month, "balances")
                     if cents(row["closing"])}  # fmt: skip
    [*_, total] = book["Dinero recibido"].values
    assert round(total[-1] * 100) == sum(month.tally.received.values())
    [*_, total] = book["Por categoría"].values
    assert round(total[-1] * 100) == sum(month.tally.by_category.values())


def asked_as(month: Month, form: str) -> bytes:
    """The report as a file."""
    return month.owner.file("reports/monthly", **{"month": month.calendar.name, "as": form})
