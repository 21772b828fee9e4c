"""Months that are closed stay as they were; sums near the end are the sums of all (FIN-04)."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from threading import Event
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.db import execute
from core.models import AuditEntry
from core.testing import overtake, race
from finances import errors
from finances.domain.accounts import Account, Side
from finances.models import ClosedMonth, LedgerEntry, LedgerMark, MarkedBalance
from finances.selectors.ledger import list_balances, list_balances_of, verify
from finances.selectors.periods import first_open_month
from finances.services import periods
from finances.services.periods import close_due_month, close_month, mark_ledger, sum_next_mark
from finances.steps.ledger import Movement, post
from finances.tasks import keep_books

NOON = datetime(2026, 11, 20, 17, tzinfo=UTC)
NOVEMBER, DECEMBER = date(2026, 11, 1), date(2026, 12, 1)
NEXT_MONTH = datetime(2026, 12, 2, 17, tzinfo=UTC)
# Accounts that answer to nobody else: what is in them is for no table to say.
PLAIN = [Account.PROMOTIONS, Account.CASH_DIFFERENCES, Account.BANK]
pytestmark = pytest.mark.django_db


def moved(
    amount: str = "100.00",
    *,
    to: Account = Account.PROMOTIONS,
    out_of: Account = Account.BANK,
    now: datetime = NOON,
) -> None:
    sides = [Side(to, Decimal(amount), "COP"), Side(out_of, -Decimal(amount), "COP")]
    with transaction.atomic():
        post([Movement("credit_expired", sides, cause_kind="test", cause_id=uuid4())], now=now)


def by_hand() -> dict[str, Decimal]:
    """Every balance as all the entries say."""
    found: dict[str, Decimal] = {}
    for entry in LedgerEntry.objects.select_related("account"):
        found.setdefault(entry.account_id, Decimal(0))
        found[entry.account_id] += entry.amount * entry.account.normal_side
    return found


def balances() -> dict[str, Decimal]:
    return {balance.account: balance.amount for balance in list_balances()}


def close(month: date = NOVEMBER, *, now: datetime = NEXT_MONTH) -> ClosedMonth:
    return close_month(month=month, actor_id=None, now=now)


def test_a_closed_month_takes_no_movement_and_the_next_one_does() -> None:
    moved()
    close()

    last_moment = datetime(2026, 12, 1, 4, 59, 59, tzinfo=UTC)
    with pytest.raises(IntegrityError, match="happened in a closed month"):
        moved(now=last_moment)
    moved(now=last_moment + timedelta(seconds=1))

    assert first_open_month() == DECEMBER
    assert verify() == []


def test_a_closed_month_says_for_ever_what_it_said() -> None:
    moved("100.00")
    moved("3.00", now=NEXT_MONTH)
    close()
    assert sum_next_mark()
    then = list_balances_of(month=NOVEMBER)

    moved("7.00", now=NEXT_MONTH)

    assert list_balances_of(month=NOVEMBER) == then
    assert {balance.account: balance.amount for balance in then} == {
        "promotions": 100,
        "bank": -100,
    }
    assert balances() == {"promotions": 110, "bank": -110}


def test_closing_is_audited_and_a_repeat_changes_nothing(admin_user: Any) -> None:
    moved()
    first = close_month(month=NOVEMBER, actor_id=admin_user.pk, now=NEXT_MONTH)

    again = close_month(month=NOVEMBER, actor_id=None, now=NEXT_MONTH + timedelta(days=1))

    assert (again.closed_at, again.closed_by_id) == (first.closed_at, admin_user.pk)
    assert AuditEntry.objects.filter(action="finances.month.closed").count() == 1
    assert LedgerMark.objects.count() == 1


@pytest.mark.parametrize(
    ("month", "now", "refusal"),
    [
        (NOVEMBER, datetime(2026, 12, 1, 5, 59, tzinfo=UTC), errors.MonthNotOver),
        (DECEMBER, NEXT_MONTH, errors.MonthNotOver),
        (date(2026, 10, 1), NEXT_MONTH, errors.MonthOutOfOrder),
        (DECEMBER, datetime(2027, 1, 2, tzinfo=UTC), errors.MonthOutOfOrder),
    ],
)
def test_a_month_that_cannot_be_closed_is_refused(
    month: date, now: datetime, refusal: type[Exception]
) -> None:
    moved()

    with pytest.raises(refusal):
        close(month, now=now)

    assert not ClosedMonth.objects.exists()
    assert not LedgerMark.objects.exists()


def test_what_is_not_closed_cannot_be_read_as_if_it_were() -> None:
    moved()
    with pytest.raises(errors.MonthNotClosed):
        list_balances_of(month=NOVEMBER)
    close()
    with pytest.raises(errors.MonthNotClosed):
        list_balances_of(month=NOVEMBER)
    sum_next_mark()
    assert list_balances_of(month=NOVEMBER)


def test_months_close_by_themselves_so_many_days_after_their_end() -> None:
    assert not close_due_month(now=NOON)
    moved()

    assert not close_due_month(now=datetime(2026, 12, 6, 4, 59, tzinfo=UTC))
    assert close_due_month(now=datetime(2026, 12, 6, 5, tzinfo=UTC))
    assert not close_due_month(now=datetime(2026, 12, 31, tzinfo=UTC))
    assert close_due_month(now=datetime(2027, 1, 6, 5, tzinfo=UTC))

    assert list(ClosedMonth.objects.values_list("month", flat=True)) == [DECEMBER, NOVEMBER]


def test_a_mark_a_day_and_old_ones_go_but_those_of_months() -> None:
    moved()
    close()
    days = [NEXT_MONTH + timedelta(days=number) for number in range(40)]

    for day in days:
        assert mark_ledger(now=day) == (day > NEXT_MONTH)
        assert not mark_ledger(now=day + timedelta(hours=19))

    kept = LedgerMark.objects.order_by("set_at").values_list("set_at", flat=True)
    assert list(kept) == [NEXT_MONTH, *days[9:]]


def test_a_busy_day_has_more_marks_than_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(periods, "ENTRIES_BETWEEN_MARKS", 4)
    moved()
    assert mark_ledger(now=NOON)

    moved()
    assert not mark_ledger(now=NOON + timedelta(hours=1))
    moved()
    assert mark_ledger(now=NOON + timedelta(hours=2))


def test_a_balance_is_two_statements_that_leave_old_entries_alone(
    django_assert_num_queries: Any,
) -> None:
    for _ in range(3):
        moved()
    mark_ledger(now=NOON)
    sum_next_mark()
    moved("1.00")

    with django_assert_num_queries(2) as asked:
        found = balances()

    assert found == by_hand()
    (mark,) = LedgerMark.objects.all()
    assert f"id > {mark.through_entry}" in asked[1]["sql"]


def test_every_hour_what_is_due_is_closed_and_marked() -> None:
    moved()

    keep_books()

    assert LedgerMark.objects.get().is_summed
    assert balances() == by_hand()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(
    steps=st.lists(
        st.one_of(
            st.tuples(st.sampled_from(["100.00", "0.01", "-3.50"]), st.sampled_from(PLAIN)),
            st.sampled_from(["mark", "sum", "close"]),
        ),
        max_size=20,
    )
)
def test_whatever_is_marked_and_closed_balances_are_the_sums_of_all_entries(
    steps: list[Any],
) -> None:
    now, before = NOON, 0
    with transaction.atomic():
        for step in steps:
            now += timedelta(days=9)
            if step == "mark":
                mark_ledger.body(now=now)
            elif step == "sum":
                sum_next_mark.body()
            elif step == "close" and first_open_month():
                with pytest.MonkeyPatch.context() as patch:
                    patch.setattr(periods, "close_month", close_month.body)
                    close_due_month(now=now)
            elif step != "close":
                moved(step[0], to=step[1], out_of=Account.BANK, now=now)
            assert balances() == by_hand()
        assert verify() == []
        before = MarkedBalance.objects.count()
        transaction.set_rollback(True)
    assert before >= 0


def damaged_mark() -> None:
    MarkedBalance.objects.filter(account_id="promotions").update(amount=3)


def movement_without_trigger() -> None:
    execute("SET LOCAL session_replication_role = replica")
    moved(now=NOON)
    execute("SET LOCAL session_replication_role = origin")


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (damaged_mark, "the newest mark says promotions is 3.00 COP, its entries 100.00"),
        (movement_without_trigger, "was written into a closed month"),
    ],
)
def test_the_proof_finds(damage: Callable[[], None], words: str) -> None:
    moved()
    close()
    sum_next_mark()
    assert verify() == []

    damage()

    (found,) = verify()
    assert words in found.text


# --- races


def post_slowly(has_written: Event, may_commit: Event) -> None:
    with transaction.atomic():
        moved("5.00")
        has_written.set()
        assert may_commit.wait(10)


def mark_while_somebody_writes() -> list[Any]:
    """Somebody's entry has its id and no commit when a later one is there and the mark is set."""
    has_written, may_commit = Event(), Event()

    def mark() -> None:
        assert has_written.wait(10)
        moved("7.00")
        try:
            mark_ledger(now=NOON)
            sum_next_mark()
        finally:
            may_commit.set()

    return race([partial(post_slowly, has_written, may_commit), mark])


