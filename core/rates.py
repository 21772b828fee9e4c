"""Rates as text: `5/min`, `3/10min`, `1000/h`. One that nobody can read stops the start."""

import re
from dataclasses import dataclass

UNITS = {"s": 1, "min": 60, "h": 3600, "d": 86_400}


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `limit` requests in each window of `seconds`."""

    limit: int
    seconds: int


def parse_rate(text: str) -> Rate | None:
    """The rate; `None` for the empty text, which means no limit. Raises `ValueError`."""
    if not text:
        return None
    match = re.fullmatch(r"(\d+)/(\d*)(s|min|h|d)", text)
    if match is None or int(match[1]) == 0:
        raise ValueError(f"{text!r} is not a rate such as 5/min or 3/10min")
    return Rate(limit=int(match[1]), seconds=int(match[2] or 1) * UNITS[match[3]])
