"""Random studios for properties, and the days on which clocks change."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from spa.domain.availability import LaneBusy
from spa.domain.need import Chain, Part
from spa.domain.studio import Absence, AddOn, Extra, Hours, Place, Room, Treatment, Worker

# (zone, a day the clock goes forward, a day it goes back): an hour, at midnight, by half an hour.
CLOCK_CHANGES = [
    ("Europe/Madrid", date(2027, 3, 28), date(2026, 10, 25)),
    ("America/Santiago", date(2026, 9, 6), date(2027, 4, 3)),
    ("Australia/Lord_Howe", date(2026, 10, 4), date(2027, 4, 4)),
    ("America/New_York", date(2027, 3, 14), date(2026, 11, 1)),
]
ZONES = [ZoneInfo(name) for name, _, _ in CLOCK_CHANGES] + [ZoneInfo("America/Bogota")]
CHANGE_DAYS = [day for _, forward, back in CLOCK_CHANGES for day in (forward, back)]
MIDNIGHT, LAST = time(0), time(23, 55)
SKILLS = [UUID(int=n) for n in range(1, 3)]
PLACE, OTHER_PLACE = UUID(int=100), UUID(int=101)


def always_open(zone: ZoneInfo, *, slot_minutes: int = 15) -> Place:
    """A place that is open the whole day, every day."""
    opening = tuple(Hours(weekday, MIDNIGHT, LAST) for weekday in range(1, 8))
    return Place(PLACE, "Sede", zone, "COP", slot_minutes, opening, frozenset())


def always_working(number: int = 1, **changes: Any) -> Worker:
    """Somebody who works the whole day, every day."""
    hours = {PLACE: tuple(Hours(weekday, MIDNIGHT, LAST) for weekday in range(1, 8))}
    values = {
        "id": UUID(int=1000 + number),
        "resource_id": UUID(int=2000 + number),
        "name": f"T{number}",
        "position": 0,
        "skill_ids": frozenset(SKILLS),
        "hours": hours,
        "absences": {},
        "extras": {},
    }
    return Worker(**(values | changes))


def treatment(**changes: Any) -> Treatment:
    """An hour with somebody, ten minutes of pause after it."""
    values = {
        "id": UUID(int=1),
        "name": "Masaje",
        "duration": 60,
        "buffer_before": 0,
        "buffer_after": None,
        "requires_staff": True,
        "skill_id": None,
        "room_kind": "",
        "place_ids": frozenset({PLACE}),
        "price": Decimal("120000.00"),
        "vip_price": None,
        "currency": "COP",
        "deposit_percent": None,
    }
    return Treatment(**(values | changes))


def _times(step: int) -> st.SearchStrategy[time]:
    count = 24 * 60 // step
    return st.integers(0, count - 1).map(lambda n: time(n * step // 60, n * step % 60))


@st.composite
def _hours_of_days(draw: st.DrawFn, step: int) -> tuple[Hours, ...]:
    found = []
    for weekday in range(1, 8):
        starts, ends = sorted([draw(_times(step)), draw(_times(step))])
        # Mostly long days, otherwise nothing is ever free.
        if draw(st.integers(0, 4)):
            starts, ends = MIDNIGHT, LAST
        if starts < ends:
            found.append(Hours(weekday, starts, ends))
    return tuple(found)


@st.composite
def _workers(draw: st.DrawFn, number: int, days: list[date], step: int) -> Worker:
    absences, extras = {}, {}
    for day in days:
        starts, ends = sorted([draw(_times(step)), draw(_times(step))])
        match draw(st.sampled_from(["", "", "", "partly off", "off", "extra", "extra elsewhere"])):
            case "off":
                absences[day] = (Absence(None, None),)
            case "partly off" if starts < ends:
                absences[day] = (Absence(starts, ends),)
            case "extra" if starts < ends:
                extras[day] = (Extra(PLACE, starts, ends),)
            case "extra elsewhere" if starts < ends:
                extras[day] = (Extra(OTHER_PLACE, starts, ends),)
    return always_working(
        number,
        skill_ids=frozenset(draw(st.sampled_from([SKILLS, SKILLS, SKILLS[:1], []]))),
        hours={PLACE: draw(_hours_of_days(step)), OTHER_PLACE: draw(_hours_of_days(step))},
        absences=absences,
        extras=extras,
        capacity=draw(st.sampled_from([None, None, 1, 2, 3])),
    )


def chains(*treatments: Treatment) -> list[Chain]:
    """One person's services in sequence."""
    return [Chain(tuple(map(Part, treatments)))]


