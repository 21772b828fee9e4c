"""Reports of a day and a month say what the ledger says, and a closed month says it for ever."""

from collections.abc import Callable
from contextlib import nullcontext
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from operator import itemgetter
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.db import execute
from core.testing import race
from finances import errors
from finances.domain.accounts import Account
from finances.domain.reports import read
from finances.selectors import reports as selectors
from finances.selectors.ledger import list_balances
from finances.selectors.report_balances import balances_at
from finances.selectors.report_sums import sum_moved
from finances.selectors.snapshots import one_moment
from finances.services import reports
from finances.services.cash import close_shift, open_shift
from finances.services.periods import close_month
from finances.services.reports import keep_next_report
from finances.tests.conftest import Open
from finances.tests.reporting import (
    ANA,
    DAY,
    EVENING,
    LUZ,
    MASSAGES,
    NEXT_MONTH,
    NOON,
    NOVEMBER,
    Studio,
    busy,
    differences,
    of_day,
    of_month,
    rows,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def studio(db: None) -> Studio:
    return Studio()


def test_a_day_by_category_person_place_and_tax(studio: Studio, open_one: Open) -> None:
    busy(studio, open_one)

    report = of_day()

    assert differences(report) == {}
    assert rows(
        report, "revenue_by_category", "name", "lines", "discount", "taken_back", "base", "total"
    ) == [
        ("Faciales", 1, 0, 0, 80_000, 80_000),
        ("Masajes", 2, 15_200, -20_000, 67_227, 80_000),
    ]  # fmt: skip
    assert rows(report, "revenue_by_staff", "id", "name", "total") == [
        (str(ANA), "Ana", 80_000),
        (str(LUZ), "Luz", 80_000),
    ]
    assert rows(report, "revenue_by_location", "name", "total") == [
        ("Norte", 80_000),
        ("Sur", 80_000),
    ]
    assert rows(report, "revenue_by_tax", "name", "base", "tax") == [
        ("IVA 19 %", 67_227, 12_773),
        ("Sin impuesto", 80_000, 0),
    ]


def test_a_day_by_method_and_what_became_of_money(studio: Studio, open_one: Open) -> None:
    busy(studio, open_one)

    report = of_day()

    assert rows(report, "received", "name", "location", "payments", "tips", "amount") == [
        ("Datáfono", "Sur", 1, 0, 40_000),
        ("Efectivo", "Norte", 1, 10_000, 70_000),
        ("Nequi", "Sin sede", 1, 0, 48_000),
        ("Tarjeta en línea", "Sin sede", 1, 0, 30_000),
    ]
    assert rows(report, "given_back", "kind", "account", "amount") == [
        ("refund_promised", "Devoluciones de ingresos", 5_000),
        ("refund_paid", "Datáfono", 5_000),
    ]
    assert rows(report, "reconciled", "account", "amount") == [("Dinero en la pasarela", -3_000)]
    assert rows(report, "credit", "kind", "amount") == [("credit_issued", 10_000)]
    assert rows(report, "tips", "id", "amount") == [(str(ANA), 10_000)]
    assert rows(report, "commissions", "id", "amount") == [(str(ANA), 30_000)]
    assert rows(report, "expenses", "account", "amount") == [
        ("Comisiones", 30_000),
        ("Costos de la pasarela", 3_000),
        ("Promociones y premios", 10_000),
    ]
    balances = {code: rest for code, *rest in rows(
        report, "balances", "account", "opening", "debits", "credits", "closing"
    )}  # fmt: skip
    assert balances["cash"] == [0, 70_000, 0, 70_000]
    assert balances["card_terminal"] == [0, 40_000, 5_000, 35_000]
    assert balances["refunds"] == [0, 5_000, 0, -5_000]


def test_what_was_reconciled_is_told_wherever_its_money_went(studio: Studio) -> None:
    studio.resolve(3_000)
    studio.resolve(2_000, where=Account.BANK)
    studio.give_credit(50_000, source=Account.GATEWAY_CLEARING)
    studio.give_credit(10_000)

    report = of_day()

    assert rows(report, "reconciled", "kind", "account", "amount") == [
        ("difference_resolved", "Bancos", -2_000),
        ("difference_resolved", "Dinero en la pasarela", -3_000),
        ("credit_issued", "Dinero en la pasarela", 50_000),
    ]


def test_a_place_has_its_own_sales_payments_and_cash(studio: Studio, open_one: Open) -> None:
    busy(studio, open_one)
    shift = open_shift(
        location_id=studio.south.pk,
        opening_float=Decimal(20_000),
        actor_id=studio.clerk,
        now=NOON,
    )
    close_shift(
        shift_id=shift.pk, counted=Decimal(19_000), note="", actor_id=studio.clerk, now=NOON
    )

    south, all_places = of_day(place=studio.south), of_day()

    assert differences(south) == differences(all_places) == {}
    assert {control.key for control in south.controls} == {"revenue", "tax", "received", "cash"}
    assert rows(south, "revenue_by_staff", "name", "total") == [("Luz", 80_000)]
    assert rows(south, "received", "name", "amount") == [("Datáfono", 40_000)]
    assert rows(south, "cash", "kind", "amount") == [
        ("cash_counted", -1_000),
        ("cash_moved", 20_000),
    ]
    assert south.section("balances") is None
    assert ("Sur", "cash_counted", -1_000) in rows(all_places, "cash", "location", "kind", "amount")
    assert ("Diferencias de caja", 1_000) in rows(all_places, "expenses", "account", "amount")


def test_the_studios_midnight_parts_days(studio: Studio) -> None:
    studio.pay(1_000, at=datetime(2026, 11, 21, 4, 59, 59, 999_999, tzinfo=UTC))
    studio.pay(2_000, at=datetime(2026, 11, 21, 5, tzinfo=UTC))
    now = datetime(2026, 11, 22, tzinfo=UTC)

    twentieth, next_day = of_day(now=now), of_day(DAY + timedelta(days=1), now=now)

    assert rows(twentieth, "received", "amount") == [(1_000,)]
    assert rows(next_day, "received", "amount") == [(2_000,)]
    assert ("cash", 1_000, 3_000) in rows(next_day, "balances", "account", "opening", "closing")
    assert (twentieth.since, twentieth.until) == (
        "2026-11-20T00:00:00-05:00", "2026-11-21T00:00:00-05:00",
    )  # fmt: skip


def test_who_is_renamed_within_a_month_is_one_person_under_the_newest_name(studio: Studio) -> None:
    studio.sell(10_000, staff=(ANA, "Ana"), category=(MASSAGES, "Masajes"))
    later = NOON + timedelta(days=1)
    studio.sell(20_000, staff=(ANA, "Ana María"), category=(MASSAGES, "Corporales"), at=later)

    report = read(of_month())

    assert rows(report, "revenue_by_staff", "name", "total") == [("Ana María", 30_000)]
    assert rows(report, "revenue_by_category", "name", "total") == [("Corporales", 30_000)]
    assert rows(of_day(), "revenue_by_staff", "name") == [("Ana",)]


# --- what does not agree is said


def unsold(studio: Studio) -> None:
    """Revenue without a document."""
    execute("SET LOCAL session_replication_role = replica")
    execute("DELETE FROM finances_salesline")
    execute("SET LOCAL session_replication_role = origin")


def underpaid(studio: Studio) -> None:
    execute("SET LOCAL session_replication_role = replica")
    execute("UPDATE finances_counterpayment SET amount = amount - 7, tip = tip - 3 WHERE tip > 0")
    execute("SET LOCAL session_replication_role = origin")


def lopsided(studio: Studio) -> None:
    execute("SET LOCAL session_replication_role = replica")
    execute("UPDATE finances_ledgerentry SET amount = amount + 1 WHERE account_id = 'commissions'")
    execute("SET LOCAL session_replication_role = origin")


@pytest.mark.parametrize(
    ("damage", "found", "of_north"),
    [
        (unsold, {"revenue": -147_227, "tax": -12_773}, {"revenue": -67_227, "tax": -12_773}),
        (underpaid, {"received": -10, "tips": -3, "cash": -10}, {"received": -10, "cash": -10}),
        (lopsided, {"commissions": -1, "sides": 1}, {}),
    ],
)
def test_the_report_says_by_how_much_it_is_not_the_ledger(
    studio: Studio,
    open_one: Open,
    damage: Callable[[Studio], None],
    found: dict[str, int],
    of_north: dict[str, int],
) -> None:
    busy(studio, open_one)
    assert differences(of_day(place=studio.north)) == {}

    damage(studio)

    assert differences(of_day()) == found
    assert differences(of_day(place=studio.north)) == of_north


def test_a_marked_sum_that_lies_is_seen_in_the_balances(studio: Studio) -> None:
    studio.pay(50_000, at=NOON - timedelta(days=30))
    close_month(month=date(2026, 10, 1), actor_id=None, now=datetime(2026, 11, 6, tzinfo=UTC))
    keep_next_report(now=datetime(2026, 11, 6, tzinfo=UTC))
    studio.pay(1_000, at=NOON)
    assert differences(read(of_month(now=EVENING))) == {}

    execute("SET LOCAL session_replication_role = replica")
    execute(
        "DELETE FROM finances_ledgerentry WHERE id = (SELECT min(id) FROM finances_ledgerentry)"
    )
    execute("SET LOCAL session_replication_role = origin")

    assert differences(read(of_month(now=EVENING))) == {"balances": 50_000}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("moment", "gap"),
    [(one_moment, {}), (nullcontext, {"received": -50_000, "cash": -50_000})],
    ids=["guarded", "control"],
)
def test_who_pays_while_a_report_is_made_is_no_difference(
    studio: Studio, monkeypatch: pytest.MonkeyPatch, moment: Any, gap: dict[str, int]
) -> None:
    def somebody_pays_first(**period: Any) -> Any:
        assert race([studio.pay]) == [None]
        return sum_moved(**period)

    monkeypatch.setattr(selectors, "sum_moved", somebody_pays_first)
    monkeypatch.setattr(selectors, "one_moment", moment)

    assert differences(of_day()) == gap


