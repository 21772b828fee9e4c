"""Free times, for everybody who asks the same question: lists, bookings, alternatives."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from core.selectors.settings import get_settings
from spa import errors
from spa.domain.availability import (
    Busy,
    Offers,
    VisitNeed,
    able_workers,
    find_offers,
    fitting_rooms,
)
from spa.domain.bits import Window
from spa.domain.calendar import Calendar
from spa.domain.policy import BookingPolicy
from spa.domain.studio import Place, Treatment
from spa.models import BookingSettings
from spa.selectors.busy import LONGEST, read_busy
from spa.selectors.studio import get_calendar


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody wants to book: known services at one place, maybe with one person."""

    calendar: Calendar
    policy: BookingPolicy
    place: Place
    treatments: tuple[Treatment, ...]
    need: VisitNeed
    staff_id: UUID | None

    @property
    def title(self) -> str:
        """The services' names, as people say them."""
        return " + ".join(treatment.name for treatment in self.treatments)


def ask(
    *,
    service_ids: Sequence[UUID],
    location_id: UUID | None,
    staff_id: UUID | None,
    now: datetime,
) -> Question:
    """The question behind the ids. One query and one cache read while the catalogue is unchanged.

    Raises `ServiceNotOffered`, `ServicesDoNotCombine`, `LocationNotFound`, `LocationMissing`,
    `StaffNotAble`.
    """
    calendar = get_calendar(today=now.astimezone(UTC).date())
    settings = get_settings(BookingSettings)
    treatments = tuple(_treatment(calendar, service_id) for service_id in service_ids)
    place = _place(calendar, treatments, location_id)
    need = VisitNeed.of(treatments, usual_buffer=settings.buffer_after_minutes)
    if need.longest_stretch > LONGEST // timedelta(minutes=1):
        raise errors.ServicesDoNotCombine
    if staff_id is not None and need.staff is None:
        raise errors.StaffNotAble
    if staff_id is not None and not able_workers(calendar, need, place, staff_id):
        raise errors.StaffNotAble
    return Question(calendar, settings.policy, place, treatments, need, staff_id)


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
    """What is free on the place's local days, within notice and horizon. One query.

    The time of the bookings `ignoring` counts as free.
    """
    window = Window(first_day, last_day)
    need, place, calendar = question.need, question.place, question.calendar
    resources = [room.resource_id for room in fitting_rooms(calendar, need, place)]
    if need.staff is not None:
        able = able_workers(calendar, need, place, question.staff_id)
        resources += [worker.resource_id for worker in able]
    busy = read_busy(
        resource_ids=resources,
        begin=window.starts_at,
        end=window.ends_at,
        now=now,
        ignoring=ignoring,
    )
    return Free(offers_given(question, busy=busy, window=window, now=now), busy)


def offers_given(question: Question, *, busy: Busy, window: Window, now: datetime) -> Offers:
    """What would be free if `busy` were all that is taken. No query."""
    return find_offers(
        question.calendar,
        place=question.place,
        need=question.need,
        busy=busy,
        window=window,
        earliest=question.policy.earliest_start(now),
        latest=question.policy.latest_start(now),
        staff_id=question.staff_id,
    )