@st.composite
def _parts(draw: st.DrawFn, step: int) -> Part:
    minutes = lambda low, high: st.integers(low // step, high // step).map(lambda n: n * step)  # noqa: E731
    kind = draw(st.sampled_from(["", "CABIN", "EQUIPMENT"]))
    given = treatment(
        duration=draw(minutes(5, 120)),
        buffer_before=draw(minutes(0, 30)),
        buffer_after=draw(st.none() | minutes(0, 30)),
        requires_staff=not kind or draw(st.booleans()),
        skill_id=draw(st.sampled_from([None, None, *SKILLS])),
        room_kind=kind,
        is_low_supervision=draw(st.booleans()),
        shares_room=draw(st.booleans()),
    )
    return Part(given, tuple(map(added, draw(st.sampled_from([[], [], [10], [5, 20]])))))


def added(minutes: int) -> AddOn:
    """Something that makes a service last longer."""
    return AddOn(UUID(int=500 + minutes), "Piedras", minutes, Decimal(0), "COP", frozenset())


@st.composite
def _chains(draw: st.DrawFn, step: int, workers: list[Worker]) -> list[Chain]:
    """One person's services, or those of two or three who come together."""
    wishes = st.sampled_from([None, None, None, *(worker.id for worker in workers)])
    services = st.lists(_parts(step), min_size=1, max_size=3)
    first = Chain(tuple(draw(services)), draw(wishes))
    match draw(st.sampled_from(["alone", "alone", "couple", "alike", "three"])):
        case "alike":
            return [first, Chain(first.parts)]
        case "couple":
            return [first, Chain(tuple(draw(services)), draw(wishes))]
        case "three":
            return [first, Chain(first.parts), Chain((draw(_parts(step)),))]
        case _:
            return [first]


@st.composite
def _taken(draw: st.DrawFn, resources: list[UUID], day: date, step: int) -> LaneBusy:
    """Bookings of the whole of something, or of one lane, also beyond a capacity that shrank."""
    zero = int(datetime.combine(day, MIDNIGHT, UTC).timestamp())
    taken: dict[UUID, list[tuple[int, int, int, int | None]]] = {}
    for resource in resources:
        for _ in range(draw(st.integers(0, 3))):
            begin = draw(st.integers(-24 * 60 // step, 48 * 60 // step)) * step
            lasts = draw(st.integers(1, 240 // step)) * step
            lanes = draw(st.sampled_from([(0, None), (0, 1), (1, 2), (3, 4)]))
            taken.setdefault(resource, []).append(
                (zero + begin * 60, zero + (begin + lasts) * 60, *lanes)
            )
    return taken


@st.composite
def questions(draw: st.DrawFn, *, step: int) -> dict[str, Any]:
    """What the slow model and the product are both asked, on a day clocks change or a plain one."""
    day = draw(st.sampled_from([*CHANGE_DAYS, date(2026, 12, 7)]))
    first = day - timedelta(days=draw(st.integers(0, 1)))
    last = day + timedelta(days=draw(st.integers(0, 1)))
    around = [first + timedelta(days=n) for n in range(-1, (last - first).days + 2)]
    place = Place(
        PLACE,
        "Sede",
        draw(st.sampled_from(ZONES)),
        "COP",
        draw(st.sampled_from([5, 10, 15, 20, 30, 60])),
        draw(_hours_of_days(step)),
        frozenset(draw(st.sampled_from([[], [], [], around[1:2]]))),
    )
    workers = [
        draw(_workers(n, around, step))
        for n in range(draw(st.sampled_from([2, 1, 3, 2, 1, 3, 2, 0])))
    ]
    rooms = [
        Room(UUID(int=3000 + n), kind, where, draw(st.integers(1, 3)))
        for n, (kind, where) in enumerate(
            [("CABIN", PLACE), ("CABIN", PLACE), ("EQUIPMENT", PLACE), ("CABIN", OTHER_PLACE)]
        )
    ][: draw(st.sampled_from([4, 3, 4, 3, 4, 1]))]
    resources = [w.resource_id for w in workers] + [r.resource_id for r in rooms]
    earliest = datetime.combine(first, MIDNIGHT, UTC) + timedelta(
        minutes=draw(st.integers(-1500, 800))
    )
    return {
        "place": place,
        "workers": workers,
        "rooms": rooms,
        "chains": draw(_chains(step, workers)),
        "taken": draw(_taken(resources, day, step)),
        "first_day": first,
        "last_day": last,
        "earliest": earliest,
        "latest": earliest + timedelta(minutes=draw(st.integers(500, 6000))),
        "usual_buffer": 10,
        "usual_capacity": draw(st.integers(1, 2)),
    }