@pytest.mark.parametrize("day", [date(2026, 11, 21), date(2027, 1, 1)])
def test_a_day_that_has_not_begun_has_no_report(studio: Studio, day: date) -> None:
    with pytest.raises(errors.ReportInTheFuture):
        of_day(day, now=EVENING)


def test_the_number_of_statements_does_not_grow(
    studio: Studio, open_one: Open, django_assert_max_num_queries: Any
) -> None:
    busy(studio, open_one)
    close_month(month=NOVEMBER, actor_id=None, now=NEXT_MONTH)
    keep_next_report(now=NEXT_MONTH)
    for number in range(5):
        studio.pay(at=NEXT_MONTH)
        studio.sell(1_000 + number, at=NEXT_MONTH)

    for place in (None, studio.north):
        with django_assert_max_num_queries(17):
            of_day(NEXT_MONTH.date(), place=place, now=NEXT_MONTH)
    with django_assert_max_num_queries(1):
        of_month(now=NEXT_MONTH)


# --- whatever happens

EVENTS = st.tuples(
    st.sampled_from(["sell", "pay", "tip", "commission", "credit", "refund", "note"]),
    st.integers(1_000, 300_000),
    st.integers(0, 3),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=10)
@given(events=st.lists(EVENTS, max_size=12), closes=st.booleans())
def test_days_are_parts_of_their_month_and_all_of_it_is_the_ledger(
    studio: Studio, events: list[tuple[str, int, int]], closes: bool
) -> None:
    days = [datetime(2026, 11, 29, 15, tzinfo=UTC) + timedelta(days=number) for number in range(4)]
    with transaction.atomic():
        # In the order of days, as the books have it.
        for what, amount, number in sorted(events, key=itemgetter(2)):
            happen(studio, what, amount, days[number])
        if closes and any(days[number].month == 11 for _, _, number in events):
            close_month.body(month=NOVEMBER, actor_id=None, now=NEXT_MONTH)
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(reports, "keep_reports", reports.keep_reports.body)
                assert keep_next_report(now=NEXT_MONTH)
        check_reports(days)
        transaction.set_rollback(True)


