"""Free starts as the API shows them."""

from datetime import datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from spa.domain.availability import Offers
from spa.domain.bits import bit_numbers, instant_of_bit
from spa.domain.ranking import Ranking


def present_days(
    offers: Offers, zone: ZoneInfo, duration: timedelta, ranking: Ranking | None
) -> list[dict[str, Any]]:
    """Every asked local day in order, with its free starts, who is free for each, and its rank."""
    staff: dict[int, list[str]] = {}
    for worker, mask in offers.workers:
        identity = str(worker.id)
        for number in bit_numbers(mask):
            staff.setdefault(number, []).append(identity)
    first, last = offers.window.first_day, offers.window.last_day
    asked = (first + timedelta(days=number) for number in range((last - first).days + 1))
    days: dict[str, list[dict[str, Any]]] = {day.isoformat(): [] for day in asked}

    @cache
    def said(instant: datetime) -> str:
        # One visit's end is another's start.
        return instant.astimezone(zone).isoformat()

    for bit in offers.start_bits():
        begins = instant_of_bit(bit)
        start = said(begins)
        slot: dict[str, Any] = {
            "start": start,
            "end": said(begins + duration),
            "staff": staff.get(bit - offers.window.first, []),
        }
        if ranking is not None:
            slot["rank"] = ranking.of(bit)
        days[start[:10]].append(slot)
    return [{"date": day, "slots": slots} for day, slots in days.items()]
