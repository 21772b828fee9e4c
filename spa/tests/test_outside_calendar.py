"""Reading calendars of elsewhere: what is busy, and what is not to be believed."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar, Event

from spa.domain.blocking import merged
from spa.domain.outside_calendar import NotACalendar, busy_intervals
from spa.tests.conftest import BOGOTA

BEGIN = datetime(2026, 12, 7, tzinfo=UTC)
END = BEGIN + timedelta(days=14)
MADRID = ZoneInfo("Europe/Madrid")


def busy(*events: str, zone: ZoneInfo = BOGOTA) -> list[tuple[str, str]]:
    """The busy time of a calendar with these events, in UTC."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//x//y//ES"]
    for number, event in enumerate(events):
        lines += ["BEGIN:VEVENT", f"UID:{number}", "DTSTAMP:20261201T000000Z"]
        lines += [*event.split("\n"), "END:VEVENT"]
    file = "\r\n".join([*lines, "END:VCALENDAR", ""]).encode()
    found = busy_intervals(file, begin=BEGIN, end=END, zone=zone)
    return [(f"{a:%d %H:%M}", f"{b:%d %H:%M}") for a, b in found]


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ("DTSTART:20261208T150000Z\nDTEND:20261208T160000Z", [("08 15:00", "08 16:00")]),
        ("DTSTART:20261208T150000Z\nDURATION:PT90M", [("08 15:00", "08 16:30")]),
        (
            "DTSTART;TZID=America/Bogota:20261208T100000\nDTEND;TZID=America/Bogota:20261208T110000",
            [("08 15:00", "08 16:00")],
        ),
        ("DTSTART:20261208T100000\nDTEND:20261208T110000", [("08 15:00", "08 16:00")]),
        ("DTSTART;VALUE=DATE:20261208\nDTEND;VALUE=DATE:20261209", [("08 05:00", "09 05:00")]),
        ("DTSTART;VALUE=DATE:20261208", [("08 05:00", "09 05:00")]),
        ("DTSTART:20261201T000000Z\nDTEND:20261230T000000Z", [("07 00:00", "21 00:00")]),
        (
            "DTSTART:20261130T150000Z\nDTEND:20261130T160000Z\nRRULE:FREQ=WEEKLY\n"
            "EXDATE:20261207T150000Z",
            [("14 15:00", "14 16:00")],
        ),
        ("DTSTART:20261208T150000Z\nDTEND:20261208T160000Z\nTRANSP:TRANSPARENT", []),
        ("DTSTART:20261208T150000Z\nDTEND:20261208T160000Z\nSTATUS:CANCELLED", []),
        ("DTSTART:20261108T150000Z\nDTEND:20261108T160000Z", []),
        ("DTSTART:20261207T150000Z\nDTEND:20261207T160000Z\nRRULE:FREQ=SECONDLY", []),
        ("DTSTART:20261208T150000Z\nDTEND:20261208T150000Z", []),
    ],
)
def test_what_an_event_takes(event: str, expected: list[tuple[str, str]]) -> None:
    assert busy(event) == expected


def test_events_that_overlap_are_one_stretch() -> None:
    first = "DTSTART:20261208T150000Z\nDTEND:20261208T160000Z"
    second = "DTSTART:20261208T153000Z\nDTEND:20261208T170000Z"

    assert busy(second, first) == [("08 15:00", "08 17:00")]


def test_na_17_whole_days_last_as_long_as_the_clock_says() -> None:
    event = "DTSTART;VALUE=DATE:20270328\nDTEND;VALUE=DATE:20270329"
    file = f"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\n{event}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    begin = datetime(2027, 3, 27, tzinfo=UTC)

    (found,) = busy_intervals(
        file.replace("\n", "\r\n").replace("\r\r", "\r").encode(),
        begin=begin,
        end=begin + timedelta(days=5),
        zone=MADRID,
    )

    assert found[1] - found[0] == timedelta(hours=23)


@pytest.mark.parametrize(
    "file",
    [
        b"",
        b"<html>sign in</html>",
        b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n",
        b"BEGIN:VEVENT\r\nUID:1\r\nEND:VEVENT\r\n",
        b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART:nonsense\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
        b"\xff\xfe\x00",
    ],
)
def test_what_is_no_calendar_is_said_to_be_none(file: bytes) -> None:
    with pytest.raises(NotACalendar):
        busy_intervals(file, begin=BEGIN, end=END, zone=BOGOTA)


def test_a_calendar_of_too_many_events_is_refused() -> None:
    event = b"BEGIN:VEVENT\r\nUID:1\r\nDTSTART:20261208T150000Z\r\nEND:VEVENT\r\n"
    file = b"BEGIN:VCALENDAR\r\n" + event * 5001 + b"END:VCALENDAR\r\n"

    with pytest.raises(NotACalendar):
        busy_intervals(file, begin=BEGIN, end=END, zone=BOGOTA)


spans = st.tuples(st.integers(0, 20_000), st.integers(5, 3_000))


@given(found=st.lists(spans, max_size=6))
def test_plain_events_take_exactly_their_time(found: list[tuple[int, int]]) -> None:
    calendar = Calendar.new()
    expected = []
    for number, (begin, lasts) in enumerate(found):
        start = BEGIN + timedelta(minutes=begin)
        end = start + timedelta(minutes=lasts)
        calendar.add_component(Event.new(uid=str(number), start=start, end=end))
        expected.append((start, min(end, END)))

    taken = busy_intervals(calendar.to_ical(), begin=BEGIN, end=END, zone=BOGOTA)

    assert taken == merged(expected)
