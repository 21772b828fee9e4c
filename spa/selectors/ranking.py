"""Free starts ranked by how usable they leave the day, as the rules want it (SPA-28)."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from spa.domain.availability import Offers
from spa.domain.bits import floor_bit
from spa.domain.crews import Option
from spa.domain.need import Demand
from spa.domain.ranking import Ranking, rank
from spa.domain.studio import Treatment
from spa.selectors.availability import Question

# Starts that are near enough to one another for their ranks to decide between them.
HOW_MANY = 3


def rank_offers(question: Question, offers: Offers) -> Ranking | None:
    """The ranks of the starts on offer; `None` when the studio does not want any. No query."""
    if not question.policy.prefer_tight_slots:
        return None
    known: dict[tuple[bool, UUID], int] = {}

    def shortest(demand: Demand, option: Option) -> int:
        key = (demand.is_staff, option.resource_id)
        if key not in known:
            known[key] = _shortest(question, demand, option)
        return known[key]

    return rank(offers, shortest)


def most_usable(question: Question, offers: Offers, starts: Sequence[datetime]) -> datetime:
    """Of the first starts on offer, as many as a loser is shown, the one that leaves the best day.

    Among equals, and when the studio does not want ranks, the earliest.
    """
    if (ranking := rank_offers(question, offers)) is None:
        return starts[0]
    return min(starts[:HOW_MANY], key=lambda start: ranking.of(floor_bit(start)))


def _shortest(question: Question, demand: Demand, option: Option) -> int:
    """Minutes of the shortest service at the place that would take this person or room."""
    offered = question.calendar.studio.treatments.values()
    return min(
        (
            _minutes(treatment, question.usual_buffer)
            for treatment in offered
            if question.place.id in treatment.place_ids and _takes(treatment, demand, option)
        ),
        # Nothing more can be booked there: what was agreed before is all there is.
        default=demand.stretch.end - demand.stretch.begin,
    )


def _minutes(treatment: Treatment, usual_buffer: int) -> int:
    after = usual_buffer if treatment.buffer_after is None else treatment.buffer_after
    return treatment.buffer_before + treatment.duration + after


def _takes(treatment: Treatment, demand: Demand, option: Option) -> bool:
    if option.worker is None:
        return treatment.room_kind == demand.kind
    known = treatment.skill_id is None or treatment.skill_id in option.worker.skill_ids
    return treatment.requires_staff and known
