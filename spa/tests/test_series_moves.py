"""Moving a series: as many visits as asked, all or none, each by its own terms (SPA-20, NA-10)."""

from datetime import UTC, datetime, time, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from core.errors import DomainError
from core.models import Location
from core.testing import deliver_outbox
from notifications.models import Notification
from spa import errors
from spa.domain.series import Scope
from spa.models import (
    Appointment,
    AppointmentSeries,
    AppointmentTransition,
    Occupancy,
    Service,
)
from spa.services.series_moves import Change, Grounds, move_series
from spa.tests.conftest import BOGOTA, MONDAY_TEN, NOW, Book, Repeat, rule_that
from spa.tests.factories import LocationFactory, ServiceFactory, StaffFactory
from spa.tests.ledger import count_overlaps, nothing_changes
from spa.tests.series import repeated, visits_of
from users.tests.factories import UserFactory

WEEK = timedelta(weeks=1)
ELEVEN = Change(wall=time(11))
Move = partial[AppointmentSeries]


@pytest.fixture
def certain_series(repeat: Repeat) -> AppointmentSeries:
    """Four Mondays at ten, confirmed, of which nothing is owed before."""
    Service.objects.update(deposit_percent=0)
    return repeat().series


@pytest.fixture
def move(certain_series: AppointmentSeries, client_user: Any) -> Move:
    """All of the client's series that are ahead, three days before the first."""
    return partial(
        move_series,
        series_id=certain_series.pk,
        client_id=client_user.pk,
        scope=Scope.ALL,
        named=None,
        grounds=Grounds(client_user.pk, by_staff=False),
        now=NOW,
    )


def walls(series: AppointmentSeries) -> list[str]:
    """When its visits begin on the wall of the studio, in the order of the rule's days."""
    return [f"{v.starts_at.astimezone(BOGOTA):%m-%d %H:%M}" for v in visits_of(series)]


def told() -> list[str]:
    """Which messages clients got since the series was booked."""
    deliver_outbox()
    templates = Notification.objects.order_by("pk").values_list("template", flat=True)
    return [template for template in templates if template != "series_booked"]


def test_all_move_to_another_time(move: Move, certain_series: AppointmentSeries) -> None:
    move(change=ELEVEN)

    assert walls(certain_series) == ["12-07 11:00", "12-14 11:00", "12-21 11:00", "12-28 11:00"]
    visits = visits_of(certain_series)
    # Their days in the rule stay their names.
    assert [f"{visit.occurrence:%m-%d}" for visit in visits] == ["12-07", "12-14", "12-21", "12-28"]
    assert {visit.reschedules for visit in visits} == {1}
    begins = Occupancy.objects.values_list("during", flat=True)
    assert sorted(time.lower for time in begins) == [visit.starts_at for visit in visits]
    assert told() == ["series_moved"]
    (message,) = Notification.objects.filter(template="series_moved")
    assert message.facts["visits"] == "4"
    assert message.facts["starts_at"] == visits[0].starts_at.isoformat()


def test_it_and_the_following_ones_move_to_another_day(
    move: Move, certain_series: AppointmentSeries
) -> None:
    named = visits_of(certain_series)[2].occurrence

    move(scope=Scope.FOLLOWING, named=named, change=Change(weekday=3))

    assert walls(certain_series) == ["12-07 10:00", "12-14 10:00", "12-23 10:00", "12-30 10:00"]
    # Earliest first, as bookings take time: so nobody waits in a circle.
    steps = AppointmentTransition.objects.filter(reason__startswith="moved").order_by("pk")
    assert [step.appointment for step in steps] == visits_of(certain_series)[2:]


def test_one_moves_and_is_told_as_any_visit(move: Move, certain_series: AppointmentSeries) -> None:
    named = visits_of(certain_series)[1].occurrence

    move(scope=Scope.ONE, named=named, change=Change(wall=time(15), weekday=2))

    assert walls(certain_series) == ["12-07 10:00", "12-15 15:00", "12-21 10:00", "12-28 10:00"]
    assert told() == ["booking_moved"]


def test_days_that_follow_each_other_move_on_together(
    move: Move, repeat: Repeat, certain_series: AppointmentSeries, client_user: Any
) -> None:
    """Each goes to where the next one is: that is in nobody's way."""
    rule_that(client_active_limit=2)
    daily = repeat(rule="FREQ=DAILY;COUNT=4", start=MONDAY_TEN.replace(hour=14)).series

    for weekday in (2, 1):
        move(series_id=daily.pk, change=Change(weekday=weekday))

        first = 6 + weekday
        assert walls(daily) == [f"12-{first + n:02} 14:00" for n in range(4)]
    assert count_overlaps() == 0


