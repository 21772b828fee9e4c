"""The studio that is measured: places, people, hours, services, clients with sessions."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import islice, product
from random import Random
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from django.utils import timezone

from core.models import Location, OpeningHours
from spa.models import (
    BookingSettings,
    Resource,
    ResourceKind,
    Service,
    ServiceCategory,
    Skill,
    StaffMember,
    WeeklyHours,
)
from users.models import Role, Session, User
from users.tokens import sign_pair

SEED = 20_260_101
ZONE = ZoneInfo("America/Bogota")
OPENS, CLOSES = time(8), time(18)
DURATION = timedelta(minutes=60)
BUFFER = timedelta(minutes=10)
# The grid of starts is 15 minutes, so a visit and its pause keep five of its steps from others.
STEP = timedelta(minutes=75)
PER_DAY = 8
DAYS = 14
LARGE_DAYS = 30
HORIZON_DAYS = 60
MEASURED_STAFF = 20
LARGE_STAFF = 50
HOT_STAFF = 4
MOVABLE_STAFF = 40
OTHER_STAFF = 72
PRICE, DEPOSIT, CURRENCY = Decimal(120_000), Decimal(48_000), "COP"
# Each books, tries, moves or cancels once in a whole run.
BOOKERS = 20_000
CLIENTS = 20_000
# The sandbox plays phones that cannot be reached by their last four digits.
PLAYED_PHONES = ("0000", "9998", "9999")


@dataclass(frozen=True, slots=True)
class Team:
    """A location and who works there."""

    location: UUID
    staff: tuple[StaffMember, ...]

    @property
    def resources(self) -> list[UUID]:
        """Their time on the ledger."""
        return [member.resource_id for member in self.staff]


@dataclass(frozen=True, slots=True)
class BenchStudio:
    """What there is.

    `booked` and `large` are asked for free times, `free` is booked, `hot` fought for, and visits
    to `movable` are moved and cancelled.
    """

    service: UUID
    booked: Team
    large: Team
    free: Team
    hot: Team
    movable: Team
    others: Team
    today: date

    @property
    def first_day(self) -> date:
        """The first of the asked days."""
        return self.today + timedelta(days=1)

    @property
    def asked(self) -> tuple[tuple[Team, int], ...]:
        """Whose free times are asked for, and on how many days; they are seven tenths full."""
        return ((self.booked, DAYS), (self.large, LARGE_DAYS))


def build_studio() -> BenchStudio:
    """Write the studio; six places, so that each measurement has people of its own."""
    _raise_limits()
    skill = Skill.objects.create(name="Masaje")
    studio = BenchStudio(
        service=_service(skill).pk,
        booked=_team("medida", MEASURED_STAFF, skill),
        large=_team("grande", LARGE_STAFF, skill),
        free=_team("libre", MEASURED_STAFF, skill),
        hot=_team("disputada", HOT_STAFF, skill),
        movable=_team("movida", MOVABLE_STAFF, skill),
        others=_team("otras", OTHER_STAFF, skill),
        today=timezone.now().astimezone(ZONE).date(),
    )
    Service.objects.get(pk=studio.service).locations.set(Location.objects.all())
    return studio


def _raise_limits() -> None:
    """What one person may do in an hour is a rule of the business, not of the machine."""
    BookingSettings.objects.create(
        horizon_days=HORIZON_DAYS,
        client_active_limit=100,
        open_holds_limit=100,
        hourly_bookings_limit=1000,
    )


def _service(skill: Skill) -> Service:
    category = ServiceCategory.objects.create(name="Masajes", slug="masajes")
    return Service.objects.create(
        category=category,
        name="Masaje relajante",
        duration_minutes=DURATION.seconds // 60,
        buffer_after_minutes=BUFFER.seconds // 60,
        price=PRICE,
        required_skill=skill,
    )


def _team(slug: str, size: int, skill: Skill) -> Team:
    place = Location.objects.create(
        name=f"Sede {slug}", slug=slug, address="Calle 93 # 11-20", city="Bogotá"
    )
    weekdays = range(1, 8)
    OpeningHours.objects.bulk_create(
        [OpeningHours(location=place, weekday=d, opens=OPENS, closes=CLOSES) for d in weekdays]
    )
    names = [f"{slug} {number}" for number in range(size)]
    resources = Resource.objects.bulk_create(
        [Resource(kind=ResourceKind.STAFF, name=name) for name in names]
    )
    staff = StaffMember.objects.bulk_create(
        [
            StaffMember(resource=resource, display_name=resource.name, position=number)
            for number, resource in enumerate(resources)
        ]
    )
    WeeklyHours.objects.bulk_create(
        [
            WeeklyHours(staff=member, location=place, weekday=d, starts=OPENS, ends=CLOSES)
            for member, d in product(staff, weekdays)
        ]
    )
    known = StaffMember.skills.through
    known.objects.bulk_create([known(staffmember=member, skill=skill) for member in staff])
    return Team(place.pk, tuple(staff))


def build_clients() -> list[UUID]:
    """People who only have a history; returns their ids."""
    return [person.pk for person in _people(CLIENTS, prefix="+57301")]


def _people(count: int, *, prefix: str) -> list[User]:
    now = timezone.now()
    return User.objects.bulk_create(
        [
            User(
                phone=f"{prefix}{number:07}",
                phone_verified_at=now,
                first_name="Ana",
                last_name=f"Rojas {number}",
                role=Role.CLIENT,
                password="!",  # noqa: S106 - a password nobody can have
            )
            for number in range(count)
        ],
        batch_size=2_000,
    )


@dataclass(frozen=True, slots=True)
class Booker:
    """A signed-in person, and the value of their `Authorization`."""

    person: UUID
    authorization: str


class Bookers:
    """Signed-in clients; each is handed out once, so no booking meets its client's last one."""

    def __init__(self) -> None:
        now = timezone.now()
        everybody = _people(BOOKERS, prefix="+57302")
        # Who cannot be reached would keep the messages of a measurement waiting.
        people = [person for person in everybody if person.phone[-4:] not in PLAYED_PHONES]
        sessions = Session.objects.bulk_create(
            [
                Session(
                    user=person,
                    refresh_jti=uuid4(),
                    device="Medición",
                    started_at=now,
                    last_seen_at=now,
                    expires_at=now + timedelta(days=1),
                )
                for person in people
            ],
            batch_size=2_000,
        )
        self.ids = [person.pk for person in people]
        self._fresh = iter(sessions)

    def take(self, count: int) -> list[Booker]:
        """As many new people."""
        now = timezone.now()
        taken = list(islice(self._fresh, count))
        if len(taken) < count:
            raise SystemExit("There are not enough clients for so many bookings: raise BOOKERS")
        return [Booker(session.user_id, _authorization(session, now)) for session in taken]


