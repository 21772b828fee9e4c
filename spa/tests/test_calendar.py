"""Open and working time as masks, against the slow model."""

from datetime import date, time
from typing import Any

from hypothesis import given

from spa.domain.bits import Window, bit_numbers, instant_of_bit
from spa.domain.calendar import Calendar
from spa.domain.studio import Absence, Hours, Studio
from spa.tests.slow_model import (
    grid_minutes,
    minutes_around,
    open_minutes,
    working_minutes,
)
from spa.tests.studios import PLACE, ZONES, always_open, always_working, questions

EMPTY = Studio({}, {}, (), ())


def instants(mask: int, window: Window) -> list[Any]:
    return [instant_of_bit(window.first + number) for number in bit_numbers(mask)]


@given(question=questions(step=5))
def test_na_17_masks_hold_exactly_the_minutes_the_wall_clock_gives(
    question: dict[str, Any],
) -> None:
    place, first, last = question["place"], question["first_day"], question["last_day"]
    window, calendar = Window(first, last), Calendar(EMPTY)
    minutes = minutes_around(first, last, place.zone)

    def fives(found: Any) -> list[Any]:
        return [minutes.instant(n) for n in sorted(found) if minutes.instant(n).minute % 5 == 0]

    assert instants(calendar.open_time(place, window), window) == fives(
        open_minutes(minutes, place, window.days)
    )
    assert instants(calendar.grid(place, window), window) == fives(
        grid_minutes(minutes, place, first, last)
    )
    for worker in question["workers"]:
        assert instants(calendar.working_time(worker, place, window), window) == fives(
            working_minutes(minutes, worker, place, window.days)
        )


def test_a_remembered_day_answers_like_a_new_one_whatever_window_asks() -> None:
    place, worker = always_open(ZONES[0]), always_working()
    first, last = date(2026, 10, 24), date(2026, 10, 27)
    remembering = Calendar(EMPTY)
    remembering.working_time(worker, place, Window(date(2026, 10, 20), date(2026, 11, 2)))

    again = remembering.working_time(worker, place, Window(first, last))

    assert again == Calendar(EMPTY).working_time(worker, place, Window(first, last))


def test_hours_hold_on_their_weekday_within_their_dates_inclusive() -> None:
    hours = Hours(
        1, time(9), time(10), valid_from=date(2026, 12, 7), valid_until=date(2026, 12, 14)
    )

    covered = [day for day in range(1, 29) if hours.covers(date(2026, 12, day))]

    assert covered == [7, 14]


def test_hours_off_the_grid_are_rounded_inwards_and_absence_outwards() -> None:
    monday = date(2026, 12, 7)
    window, calendar = Window(monday, monday), Calendar(EMPTY)
    place = always_open(ZONES[-1])
    short = always_working(1, hours={PLACE: (Hours(1, time(9, 2), time(9, 19)),)})
    absent = always_working(
        2,
        hours={PLACE: (Hours(1, time(9), time(9, 30)),)},
        absences={monday: (Absence(time(9, 9), time(9, 11)),)},
    )

    def walls(worker: Any) -> list[str]:
        mask = calendar.working_time(worker, place, window)
        return [f"{found.astimezone(place.zone):%H:%M}" for found in instants(mask, window)]

    assert walls(short) == ["09:05", "09:10"]
    assert walls(absent) == ["09:00", "09:15", "09:20", "09:25"]
