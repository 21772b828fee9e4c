"""Where the proof takes place: a place, teams, services and classes of its own, known by name.

All of it costs nothing, or is paid for by a package that nobody paid: no money moves. It is found
again by the next proof, and out of sight and out of use in between.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import count, islice, product
from random import Random
from uuid import UUID

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from core.models import Holiday, Location, OpeningHours
from core.money import ZERO
from core.selectors.settings import get_settings
from core.use_cases import use_case
from spa.domain.classes import SessionStatus
from spa.models import (
    BookingSettings,
    ClassSchedule,
    ClassSession,
    ClassType,
    Package,
    Resource,
    ResourceKind,
    Service,
    ServiceCategory,
    Skill,
    StaffMember,
    WeeklyHours,
)
from spa.services.class_planning import make_sessions
from spa.steps.packages import draft, hand_over

NAME = "Prueba de concurrencia"
SLUG = "prueba-de-concurrencia"
EVERY_DAY = range(1, 8)
OPENS, CLOSES = time(6), time(22)
GRID = timedelta(minutes=15)
LASTS = timedelta(minutes=60)
# Starts that overlap each other lie in one window, and no visit of another window touches it.
WINDOW = timedelta(hours=2)
SHIFTS = 4
WINDOWS_A_DAY = 8
HOURS = range(OPENS.hour, CLOSES.hour)


class ProofProblem(Exception):
    """Why the proof cannot be made here, said so that a person can act on it."""


@dataclass(frozen=True, slots=True)
class Place:
    """The proof's location, and the days on which its visits can be booked and given up freely."""

    location: Location
    days: tuple[date, ...]


@dataclass(frozen=True, slots=True)
class Window:
    """Two hours of some people: whoever asks for them there asks for the same."""

    crew: tuple[UUID, ...]
    begins: datetime


@dataclass(slots=True)
class Team:
    """Who serves the visits of one attack, with nobody else's help, and where."""

    service: UUID
    location: UUID
    # Each with the resource that is their time on the ledger.
    staff: dict[UUID, UUID]
    rooms: tuple[UUID, ...]
    windows: Iterator[Window]

    @property
    def resources(self) -> list[UUID]:
        """Everything on the ledger that the attack can take."""
        return [*self.staff.values(), *self.rooms]

    def window(self) -> Window:
        """A window that nobody has been in."""
        return next(self.windows)


def open_place() -> Place:
    """The place, open from six to ten in the evening, and its days. Raises `ProofProblem`."""
    location, _made = Location.objects.update_or_create(
        slug=SLUG,
        defaults={
            "name": NAME,
            "address": "—",
            "city": "—",
            "timezone": settings.TIME_ZONE,
            "currency": settings.DEFAULT_CURRENCY,
            "slot_minutes": GRID // timedelta(minutes=1),
            "is_open_to_public": True,
        },
    )
    for weekday in EVERY_DAY:
        OpeningHours.objects.get_or_create(
            location=location, weekday=weekday, opens=OPENS, defaults={"closes": CLOSES}
        )
    days = _days(location)
    if not days:
        message = _("Las reglas de reserva no dejan ningún día para probar: amplía el horizonte.")
        raise ProofProblem(message)
    return Place(location, days)


def _days(location: Location) -> tuple[date, ...]:
    """Open days so far ahead that giving a visit up or moving it is free, within the horizon."""
    policy = get_settings(BookingSettings).policy
    ahead = max(
        timedelta(hours=policy.free_cancellation_hours),
        timedelta(hours=policy.reschedule_hours),
        timedelta(minutes=policy.minimum_notice_minutes),
    )
    now = timezone.now().astimezone(location.zone)
    first, horizon = (now + ahead).date(), (now + timedelta(days=policy.horizon_days)).date()
    closed = set(
        Holiday.objects.filter(location=None, date__range=(first, horizon)).values_list(
            "date", flat=True
        )
    )
    # Neither the first nor the last: what is open of them depends on the hour of the proof.
    days = (first + timedelta(days=n) for n in range(1, (horizon - first).days))
    return tuple(day for day in days if day not in closed)


