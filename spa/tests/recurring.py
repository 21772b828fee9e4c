"""Recurrence by definition: walk through every day and ask whether the rule means it.

Nothing here is shared with `spa.domain.recurrence` or dateutil.
"""

import calendar
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

WEEKDAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
YEAR = 366


def naive_days(parts: Mapping[str, str], first: date, *, days: int = YEAR) -> list[date]:
    """Every day the rule means from `first` on, within `days`; `COUNT` and `UNTIL` not applied."""
    every = (first + timedelta(days=number) for number in range(days))
    return [day for day in every if _means(parts, first, day)]


def _means(parts: Mapping[str, str], first: date, day: date) -> bool:
    interval = int(parts.get("INTERVAL", "1"))
    match parts["FREQ"]:
        case "DAILY":
            named = "BYDAY" not in parts or WEEKDAYS[day.weekday()] in parts["BYDAY"].split(",")
            return named and (day - first).days % interval == 0
        case "WEEKLY":
            weeks = (_monday(day) - _monday(first)).days // 7
            names = parts.get("BYDAY", WEEKDAYS[first.weekday()]).split(",")
            return WEEKDAYS[day.weekday()] in names and weeks % interval == 0
        case _:
            months = (day.year - first.year) * 12 + day.month - first.month
            return months % interval == 0 and day in _of_month(parts, first, day)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _of_month(parts: Mapping[str, str], first: date, day: date) -> list[date]:
    length = calendar.monthrange(day.year, day.month)[1]
    month = [day.replace(day=number) for number in range(1, length + 1)]
    if "BYDAY" not in parts:
        numbers = [int(n) for n in parts.get("BYMONTHDAY", str(first.day)).split(",")]
        return [d for d in month if d.day in numbers or d.day - length - 1 in numbers]
    meant = [
        d for d in month if any(_is_named(name, d, month) for name in parts["BYDAY"].split(","))
    ]
    if "BYSETPOS" not in parts:
        return meant
    positions = [int(n) for n in parts["BYSETPOS"].split(",")]
    return [d for n, d in enumerate(meant) if n + 1 in positions or n - len(meant) in positions]


def _is_named(name: str, day: date, month: list[date]) -> bool:
    if name[-2:] != WEEKDAYS[day.weekday()]:
        return False
    same = [d for d in month if d.weekday() == day.weekday()]
    number = int(name[:-2] or "0")
    return number == 0 or day == dict(enumerate(same, 1)).get(
        number if number > 0 else len(same) + 1 + number
    )


def naive_instant(day: date, wall: time, zone: ZoneInfo) -> datetime | None:
    """The first minute of two days of UTC at which the wall reads `wall` on `day`, or none."""
    begin = datetime.combine(day, time(0), UTC) - timedelta(hours=15)
    for minute in range(54 * 60):
        instant = begin + timedelta(minutes=minute)
        if instant.astimezone(zone).replace(tzinfo=None) == datetime.combine(day, wall):
            return instant
    return None


def as_text(parts: Mapping[str, str]) -> str:
    """The parts as a rule."""
    return ";".join(f"{name}={value}" for name, value in parts.items())


@st.composite
def rules(draw: st.DrawFn) -> dict[str, str]:
    """A rule the studio accepts, without its end."""
    frequency = draw(st.sampled_from(["DAILY", "WEEKLY", "MONTHLY"]))
    parts = {"FREQ": frequency}
    weekdays = st.lists(st.sampled_from(WEEKDAYS), min_size=1, max_size=4, unique=True)
    if draw(st.booleans()):
        parts["INTERVAL"] = str(draw(st.integers(1, 6 if frequency == "MONTHLY" else 20)))
    if frequency != "MONTHLY":
        if draw(st.booleans()) and (frequency == "WEEKLY" or parts.get("INTERVAL", "1") == "1"):
            parts["BYDAY"] = ",".join(draw(weekdays))
        return parts
    return parts | draw(_month_parts(weekdays))


@st.composite
def _month_parts(draw: st.DrawFn, weekdays: Any) -> dict[str, str]:
    match draw(st.sampled_from(["", "BYMONTHDAY", "BYDAY", "ordinals", "BYSETPOS"])):
        case "BYMONTHDAY":
            day = st.integers(1, 31) | st.integers(-31, -1)
            days = draw(st.lists(day, min_size=1, max_size=3, unique=True))
            return {"BYMONTHDAY": ",".join(map(str, days))}
        case "BYDAY":
            return {"BYDAY": ",".join(draw(weekdays))}
        case "ordinals":
            ordinal = st.sampled_from(["1", "2", "+3", "4", "5", "-1", "-2", "-5"])
            return {"BYDAY": ",".join(draw(ordinal) + name for name in draw(weekdays))}
        case "BYSETPOS":
            position = st.sampled_from([1, 2, 3, 4, 5, -1, -2, -3, -4, -5])
            positions = draw(st.lists(position, min_size=1, max_size=2, unique=True))
            return {
                "BYDAY": ",".join(draw(weekdays)),
                "BYSETPOS": ",".join(map(str, positions)),
            }
    return {}