def happen(studio: Studio, what: str, amount: int, at: datetime) -> None:
    if what == "note":
        studio.take_back(studio.sell(amount, at=at), amount // 3, at=at)
    elif what == "tip":
        studio.pay(amount, "transfer", tip=amount // 10, at=at)
    else:
        act: dict[str, Callable[..., Any]] = {
            "sell": studio.sell,
            "pay": studio.pay,
            "commission": studio.commission,
            "credit": studio.give_credit,
            "refund": studio.refund,
        }
        act[what](amount, at=at)


def check_reports(days: list[datetime]) -> None:
    """Every control agrees, sums of days are the month's, and each begins where the last ended."""
    today = {(row.account, row.currency): row.amount for row in list_balances()}
    now = NEXT_MONTH
    assert dict(balances_at(now, now=now)) == today
    before: dict[Any, Any] = {}
    sums: dict[tuple[Any, ...], int] = {}
    for moment in days:
        report = of_day(moment.date(), now=now)
        assert differences(report) == {}
        for code, opening, closing in rows(report, "balances", "account", "opening", "closing"):
            assert opening == before.get(code, 0)
            before[code] = closing
        for name, total in rows(report, "revenue_by_staff", "name", "total"):
            key = (moment.month, name)
            sums[key] = sums.get(key, 0) + total
    for month in (NOVEMBER, date(2026, 12, 1)):
        report = read(of_month(month, now=now))
        assert differences(report) == {}
        for name, total in rows(report, "revenue_by_staff", "name", "total"):
            assert sums.get((month.month, name)) == total
    assert {code: Decimal(amount) for code, amount in before.items() if amount} == {
        code: amount for (code, _), amount in today.items() if amount
    }
