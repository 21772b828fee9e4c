"""What else a person could take who lost a slot (SPA-28)."""

from datetime import datetime, timedelta
from heapq import nsmallest

from spa.domain.availability import Offers
from spa.domain.bits import floor_bit, instant_of_bit
from spa.selectors.availability import Question, find_free
from spa.selectors.ranking import HOW_MANY, rank_offers

NEXT_DAYS = 7
Alternative = dict[str, str | None]


def find_alternatives(
    question: Question, *, offers: Offers, start: datetime, now: datetime
) -> list[Alternative]:
    """The three free starts nearest to `start`, with somebody who is free: `[{start, staff}]`.

    Those of a day that leave it most usable come first, among equals the nearest. `offers` is what
    is free on its day; the week that follows is read, by one query, only when the day has fewer
    than three.
    """
    found = _nearest(question, offers, start)
    if len(found) < HOW_MANY:
        day = offers.window.last_day
        week = find_free(
            question,
            first_day=day + timedelta(days=1),
            last_day=day + timedelta(days=NEXT_DAYS),
            now=now,
        )
        found += _nearest(question, week.offers, start)
    return found[:HOW_MANY]


def _nearest(question: Question, offers: Offers, start: datetime) -> list[Alternative]:
    wanted = floor_bit(start)
    # The lost start can look free itself: an ended hold on it may be being paid this moment.
    others = (bit for bit in offers.start_bits() if bit != wanted)
    nearest = nsmallest(HOW_MANY, others, key=lambda bit: abs(bit - wanted))
    if (ranking := rank_offers(question, offers)) is not None:
        nearest.sort(key=ranking.of)  # in a stable way: the nearest stay first among equals
    return [_present(question, offers, instant_of_bit(bit)) for bit in nearest]


def _present(question: Question, offers: Offers, free: datetime) -> Alternative:
    return {
        "start": free.astimezone(question.place.zone).isoformat(),
        "staff": next((str(worker.id) for worker in offers.workers_at(free)), None),
    }