def test_all_go_to_another_person(
    move: Move, certain_series: AppointmentSeries, location: Location
) -> None:
    other = StaffFactory.create(location=location)

    move(change=Change(staff_id=other.pk))

    assert {visit.staff_id for visit in visits_of(certain_series)} == {other.pk}
    assert set(Occupancy.objects.values_list("resource_id", flat=True)) == {other.resource_id}
    assert {item.staff_id for v in visits_of(certain_series) for item in v.items.all()} == {
        other.pk
    }


def test_asking_twice_moves_once(move: Move, certain_series: AppointmentSeries) -> None:
    move(change=ELEVEN)

    with nothing_changes():
        move(change=ELEVEN)

    assert {visit.reschedules for visit in visits_of(certain_series)} == {1}


def test_na_18_one_conflict_leaves_everything_as_it_was_and_says_what_could_be_had(
    move: Move, book: Book
) -> None:
    book(client_id=UserFactory.create().pk, start=MONDAY_TEN.replace(hour=12) + WEEK)

    with nothing_changes(), pytest.raises(errors.SeriesConflicts) as refused:
        move(change=ELEVEN)

    (conflict,) = refused.value.facts["conflicts"]
    assert (conflict["date"], conflict["code"]) == ("2026-12-14", "SPA-SLOT-TAKEN")
    assert conflict["start"] == "2026-12-14T11:00:00-05:00"
    assert len(conflict["alternatives"]) == 3


def test_hours_nobody_works_are_a_conflict_of_each_visit(move: Move) -> None:
    with nothing_changes(), pytest.raises(errors.SeriesConflicts) as refused:
        move(change=Change(wall=time(6)))

    rows = refused.value.facts["conflicts"]
    assert [row["code"] for row in rows] == ["SPA-SLOT-NOT-OFFERED"] * 4
    assert {row["alternatives"][0]["start"][11:16] for row in rows} == {"09:00"}


def test_na_12_each_visit_moves_by_its_own_terms(
    move: Move, certain_series: AppointmentSeries
) -> None:
    """Too late for the first of them: all or none, but the following ones may go."""
    late = MONDAY_TEN - timedelta(hours=3)
    with nothing_changes(), pytest.raises(errors.SeriesConflicts) as refused:
        move(change=ELEVEN, now=late)
    assert [row["code"] for row in refused.value.facts["conflicts"]] == ["SPA-MOVE-TOO-LATE"]
    assert refused.value.facts["conflicts"][0]["alternatives"] == []

    named = visits_of(certain_series)[1].occurrence
    move(scope=Scope.FOLLOWING, named=named, change=ELEVEN, now=late)

    assert [wall[6:] for wall in walls(certain_series)] == ["10:00", "11:00", "11:00", "11:00"]


def test_whatever_stands_against_one_visit_is_told_with_its_day(
    move: Move, certain_series: AppointmentSeries, staff_user: Any
) -> None:
    def codes(**changes: Any) -> set[str]:
        with nothing_changes(), pytest.raises(errors.SeriesConflicts) as refused:
            move(**changes)
        return {row["code"] for row in refused.value.facts["conflicts"]}

    rule_that(series_horizon_days=14)
    assert codes(change=ELEVEN) == {"SPA-SLOT-TOO-FAR"}
    rule_that(series_horizon_days=180)
    desk = {"client_id": None, "grounds": Grounds(staff_user.pk, True, True, reason="Antes")}
    past = {"change": Change(wall=time(9)), "now": MONDAY_TEN - timedelta(minutes=30)}
    assert codes(**desk, **past) == {"SPA-SLOT-TOO-SOON"}
    for hour in (11, 12):
        move(change=Change(wall=time(hour)))
    assert codes(change=Change(wall=time(13))) == {"SPA-MOVES-USED-UP"}
    Appointment.objects.update(status="cancelled", cancelled_at=NOW)
    one = {"scope": Scope.ONE, "named": MONDAY_TEN.date()}
    assert codes(change=ELEVEN, **one) == {"SPA-VISIT-NOT-MOVABLE"}


def test_staff_move_it_against_its_terms_for_a_reason(
    move: Move, certain_series: AppointmentSeries, staff_user: Any
) -> None:
    late = MONDAY_TEN - timedelta(hours=3)
    against = partial(move, client_id=None, change=ELEVEN, now=late)
    with nothing_changes(), pytest.raises(errors.ReasonMissing):
        against(grounds=Grounds(staff_user.pk, by_staff=True, is_override=True))

    against(grounds=Grounds(staff_user.pk, True, is_override=True, reason="Se fue la luz"))

    assert {wall[6:] for wall in walls(certain_series)} == {"11:00"}
    assert {visit.reschedules for visit in visits_of(certain_series)} == {0}