def gather_team(
    place: Place,
    slug: str,
    *,
    windows: int,
    crew: int,
    needs_room: bool,
    price: Decimal,
    chance: Random,
) -> Team:
    """As many people, in crews of `crew`, as so many windows take; and a room for each."""
    groups = -(-windows // (len(place.days) * WINDOWS_A_DAY))
    skill, _made = Skill.objects.get_or_create(name=f"{NAME}: {slug}")
    service = _service(place.location, slug, skill, needs_room=needs_room, price=price)
    staff = {}
    for number in range(groups * crew):
        member = _member(place.location, f"{NAME}: {slug} {number}", skill)
        staff[member.pk] = member.resource_id
    rooms = [_room(place.location, number).pk for number in range(crew * groups * needs_room)]
    names = list(staff)
    crews = [tuple(names[number * crew :][:crew]) for number in range(groups)]
    zone = place.location.zone
    begins = [
        datetime.combine(day, OPENS, tzinfo=zone) + number * WINDOW
        for day, number in product(place.days, range(WINDOWS_A_DAY))
    ]
    found = [Window(members, start) for members, start in product(crews, begins)]
    chance.shuffle(found)
    return Team(service.pk, place.location.pk, staff, tuple(rooms), iter(found))


def _service(
    location: Location, slug: str, skill: Skill, *, needs_room: bool, price: Decimal
) -> Service:
    service: Service
    service, _made = Service.objects.update_or_create(
        name=f"{NAME}: {slug}",
        defaults={
            "category": _category(),
            "duration_minutes": LASTS // timedelta(minutes=1),
            "buffer_before_minutes": 0,
            "buffer_after_minutes": 0,
            "price": price,
            "vip_price": None,
            "currency": location.currency,
            "deposit_percent": ZERO,
            "required_skill": skill,
            "required_room": ResourceKind.CABIN if needs_room else "",
            "is_online_bookable": True,
        },
    )
    service.locations.set([location])
    return service


def _category() -> ServiceCategory:
    """A shelf that is there anyway: an own one would stay in sight of clients for ever."""
    shelves = ServiceCategory.objects.order_by("position", "name", "pk")
    return shelves.first() or ServiceCategory.objects.create(name=NAME, slug=SLUG)


def _member(location: Location, name: str, skill: Skill | None) -> StaffMember:
    resource, _made = Resource.objects.update_or_create(
        kind=ResourceKind.STAFF, name=name, defaults={"is_active": True}
    )
    member, is_new = StaffMember.objects.update_or_create(
        resource=resource,
        defaults={"display_name": name, "is_bookable": skill is not None, "position": 30_000},
    )
    if skill is not None:
        member.skills.set([skill])
    if is_new:
        WeeklyHours.objects.bulk_create(
            WeeklyHours(staff=member, location=location, weekday=day, starts=OPENS, ends=CLOSES)
            for day in EVERY_DAY
        )
    return member


def _room(location: Location, number: int) -> Resource:
    room, _made = Resource.objects.update_or_create(
        kind=ResourceKind.CABIN,
        location=location,
        name=f"{NAME}: {number}",
        defaults={"is_active": True},
    )
    return room


def hold_classes(place: Place, slug: str, *, capacity: int, number: int) -> list[ClassSession]:
    """So many classes to come, free of charge; made by the house from schedules of the proof."""
    class_type, _made = ClassType.objects.update_or_create(
        name=f"{NAME}: {slug}",
        defaults={
            "duration_minutes": LASTS // timedelta(minutes=1),
            "price": ZERO,
            "currency": place.location.currency,
            "capacity": capacity,
            "cancellation_hours": 0,
            "is_active": True,
        },
    )
    return list(islice(_classes(place, class_type, slug, number), number))


def _classes(place: Place, class_type: ClassType, slug: str, number: int) -> Iterator[ClassSession]:
    """Hour by hour, day by day, and no more days than `number` asks for."""
    last = place.days[min(number, len(place.days)) - 1]
    for instructor_number in count():
        instructor = _member(place.location, f"{NAME}: {slug} {instructor_number}", None)
        for hour in HOURS:
            schedule = ClassSchedule.objects.create(
                class_type=class_type,
                location=place.location,
                weekdays=list(EVERY_DAY),
                starts=time(hour),
                instructor=instructor,
                valid_from=place.days[0],
                valid_until=last,
            )
            make_sessions(schedule_id=schedule.pk, now=timezone.now())
            made = ClassSession.objects.filter(
                schedule=schedule, status=SessionStatus.SCHEDULED.value
            )
            if not made:
                message = _("La casa no programó ninguna clase para probar: revisa las reglas.")
                raise ProofProblem(message)
            yield from made.order_by("date")


def offer_package(
    place: Place, slug: str, *, services: Sequence[UUID], class_types: Sequence[UUID], sessions: int
) -> Package:
    """A package that is never for sale; a price it must have, but nobody pays it."""
    package, _made = Package.objects.update_or_create(
        name=f"{NAME}: {slug}",
        defaults={"sessions": sessions, "price": 1, "validity_days": 365, "is_active": False},
    )
    package.locations.set([place.location])
    package.services.set(Service.objects.filter(pk__in=services))
    package.class_types.set(ClassType.objects.filter(pk__in=class_types))
    return package


@use_case
def give_packages(
    *, package_id: UUID, client_ids: Sequence[UUID], now: datetime
) -> dict[UUID, UUID]:
    """Give each client the package for nothing, so the books know of no money; by client."""
    offered = Package.objects.prefetch_related("services", "class_types", "locations")
    package = offered.get(pk=package_id)
    given = [
        draft(package, client_id=client_id, pay_until=None, sold_by_id=None, now=now)
        for client_id in client_ids
    ]
    for mine in given:
        mine.price = ZERO
        mine.save(force_insert=True)
    hand_over(given, now=now)
    return {mine.client_id: mine.pk for mine in given}
