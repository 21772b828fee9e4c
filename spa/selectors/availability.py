"""Free times, for everybody who asks the same question: lists, bookings, alternatives."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from core.selectors.settings import get_settings
from spa import errors
from spa.domain.availability import (
    Busy,
    LaneBusy,
    Offers,
    able_workers,
    find_offers,
    fitting_rooms,
    suffices,
)
from spa.domain.bits import Window
from spa.domain.calendar import Calendar
from spa.domain.need import Chain, Demand, Part, VisitNeed
from spa.domain.policy import BookingPolicy
from spa.domain.studio import AddOn, Place, Treatment
from spa.models import BookingSettings
from spa.selectors.busy import LONGEST, read_busy, read_lanes
from spa.selectors.studio import get_calendar


@dataclass(frozen=True, slots=True)
class Wish:
    """What one person of a visit wants: services in order, additions, and maybe with whom."""

    service_ids: Sequence[UUID]
    staff_id: UUID | None = None
    add_on_ids: Sequence[UUID] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody wants to book: known services at one place, for one person or several."""

    calendar: Calendar
    policy: BookingPolicy
    place: Place
    chains: tuple[Chain, ...]
    need: VisitNeed
    # Minutes of pause after services that have no number of their own.
    usual_buffer: int

    @property
    def staff_id(self) -> UUID | None:
        """Whom the client asked for."""
        return self.chains[0].staff_id

    @property
    def treatments(self) -> tuple[Treatment, ...]:
        """All services of the visit, person by person."""
        return tuple(part.treatment for chain in self.chains for part in chain.parts)

    @property
    def at_any_notice(self) -> "Question":
        """The same for somebody whom the notice does not bind; the past is past for them too."""
        return replace(self, policy=replace(self.policy, minimum_notice_minutes=0))

    @property
    def currency(self) -> str:
        """What all of it is priced in."""
        return self.chains[0].parts[0].treatment.currency

    @property
    def title(self) -> str:
        """The client's services, as people say them, and how many come."""
        names = " + ".join(part.treatment.name for part in self.chains[0].parts)
        return names if len(self.chains) == 1 else f"{names} ({len(self.chains)} personas)"


def ask(
    *,
    service_ids: Sequence[UUID],
    location_id: UUID | None,
    staff_id: UUID | None,
    now: datetime,
    add_on_ids: Sequence[UUID] = (),
    guests: Sequence[Wish] = (),
    lasting: Mapping[UUID, int] | None = None,
) -> Question:
    """The question behind the ids. One query and one cache read while the catalogue is unchanged.

    Guests come along and begin at the same time. `lasting` are minutes of services and additions
    that were agreed before, whatever the catalogue says now. Raises `ServiceNotOffered`,
    `AddOnNotOffered`, `ServicesDoNotCombine`, `LocationNotFound`, `LocationMissing`,
    `StaffNotAble`.
    """
    calendar = get_calendar(today=now.astimezone(UTC).date())
    settings = get_settings(BookingSettings)
    wishes = [Wish(service_ids, staff_id, add_on_ids), *guests]
    chains = tuple(_lasting(_chain(calendar, wish), lasting or {}) for wish in wishes)
    treatments = [part.treatment for chain in chains for part in chain.parts]
    place = _place(calendar, treatments, location_id)
    need = VisitNeed.of(
        chains,
        usual_buffer=settings.buffer_after_minutes,
        can_serve=lambda skills: bool(calendar.able_workers(skills, place)),
    )
    if need.longest_stretch > LONGEST // timedelta(minutes=1):
        raise errors.ServicesDoNotCombine
    for chain in chains:
        _refuse_who_cannot(calendar, need, place, chain)
    return Question(calendar, settings.policy, place, chains, need, settings.buffer_after_minutes)


def _chain(calendar: Calendar, wish: Wish) -> Chain:
    treatments = [_treatment(calendar, service_id) for service_id in wish.service_ids]
    added: list[list[AddOn]] = [[] for _ in treatments]
    for add_on_id in wish.add_on_ids:
        add_on = calendar.studio.add_ons.get(add_on_id)
        places = [
            number
            for number, treatment in enumerate(treatments)
            if add_on is not None
            and treatment.id in add_on.service_ids
            and treatment.currency == add_on.currency
        ]
        if add_on is None or not places:
            raise errors.AddOnNotOffered(add_on=add_on_id)
        added[places[0]].append(add_on)
    parts = (Part(t, tuple(extras)) for t, extras in zip(treatments, added, strict=True))
    return Chain(tuple(parts), wish.staff_id)


