"""The days of a series: RFC 5545 rules, as far as a studio means them (SPA-20).

A rule is read and unrolled by python-dateutil, on plain dates. Only then does each day get its
instant, through the zone of the place: "Tuesdays at 10" is ten on the wall all year round (NA-17).

What is accepted is narrower than the standard, so that each rule has a meaning at the desk, an end,
and a next day that is never far: dateutil looks for a day that does not exist until the year 9999.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

from spa.domain.wall_time import instant_of, shows

MOST = 52
MOST_DAYS = 366

WEEKDAY = r"(?:MO|TU|WE|TH|FR|SA|SU)"
MONTH_DAY = r"-?(?:[1-9]|[12][0-9]|3[01])"


def _list_of(part: str) -> re.Pattern[str]:
    return re.compile(rf"{part}(?:,{part})*")


COUNT = re.compile(r"[1-9][0-9]{0,3}")
UNTIL = re.compile(r"[0-9]{8}(?:T[0-9]{6}Z)?")
ENDS = {"COUNT": COUNT, "UNTIL": UNTIL}
# What may be said with each frequency. An interval beyond these would leave at most one visit.
PARTS: Mapping[str, Mapping[str, re.Pattern[str]]] = {
    "DAILY": {"INTERVAL": re.compile(r"[1-9][0-9]?"), "BYDAY": _list_of(WEEKDAY), **ENDS},
    "WEEKLY": {"INTERVAL": re.compile(r"[1-9][0-9]?"), "BYDAY": _list_of(WEEKDAY), **ENDS},
    # At most six months: then one of the asked months has thirty-one days.
    "MONTHLY": {
        "INTERVAL": re.compile(r"[1-6]"),
        "BYDAY": _list_of(rf"[+-]?[1-5]?{WEEKDAY}"),
        "BYMONTHDAY": _list_of(MONTH_DAY),
        "BYSETPOS": _list_of(r"-?[1-5]"),
        **ENDS,
    },
}


class RuleRefused(ValueError):
    """`part` of the rule is not understood, or means nothing at a studio."""

    def __init__(self, part: str) -> None:
        super().__init__(part)
        self.part = part


class TooManyDays(ValueError):
    """The rule asks for more visits than a series may have, or for longer than a year."""


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One day of a series and the instant its visit begins, if the clock shows that time at all."""

    day: date
    start: datetime | None

    @classmethod
    def on(cls, day: date, wall: time, zone: ZoneInfo) -> "Occurrence":
        """The day with the instant at which the wall shows `wall`; in a fold the first of two."""
        instant = instant_of(day, wall, zone)
        local = datetime.combine(day, wall, tzinfo=zone)
        return cls(day, instant if shows(instant, local, zone) else None)


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that is accepted, in the one spelling that is stored."""

    text: str
    until: date | datetime | None

    @classmethod
    def parse(cls, text: str) -> "Rule":
        """The rule behind `FREQ=WEEKLY;BYDAY=TU;COUNT=10`. Raises `RuleRefused`."""
        parts = _split(text)
        frequency = parts.get("FREQ", "")
        if frequency not in PARTS:
            raise RuleRefused("FREQ")
        allowed = PARTS[frequency]
        for name, value in parts.items():
            if name != "FREQ" and not (name in allowed and allowed[name].fullmatch(value)):
                raise RuleRefused(name)
        _refuse_nonsense(parts)
        order = ["FREQ", *allowed]
        return cls(
            ";".join(f"{name}={parts[name]}" for name in order if name in parts),
            _until(parts["UNTIL"]) if "UNTIL" in parts else None,
        )

    def occurrences(self, *, first: date, wall: time, zone: ZoneInfo) -> tuple[Occurrence, ...]:
        """Each day from `first` on, in order, with the instant at which the wall shows `wall`.

        In a fold the first of the two instants; in a gap none. Raises `TooManyDays`, or
        `RuleRefused` when no day is left before the rule's own end.
        """
        found = tuple(islice(self._days(first, wall, zone), MOST + 1))
        if len(found) > MOST:
            raise TooManyDays
        if not found:
            raise RuleRefused("UNTIL")
        return tuple(Occurrence.on(day, wall, zone) for day in found)

    def _days(self, first: date, wall: time, zone: ZoneInfo) -> Iterator[date]:
        endless = re.sub(r";UNTIL=[^;]*", "", self.text)
        # Without a time zone: dateutil is asked for days only.
        unrolled = rrulestr(endless, dtstart=datetime.combine(first, time(0)))
        for moment in unrolled:
            day = moment.date()
            if self._is_over(day, wall, zone):
                return
            if day - first >= timedelta(days=MOST_DAYS):
                raise TooManyDays
            yield day

    def _is_over(self, day: date, wall: time, zone: ZoneInfo) -> bool:
        if isinstance(self.until, datetime):
            return instant_of(day, wall, zone) > self.until
        return self.until is not None and day > self.until


def _split(text: str) -> dict[str, str]:
    parts: dict[str, str] = {}
    for piece in text.strip().upper().removeprefix("RRULE:").split(";"):
        name, _, value = piece.partition("=")
        if name in parts or not value:
            raise RuleRefused(name or "FREQ")
        parts[name] = value
    return parts


def _refuse_nonsense(parts: Mapping[str, str]) -> None:
    """Refuse parts that contradict each other, or that together may never name a day."""
    by_day = parts.get("BYDAY", "")
    if ("COUNT" in parts) == ("UNTIL" in parts):
        raise RuleRefused("COUNT")
    # Every seventh day and only on Mondays is every Monday, or never.
    if parts["FREQ"] == "DAILY" and by_day and parts.get("INTERVAL", "1") != "1":
        raise RuleRefused("INTERVAL")
    if by_day and "BYMONTHDAY" in parts:
        raise RuleRefused("BYMONTHDAY")
    # "The last of these weekdays" has a meaning, "the second of first Monday, first Friday" none.
    if "BYSETPOS" in parts and (not by_day or re.search(r"\d", by_day)):
        raise RuleRefused("BYSETPOS")


def _until(text: str) -> date | datetime:
    try:
        if len(text) == len("20260101"):
            return datetime.strptime(text, "%Y%m%d").replace(tzinfo=UTC).date()
        return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError as exc:
        raise RuleRefused("UNTIL") from exc