@pytest.mark.django_db(transaction=True)
def test_no_mark_is_set_past_an_entry_that_is_still_being_written() -> None:
    posted, marked = mark_while_somebody_writes()

    assert posted is None
    assert isinstance(marked, errors.LedgerBusy)
    assert mark_ledger(now=NOON)
    assert sum_next_mark()
    assert balances() == by_hand() == {"promotions": 12, "bank": -12}


@pytest.mark.django_db(transaction=True)
def test_control_without_holding_the_ledger_the_entry_is_missing_from_the_sum(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(periods, "hold_ledger", lambda: None)

    mark_while_somebody_writes()

    assert balances() != by_hand()
    assert any("the newest mark says" in finding.text for finding in verify())


@pytest.mark.django_db(transaction=True)
def test_who_posts_while_a_month_is_closed_is_in_it_or_refused() -> None:
    moved()

    posted, closed = overtake(moved, by=close)

    assert isinstance(closed, ClosedMonth)
    assert isinstance(posted, IntegrityError)
    sum_next_mark()
    assert balances() == by_hand() == {"promotions": 100, "bank": -100}


@pytest.mark.django_db(transaction=True)
def test_months_closed_eight_times_at_once_are_closed_once() -> None:
    moved()

    outcomes = race([close] * 8)

    assert {type(outcome) for outcome in outcomes} <= {ClosedMonth, errors.LedgerBusy}
    assert ClosedMonth.objects.count() == LedgerMark.objects.count() == 1