def _authorization(session: Session, now: datetime) -> str:
    pair = sign_pair(
        user_id=session.user_id, session_id=session.pk, refresh_jti=session.refresh_jti, now=now
    )
    return f"Bearer {pair.access}"


def full_days(team: Team, first_day: date, days: int) -> Iterator[tuple[UUID, UUID, datetime]]:
    """Visits that keep 70 % of each day: six of seventy minutes in ten hours, gaps anywhere.

    Yields the staff member, the resource, the start.
    """
    random = Random(SEED)
    visits, spare = 6, 10
    for member, number in product(team.staff, range(days)):
        begin = datetime.combine(first_day + timedelta(days=number), OPENS, tzinfo=ZONE)
        cuts = sorted(random.randrange(spare + 1) for _ in range(visits))
        for position, gap in enumerate(cuts):
            start = begin + position * STEP + gap * timedelta(minutes=15)
            yield member.pk, member.resource_id, start


def free_slots(
    staff: Sequence[StaffMember], first_day: date, *, days: range = range(1, HORIZON_DAYS - 1)
) -> list[tuple[StaffMember, datetime]]:
    """Starts on `days` that do not touch each other, in an order that mixes them."""
    slots = [
        (member, datetime.combine(first_day + timedelta(days=d), OPENS, tzinfo=ZONE) + n * STEP)
        for d, n, member in product(days, range(PER_DAY), staff)
    ]
    Random(SEED).shuffle(slots)
    return slots


def free_pairs(
    staff: Sequence[StaffMember], first_day: date
) -> list[tuple[StaffMember, datetime, datetime]]:
    """Two such starts of one person each: where a visit is, and where it can go."""
    waiting: dict[UUID, datetime] = {}
    pairs = []
    for member, start in free_slots(staff, first_day):
        if (other := waiting.pop(member.pk, None)) is None:
            waiting[member.pk] = start
        else:
            pairs.append((member, other, start))
    return pairs
