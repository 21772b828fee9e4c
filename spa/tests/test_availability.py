"""Which starts are free: the bit sets against the slow model (SPA-04)."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import combinations
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given

from spa.domain.availability import Offers, find_offers
from spa.domain.bits import Window, floor_bit, instant_of_bit
from spa.domain.calendar import Calendar
from spa.domain.need import Chain, Part, VisitNeed
from spa.domain.studio import Room, Studio
from spa.tests.slow_model import Seat, free_starts, needs_of
from spa.tests.studios import (
    CLOCK_CHANGES,
    PLACE,
    SKILLS,
    always_open,
    always_working,
    chains,
    questions,
    treatment,
)

BOGOTA = ZoneInfo("America/Bogota")
MONDAY = date(2026, 12, 7)
LONG_AGO, FAR_AWAY = datetime(2020, 1, 1, tzinfo=UTC), datetime(2040, 1, 1, tzinfo=UTC)


def asked(question: dict[str, Any]) -> Offers:
    """The product's answer to a question of the slow model's."""
    place, taken = question["place"], question["taken"]
    studio = Studio({place.id: place}, {}, tuple(question["workers"]), tuple(question["rooms"]))
    calendar = Calendar(studio)
    need = VisitNeed.of(
        question["chains"],
        usual_buffer=question["usual_buffer"],
        can_serve=lambda skills: bool(calendar.able_workers(skills, place)),
    )
    return find_offers(
        calendar,
        place=place,
        need=need,
        busy={resource: [pair[:2] for pair in rows] for resource, rows in taken.items()},
        lanes=taken,
        window=Window(question["first_day"], question["last_day"]),
        earliest=question["earliest"],
        latest=question["latest"],
        usual_capacity=question["usual_capacity"],
    )


def seats_at(offers: Offers, start: datetime) -> dict[tuple[int, int, str], frozenset[Seat]]:
    """By chain, service and what serves it: who and what is free for it."""
    bit, found = floor_bit(start) - offers.window.first, {}
    places: Counter[int] = Counter()
    for served in offers.need.served:
        where = (served.chain, places[served.chain])
        places[served.chain] += 1
        for what, number in (("staff", served.staff), ("room", served.room)):
            if number is not None:
                found[*where, what] = frozenset(
                    (option.resource_id, option.lane)
                    for option in offers.options[number]
                    if option.starts >> bit & 1
                )
    return found


def truth_of(question: dict[str, Any]) -> dict[datetime, dict[tuple[int, int, str], Any]]:
    """The slow model's answer in the same words."""
    place = question["place"]
    here = [w for w in question["workers"] if w.hours.get(place.id) or w.extras]
    needs = needs_of(question["chains"], workers=here, usual_buffer=question["usual_buffer"])
    return {
        start: {(*where, "staff"): seats[number] for where, number in needs.staff.items()}
        | {(*where, "room"): seats[number] for where, number in needs.rooms.items()}
        for start, seats in free_starts(**question).items()
    }


@given(question=questions(step=5))
def test_on_the_five_minute_grid_the_offers_are_exactly_what_the_slow_model_finds(
    question: dict[str, Any],
) -> None:
    offers = asked(question)

    starts = [instant_of_bit(bit) for bit in offers.start_bits()]
    assert {start: seats_at(offers, start) for start in starts} == truth_of(question)


@given(question=questions(step=1))
def test_off_the_five_minute_grid_nothing_is_offered_that_is_not_free(
    question: dict[str, Any],
) -> None:
    offers = asked(question)

    truth = truth_of(question)
    for bit in offers.start_bits():
        start = instant_of_bit(bit)
        for what, seats in seats_at(offers, start).items():
            assert seats <= truth[start][what]


@given(question=questions(step=5))
def test_a_crew_is_found_exactly_for_the_starts_on_offer_and_nobody_is_in_it_twice(
    question: dict[str, Any],
) -> None:
    offers = asked(question)

    for bit in offers.start_bits():
        start = instant_of_bit(bit)
        crew = next(offers.crews_at(start, lambda option: option.resource_id))
        seats = zip(crew, offers.need.demands, strict=True)
        for (one, mine), (other, theirs) in combinations(seats, 2):
            assert not (mine.stretch.overlaps(theirs.stretch) and one.excludes(other))
        for option, free in zip(crew, offers.options, strict=True):
            assert option in free
            assert option.starts >> bit - offers.window.first & 1


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
        "chains": chains(treatment(duration=30, buffer_after=0)),
        "taken": {},
        "first_day": day,
        "last_day": day,
        "earliest": LONG_AGO,
        "latest": FAR_AWAY,
        "usual_buffer": 10,
        "usual_capacity": 1,
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
    wanted = chains(treatment(duration=60, buffer_after=None))
    taken = {worker.resource_id: [(int(noon.timestamp()), int(noon.timestamp()) + 1800, 0, None)]}

    offers = _one_day(BOGOTA, MONDAY, workers=[worker], chains=wanted, taken=taken)

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
        chains=chains(*both),
    )

    assert [worker.id for worker, _ in offers.workers] == [knows_all.id]


