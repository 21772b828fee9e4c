"""Until when the deposits of a series' visits may be paid once they move (SPA-11, SPA-20)."""

from datetime import datetime, time, timedelta
from functools import partial
from typing import Any

import pytest

from spa.domain.series import Scope
from spa.models import AppointmentSeries, Occupancy
from spa.services.series_deposits import ask_for_deposits
from spa.services.series_moves import Change, Grounds, move_series
from spa.tests.conftest import NOW, Repeat
from spa.tests.ledger import payment_of
from spa.tests.moves import move
from spa.tests.series import pay_series, visits_of


@pytest.fixture
def unpaid(repeat: Repeat) -> AppointmentSeries:
    """A certain series of which only the first deposit is paid."""
    return pay_series(repeat(), now=NOW).series


def test_the_deadlines_of_unpaid_visits_move_along(
    unpaid: AppointmentSeries, client_user: Any
) -> None:
    moved = partial(
        move_series,
        series_id=unpaid.pk,
        client_id=client_user.pk,
        scope=Scope.ALL,
        named=None,
        grounds=Grounds(client_user.pk, by_staff=False),
    )
    second = visits_of(unpaid)[1]
    near = second.hold_expires_at - timedelta(days=1)
    ask_for_deposits(now=near)

    moved(change=Change(weekday=3, wall=time(15)), now=near - timedelta(days=4))

    visits = visits_of(unpaid)[1:]
    due = [visit.starts_at - timedelta(days=2) for visit in visits]
    assert [visit.hold_expires_at for visit in visits] == due
    rows = Occupancy.objects.exclude(hold_expires_at=None).order_by("during")
    assert list(rows.values_list("hold_expires_at", flat=True)) == due
    until = [datetime.fromisoformat(visit.policy["deposit_until"]) for visit in visits]
    assert until == due
    # What was asked for by the old deadline is asked for again, by one payment at a time.
    assert ask_for_deposits(now=due[0] - timedelta(days=1)) == 1
    assert payment_of(second).expires_at == due[0]


def test_a_visit_that_comes_close_leaves_time_to_pay(
    unpaid: AppointmentSeries, client_user: Any
) -> None:
    second = visits_of(unpaid)[1]
    now = second.starts_at - timedelta(days=2, hours=2)

    move_series(
        series_id=unpaid.pk,
        client_id=client_user.pk,
        scope=Scope.ONE,
        named=second.occurrence,
        change=Change(weekday=1, wall=time(9)),
        grounds=Grounds(client_user.pk, by_staff=False),
        now=now + timedelta(minutes=50),
    )

    second.refresh_from_db()
    assert second.hold_expires_at == now + timedelta(minutes=70)
    assert Occupancy.objects.get(source_id=second.pk).hold_expires_at == second.hold_expires_at


def test_a_visit_that_comes_too_close_to_leave_that_time_is_held_until_it_begins(
    unpaid: AppointmentSeries,
) -> None:
    second = visits_of(unpaid)[1]
    now = second.hold_expires_at - timedelta(minutes=30)
    start = now + timedelta(minutes=15)

    move(second, start, now=now, desk=True, is_override=True, reason="Llegó hoy")

    second.refresh_from_db()
    assert (second.starts_at, second.hold_expires_at) == (start, start)
    assert Occupancy.objects.get(source_id=second.pk).hold_expires_at == start
