"""Who and what an offer keeps, between the offer and the visit it becomes."""

from spa import errors
from spa.domain.crews import Option
from spa.domain.need import Demand
from spa.models import WaitlistOffer
from spa.selectors.availability import Question
from spa.steps.occupancy import Claim
from spa.steps.taking import Crew


def crew_of(question: Question, offer: WaitlistOffer) -> Crew:
    """The people and rooms that were offered, for the visit as it is asked for now.

    Raises `OfferOutdated` when the visit takes other time by now, or somebody works here no more.
    """
    claims = [Claim.load(values) for values in offer.crew["claims"]]
    demands = question.need.demands
    if len(claims) != len(demands):
        raise errors.OfferOutdated
    options = [_option(question, d, c) for d, c in zip(demands, claims, strict=True)]
    crew = Crew(question.need, tuple(options))
    if crew.claims(offer.starts_at) != claims:
        raise errors.OfferOutdated
    return crew


def _option(question: Question, demand: Demand, claim: Claim) -> Option:
    studio = question.calendar.studio
    found: list[Option] = []
    if demand.is_staff:
        found = [
            Option(claim.resource_id, claim.lane, 0, worker=worker)
            for worker in studio.workers
            if worker.resource_id == claim.resource_id
        ]
    else:
        found = [
            Option(claim.resource_id, claim.lane, 0, room=room)
            for room in studio.rooms
            if room.resource_id == claim.resource_id and room.kind == demand.kind
        ]
    if not found:
        raise errors.OfferOutdated
    return found[0]