def test_na_11_shared_time_is_counted_by_overlap_not_by_equal_starts() -> None:
    """Two of three places are taken from ten to eleven, one of them until half past ten only."""
    worker = always_working(capacity=2, resource_id=UUID(int=7))
    ten = int(datetime(2026, 12, 7, 10, tzinfo=BOGOTA).timestamp())
    taken = {UUID(int=7): [(ten, ten + 1800, 0, 1), (ten - 900, ten + 3600, 1, 2)]}
    wanted = chains(treatment(duration=30, buffer_after=0, is_low_supervision=True))

    offers = _one_day(BOGOTA, MONDAY, workers=[worker], chains=wanted, taken=taken)

    walls = _walls(offers, BOGOTA)
    assert "10:00" not in walls
    assert {"09:00", "09:30", "10:30", "11:00"} <= set(walls)


def test_what_takes_all_of_somebody_needs_every_lane_also_those_beyond_the_capacity() -> None:
    worker = always_working(capacity=1, resource_id=UUID(int=7))
    ten = int(datetime(2026, 12, 7, 10, tzinfo=BOGOTA).timestamp())
    wanted = chains(treatment(duration=30, buffer_after=0))
    # Somebody was booked on the third lane before the capacity shrank.
    taken = {UUID(int=7): [(ten, ten + 1800, 2, 3)]}

    alone = _one_day(BOGOTA, MONDAY, workers=[worker], chains=wanted, taken=taken)
    sharing = _one_day(
        BOGOTA,
        MONDAY,
        workers=[worker],
        chains=chains(treatment(duration=30, buffer_after=0, is_low_supervision=True)),
        taken=taken,
    )

    assert "10:00" not in _walls(alone, BOGOTA)
    assert "10:00" in _walls(sharing, BOGOTA)


def test_a_couple_is_offered_only_when_both_have_somebody_and_somewhere() -> None:
    workers = [always_working(n) for n in range(2)]
    rooms = [Room(UUID(int=3000 + n), "CABIN", PLACE) for n in range(2)]
    nine = int(datetime(2026, 12, 7, 9, tzinfo=BOGOTA).timestamp())
    taken = {
        workers[0].resource_id: [(nine, nine + 3600, 0, None)],
        rooms[1].resource_id: [(nine + 7200, nine + 10800, 0, None)],
    }
    one = Chain((Part(treatment(duration=30, buffer_after=0, room_kind="CABIN")),))

    offers = _one_day(BOGOTA, MONDAY, workers=workers, rooms=rooms, chains=[one, one], taken=taken)

    walls = set(_walls(offers, BOGOTA))
    assert walls.isdisjoint({"09:00", "09:30", "11:00", "11:30"})
    assert {"08:30", "10:00", "10:30", "12:00"} <= walls


def test_services_are_handed_over_only_when_nobody_knows_them_all() -> None:
    hands, feet = SKILLS
    wanted = chains(
        treatment(duration=30, buffer_after=0, skill_id=hands),
        treatment(duration=30, buffer_after=0, skill_id=feet),
    )
    halves = [
        always_working(1, skill_ids=frozenset([hands])),
        always_working(2, skill_ids=frozenset([feet])),
    ]

    legs = _one_day(BOGOTA, MONDAY, workers=halves, chains=wanted)
    whole = _one_day(BOGOTA, MONDAY, workers=[*halves, always_working(3)], chains=wanted)
    asked_for = _one_day(
        BOGOTA, MONDAY, workers=halves, chains=[replace(wanted[0], staff_id=halves[0].id)]
    )

    crew = next(legs.crews_at(datetime(2026, 12, 7, 10, tzinfo=BOGOTA), lambda _: 0))
    assert [option.worker for option in crew] == halves
    assert len(whole.need.demands) == 1
    assert asked_for.starts == 0


def test_somebody_asked_for_by_name_is_the_only_one_offered() -> None:
    workers = [always_working(n) for n in range(3)]
    (wanted,) = chains(treatment())

    offers = _one_day(
        BOGOTA, MONDAY, workers=workers, chains=[replace(wanted, staff_id=workers[1].id)]
    )

    assert [worker.id for worker, _ in offers.workers] == [workers[1].id]