def _lasting(chain: Chain, agreed: Mapping[UUID, int]) -> Chain:
    def part(known: Part) -> Part:
        treatment = known.treatment
        add_ons = (
            replace(add_on, extra_minutes=agreed.get(add_on.id, add_on.extra_minutes))
            for add_on in known.add_ons
        )
        duration = agreed.get(treatment.id, treatment.duration)
        return Part(replace(treatment, duration=duration), tuple(add_ons))

    return replace(chain, parts=tuple(map(part, chain.parts))) if agreed else chain


def _treatment(calendar: Calendar, service_id: UUID) -> Treatment:
    try:
        return calendar.studio.treatments[service_id]
    except KeyError as exc:
        raise errors.ServiceNotOffered(service=service_id) from exc


def _place(calendar: Calendar, treatments: Sequence[Treatment], location_id: UUID | None) -> Place:
    """The asked place, or the only one where all the services are given."""
    shared = frozenset.intersection(*(treatment.place_ids for treatment in treatments))
    known = shared & calendar.studio.places.keys()
    if len({treatment.currency for treatment in treatments}) > 1 or not known:
        raise errors.ServicesDoNotCombine
    if location_id is None:
        if len(known) > 1:
            raise errors.LocationMissing
        return calendar.studio.places[next(iter(known))]
    if location_id not in calendar.studio.places:
        raise errors.LocationNotFound
    if location_id not in known:
        raise errors.ServiceNotOffered
    return calendar.studio.places[location_id]


def _refuse_who_cannot(calendar: Calendar, need: VisitNeed, place: Place, chain: Chain) -> None:
    if chain.staff_id is None:
        return
    asked = [demand for demand in need.demands if demand.staff_id == chain.staff_id]
    if not asked or not all(able_workers(calendar, demand, place) for demand in asked):
        raise errors.StaffNotAble


def refuse_too_many(question: Question) -> None:
    """Raise `ServicesDoNotCombine` for several people whom no hour would serve all at once."""
    if len(question.chains) > 1 and not suffices(
        question.calendar,
        place=question.place,
        need=question.need,
        usual_capacity=question.policy.low_supervision_capacity,
    ):
        raise errors.ServicesDoNotCombine


@dataclass(frozen=True, slots=True)
class Free:
    """The free starts, and the busy time they were worked out from."""

    offers: Offers
    busy: Busy


def find_free(
    question: Question,
    *,
    first_day: date,
    last_day: date,
    now: datetime,
    ignoring: Collection[UUID] = (),
) -> Free:
    """What is free on the place's local days, within notice and horizon. One query, or two for a
    visit that could share somebody's time.

    The time of the bookings `ignoring` counts as free.
    """
    window = Window(first_day, last_day)
    demands = question.need.demands
    busy = read_busy(
        resource_ids=_resources(question, demands),
        begin=window.starts_at,
        end=window.ends_at,
        now=now,
        ignoring=ignoring,
    )
    lanes: LaneBusy = {}
    if shared := [demand for demand in demands if demand.is_shared]:
        lanes = read_lanes(
            resource_ids=_resources(question, shared),
            begin=window.starts_at,
            end=window.ends_at,
            now=now,
            ignoring=ignoring,
        )
    return Free(offers_given(question, busy=busy, lanes=lanes, window=window, now=now), busy)


def offers_given(
    question: Question,
    *,
    busy: Busy,
    window: Window,
    now: datetime,
    lanes: LaneBusy | None = None,
) -> Offers:
    """What would be free if `busy` were all that is taken. No query."""
    return find_offers(
        question.calendar,
        place=question.place,
        need=question.need,
        busy=busy,
        lanes=lanes,
        window=window,
        earliest=question.policy.earliest_start(now),
        latest=question.policy.latest_start(now),
        usual_capacity=question.policy.low_supervision_capacity,
    )


def _resources(question: Question, demands: Sequence[Demand]) -> set[UUID]:
    found: set[UUID] = set()
    for demand in demands:
        if demand.is_staff:
            able = able_workers(question.calendar, demand, question.place)
            found |= {worker.resource_id for worker in able}
        else:
            rooms = fitting_rooms(question.calendar, demand, question.place)
            found |= {room.resource_id for room in rooms}
    return found
