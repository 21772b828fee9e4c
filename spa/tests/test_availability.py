"""Which starts are free: the bit sets against the slow model."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given

from spa.domain.availability import Offers, Stretch, VisitNeed, find_offers
from spa.domain.bits import Window, instant_of_bit
from spa.domain.calendar import Calendar
from spa.domain.studio import Studio
from spa.tests.slow_model import free_starts
from spa.tests.studios import (
    CLOCK_CHANGES,
    PLACE,
    SKILLS,
    always_open,
    always_working,
    questions,
    treatment,
)

BOGOTA = ZoneInfo("America/Bogota")
MONDAY = date(2026, 12, 7)
LONG_AGO, FAR_AWAY = datetime(2020, 1, 1, tzinfo=UTC), datetime(2040, 1, 1, tzinfo=UTC)


def asked(question: dict[str, Any]) -> Offers:
    """The product's answer to a question of the slow model's."""
    place = question["place"]
    studio = Studio({place.id: place}, {}, tuple(question["workers"]), tuple(question["rooms"]))
    return find_offers(
        Calendar(studio),
        place=place,
        need=question["need"],
        busy=question["busy"],
        window=Window(question["first_day"], question["last_day"]),
        earliest=question["earliest"],
        latest=question["latest"],
    )


def as_model(offers: Offers, need: VisitNeed) -> dict[datetime, Any]:
    """Offers in the slow model's words."""
    found = {}
    for bit in offers.start_bits():
        start = instant_of_bit(bit)
        rooms = [room for kind, _ in need.rooms for room in offers.rooms_at(start, kind)]
        found[start] = (
            frozenset(worker.id for worker in offers.workers_at(start)),
            frozenset(room.resource_id for room in rooms),
        )
    return found


@given(question=questions(step=5))
def test_on_the_five_minute_grid_the_offers_are_exactly_what_the_slow_model_finds(
    question: dict[str, Any],
) -> None:
    offers = asked(question)

    assert as_model(offers, question["need"]) == free_starts(**question)


@given(question=questions(step=1))
def test_off_the_five_minute_grid_nothing_is_offered_that_is_not_free(
    question: dict[str, Any],
) -> None:
    offers = as_model(asked(question), question["need"])

    truth = free_starts(**question)
    for start, (workers, rooms) in offers.items():
        assert start in truth
        assert workers <= truth[start][0]
        assert rooms <= truth[start][1]


