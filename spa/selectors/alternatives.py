"""What else a person could take who lost a slot (SPA-28)."""

from datetime import datetime, timedelta

from spa.domain.bits import instant_of_bit
from spa.selectors.availability import Question, find_free

HOW_MANY = 3
NEXT_DAYS = 7


def find_alternatives(
    question: Question, *, start: datetime, now: datetime
) -> list[dict[str, str | None]]:
    """The three free starts nearest to `start`, with somebody who is free: `[{start, staff}]`.

    One query; a second one, for the week that follows, when the day has fewer than three.
    """
    found = _nearest(question, start, now, last_day_offset=0)
    if len(found) < HOW_MANY:
        found = _nearest(question, start, now, last_day_offset=NEXT_DAYS)
    return found


def _nearest(
    question: Question, start: datetime, now: datetime, *, last_day_offset: int
) -> list[dict[str, str | None]]:
    day = start.astimezone(question.place.zone).date()
    last = day + timedelta(days=last_day_offset)
    offers = find_free(question, first_day=day, last_day=last, now=now).offers
    starts = sorted(
        (instant_of_bit(bit) for bit in offers.start_bits()), key=lambda free: abs(free - start)
    )
    return [
        {
            "start": free.astimezone(question.place.zone).isoformat(),
            "staff": next((str(w.id) for w in offers.workers_at(free)), None),
        }
        for free in starts[:HOW_MANY]
    ]