def test_what_is_over_or_cancelled_stays_where_it_is(
    move: Move, certain_series: AppointmentSeries
) -> None:
    second = visits_of(certain_series)[1]
    Appointment.objects.filter(pk=second.pk).update(status="cancelled", cancelled_at=NOW)
    Occupancy.objects.filter(source_id=second.pk).delete()

    move(change=ELEVEN, now=MONDAY_TEN + timedelta(hours=2))

    assert [wall[6:] for wall in walls(certain_series)] == ["10:00", "10:00", "11:00", "11:00"]


def test_a_series_goes_as_far_when_it_moves_as_when_it_was_booked(
    repeat: Repeat, move: Move
) -> None:
    rule_that(client_active_limit=2)
    far = repeat(start=MONDAY_TEN.replace(hour=14), rule="FREQ=MONTHLY;COUNT=6").series

    move(series_id=far.pk, change=Change(wall=time(15)))

    assert {wall[6:] for wall in walls(far)} == {"15:00"}


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"scope": Scope.ONE, "named": NOW.date()}, errors.OccurrenceNotFound),
        ({"scope": Scope.FOLLOWING, "named": NOW.date()}, errors.OccurrenceNotFound),
        ({"now": MONDAY_TEN + timedelta(weeks=9)}, errors.SeriesOver),
    ],
)
def test_what_cannot_be_moved_is_refused_and_stays(
    move: Move, changes: dict[str, Any], error: type[DomainError]
) -> None:
    with nothing_changes(), pytest.raises(error):
        move(change=ELEVEN, **changes)


def test_somebody_elses_series_is_none(move: Move) -> None:
    with nothing_changes(), pytest.raises(errors.SeriesNotFound):
        move(change=ELEVEN, client_id=UserFactory.create().pk)


def test_somebody_who_does_not_know_the_service_is_refused_once(
    move: Move, location: Location, certain_series: AppointmentSeries
) -> None:
    elsewhere = StaffFactory.create(location=LocationFactory.create())

    with nothing_changes(), pytest.raises(errors.StaffNotAble):
        move(change=Change(staff_id=elsewhere.pk))


def test_na_17_a_series_moves_on_the_wall_clock(client_user: Any, db: None) -> None:
    zone = ZoneInfo("Europe/Madrid")
    location = LocationFactory.create(timezone=zone.key)
    service = ServiceFactory.create(locations=[location], deposit_percent=0)
    StaffFactory.create(location=location)
    first = datetime(2027, 3, 22, 10, tzinfo=zone)
    now = first.astimezone(UTC) - timedelta(days=3)
    series = repeated(
        client_id=client_user.pk,
        service_ids=[service.pk],
        start=first,
        rule="FREQ=WEEKLY;COUNT=3",
        now=now,
    ).series

    move_series(
        series_id=series.pk,
        client_id=client_user.pk,
        scope=Scope.ALL,
        named=None,
        change=Change(wall=time(12), weekday=7),
        grounds=Grounds(client_user.pk, by_staff=False),
        now=now,
    )

    shown = [visit.starts_at.astimezone(zone) for visit in visits_of(series)]
    assert [moment.isoformat() for moment in shown] == [
        "2027-03-28T12:00:00+02:00",
        "2027-04-04T12:00:00+02:00",
        "2027-04-11T12:00:00+02:00",
    ]


def test_na_17_into_the_gap_of_the_clock_nothing_is_booked_or_moved(
    client_user: Any, db: None
) -> None:
    zone = ZoneInfo("Europe/Madrid")
    night = (time(0), time(23, 55))
    location = LocationFactory.create(timezone=zone.key, hours=night)
    service = ServiceFactory.create(locations=[location], deposit_percent=0)
    StaffFactory.create(location=location, location__hours=night)
    first = datetime(2027, 3, 21, 10, tzinfo=zone)
    now = first.astimezone(UTC) - timedelta(days=3)
    two = partial(
        repeated,
        client_id=client_user.pk,
        service_ids=[service.pk],
        rule="FREQ=WEEKLY;COUNT=2",
        now=now,
    )
    move = partial(
        move_series,
        series_id=two(start=first).series.pk,
        client_id=client_user.pk,
        scope=Scope.ALL,
        named=None,
        change=Change(wall=time(2, 30)),
        grounds=Grounds(client_user.pk, by_staff=False),
        now=now,
    )

    for attempt in (partial(two, start=first.replace(hour=2, minute=30)), move):
        with nothing_changes(), pytest.raises(errors.SeriesConflicts) as refused:
            attempt()

        (conflict,) = refused.value.facts["conflicts"]
        assert (conflict["date"], conflict["code"]) == ("2027-03-28", "SPA-OCCURRENCE-NOT-ON-CLOCK")
        assert conflict["start"] is None
        assert conflict["alternatives"][0]["start"] == "2027-03-28T03:00:00+02:00"