@given(question=questions(step=5))
def test_a_start_is_offered_exactly_when_has_says_so(question: dict[str, Any]) -> None:
    offers = asked(question)

    listed = {instant_of_bit(bit) for bit in offers.start_bits()}
    begin, end = offers.window.starts_at, offers.window.ends_at
    probes = {
        begin + n * timedelta(minutes=5) for n in range((end - begin) // timedelta(minutes=5))
    }
    outside = {begin - timedelta(minutes=5), end, end + timedelta(days=400)}
    assert {start for start in probes | outside if offers.has(start)} == listed
    for start in listed:
        assert not offers.has(start + timedelta(seconds=1))
        assert not offers.has(start + timedelta(minutes=1))


def _one_day(zone: ZoneInfo, day: date, **changes: Any) -> Offers:
    question = {
        "place": always_open(zone, slot_minutes=30),
        "workers": [always_working()],
        "rooms": [],
        "need": VisitNeed.of([treatment(duration=30, buffer_after=0)], usual_buffer=0),
        "busy": {},
        "first_day": day,
        "last_day": day,
        "earliest": LONG_AGO,
        "latest": FAR_AWAY,
    }
    return asked(question | changes)


def _walls(offers: Offers, zone: ZoneInfo) -> list[str]:
    return [f"{instant_of_bit(bit).astimezone(zone):%H:%M}" for bit in offers.start_bits()]


@pytest.mark.parametrize(("name", "forward", "back"), CLOCK_CHANGES)
def test_na_17_no_slot_lies_in_the_gap_and_none_is_doubled_in_the_fold(
    name: str, forward: date, back: date
) -> None:
    zone = ZoneInfo(name)
    plain = [f"{minute // 60:02}:{minute % 60:02}" for minute in range(0, 23 * 60 + 30, 30)]
    missing = {
        "Europe/Madrid": ["02:00", "02:30"],
        "America/Santiago": ["00:00", "00:30"],
        "Australia/Lord_Howe": ["02:00"],
        "America/New_York": ["02:00", "02:30"],
    }[name]

    assert _walls(_one_day(zone, forward), zone) == [wall for wall in plain if wall not in missing]
    assert _walls(_one_day(zone, back), zone) == plain


@pytest.mark.parametrize(("name", "forward", "back"), CLOCK_CHANGES)
def test_na_17_hours_are_what_the_wall_clock_says_before_on_and_after_a_change(
    name: str, forward: date, back: date
) -> None:
    zone = ZoneInfo(name)
    hours = {
        PLACE: tuple(h.__class__(h.weekday, time(9), time(11)) for h in always_open(zone).opening)
    }
    worker = always_working(hours=hours)

    for change in (forward, back):
        for day in (change - timedelta(days=1), change, change + timedelta(days=1)):
            offers = _one_day(zone, day, workers=[worker])

            assert _walls(offers, zone) == ["09:00", "09:30", "10:00", "10:30"]


def test_a_pause_ends_before_the_next_visit_and_within_the_shift() -> None:
    worker = always_working(
        hours={
            PLACE: tuple(
                h.__class__(h.weekday, time(9), time(13)) for h in always_open(BOGOTA).opening
            )
        }
    )
    noon = datetime(2026, 12, 7, 11, tzinfo=BOGOTA)
    need = VisitNeed.of([treatment(duration=60, buffer_after=None)], usual_buffer=10)
    busy = {worker.resource_id: [(int(noon.timestamp()), int(noon.timestamp()) + 1800)]}

    offers = _one_day(BOGOTA, MONDAY, workers=[worker], need=need, busy=busy)

    # 10:00 would pause until 11:10 and 12:00 until 13:10; 11:30 pauses until 12:40.
    assert _walls(offers, BOGOTA) == ["09:00", "09:30", "11:30"]


def test_only_who_has_every_skill_is_offered() -> None:
    knows_all = always_working(1)
    knows_one = always_working(2, skill_ids=frozenset(SKILLS[:1]))
    both = [treatment(skill_id=skill) for skill in SKILLS]

    offers = _one_day(
        BOGOTA,
        MONDAY,
        workers=[knows_one, knows_all],
        need=VisitNeed.of(both, usual_buffer=0),
    )

    assert [worker.id for worker, _ in offers.workers] == [knows_all.id]


def test_a_visit_holds_people_and_rooms_from_the_first_preparation_to_the_last_pause() -> None:
    need = VisitNeed.of(
        [
            treatment(duration=60, buffer_before=15, buffer_after=5, room_kind="CABIN"),
            treatment(duration=30, requires_staff=False, room_kind="EQUIPMENT"),
            treatment(duration=20, buffer_before=50, buffer_after=0, room_kind="CABIN"),
        ],
        usual_buffer=10,
    )

    assert need.duration == 110
    assert need.staff == Stretch(-15, 110)
    assert dict(need.rooms) == {"CABIN": Stretch(-15, 110), "EQUIPMENT": Stretch(60, 100)}


def test_a_long_pause_is_not_cut_short_by_a_short_service_after_it() -> None:
    need = VisitNeed.of(
        [
            treatment(duration=60, buffer_after=45, room_kind="CABIN"),
            treatment(duration=10, buffer_after=0, room_kind="CABIN"),
        ],
        usual_buffer=10,
    )

    assert need.staff == Stretch(0, 105)
    assert dict(need.rooms) == {"CABIN": Stretch(0, 105)}


def test_somebody_asked_for_by_name_is_the_only_one_offered() -> None:
    workers = [always_working(n) for n in range(3)]
    place = always_open(BOGOTA)
    studio = Studio({PLACE: place}, {}, tuple(workers), ())

    offers = find_offers(
        Calendar(studio),
        place=place,
        need=VisitNeed.of([treatment()], usual_buffer=10),
        busy={},
        window=Window(MONDAY, MONDAY),
        earliest=LONG_AGO,
        latest=FAR_AWAY,
        staff_id=workers[1].id,
    )

    assert [worker.id for worker, _ in offers.workers] == [workers[1].id]
    assert UUID(int=1) not in {worker.id for worker, _ in offers.workers}
