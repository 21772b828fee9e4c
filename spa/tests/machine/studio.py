"""The studio of the machine: small, so that people and visits are in each other's way."""

from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from uuid import UUID

from django.core.cache import cache

from core.ids import uuid7
from core.models import Location
from finances.models import FinanceSettings
from spa.models import (
    AddOn,
    ClassSchedule,
    LoyaltySettings,
    Package,
    ResourceKind,
    Service,
    StaffMember,
)
from spa.services.class_planning import make_sessions
from spa.services.packages import sell_package
from spa.tests.classes import class_type, schedule
from spa.tests.conftest import BOGOTA, rule_that
from spa.tests.factories import LocationFactory, RoomFactory, ServiceFactory, StaffFactory
from spa.tests.packages import offer
from spa.tests.paying import give_credit, voucher
from users.models import User
from users.tests.factories import UserFactory

# A Monday far enough ahead: what PostgreSQL itself stamps is due by then, whenever this runs.
MONDAY = date(2031, 3, 3)
DAWN = datetime.combine(MONDAY, time(7), BOGOTA)
WALLS = (time(9), time(9, 30), time(10, 15), time(11, 15))
VOUCHER = "VEINTE"


@dataclass(frozen=True)
class Studio:
    """Who and what there is. All of it stays as it is; everything else happens to it."""

    place: Location
    therapists: tuple[StaffMember, ...]
    teacher: StaffMember
    massage: Service
    facial: Service
    sauna: Service
    taste: Service
    oils: AddOn
    visits: Package
    lessons: Package
    yoga: ClassSchedule
    people: tuple[User, ...]
    desk: User
    admin: User

    @property
    def team(self) -> tuple[StaffMember, ...]:
        """Who can teach a class."""
        return (*self.therapists, self.teacher)

    @property
    def services(self) -> tuple[Service, ...]:
        """What a visit can be."""
        return (self.massage, self.facial, self.sauna, self.taste)


def instant(day: date, wall: time) -> datetime:
    """A time on the wall of the studio."""
    return datetime.combine(day, wall, BOGOTA)


def open_studio() -> Studio:
    """Two therapists for a morning, one cabin, one sauna for two, a class every afternoon."""
    _set_rules()
    place = LocationFactory.create(name="Norte")
    morning = (time(9), time(13))
    therapists = tuple(
        StaffFactory.create(location=place, location__hours=morning, display_name=name)
        for name in ("Luz", "Mar")
    )
    # Without hours of her own: nobody is booked with her, she teaches.
    teacher = StaffFactory.create(display_name="Sol")
    RoomFactory.create(location=place)
    RoomFactory.create(location=place, kind=ResourceKind.EQUIPMENT, capacity=2)
    massage = ServiceFactory.create(locations=[place], vip_price=Decimal(100_000))
    facial = ServiceFactory.create(
        locations=[place], duration_minutes=45, required_room=ResourceKind.CABIN
    )
    sauna = ServiceFactory.create(
        locations=[place],
        is_low_supervision=True,
        required_room=ResourceKind.EQUIPMENT,
        shares_room=True,
        price=Decimal(50_000),
        deposit_amount=Decimal(30_000),
    )
    taste = ServiceFactory.create(
        locations=[place], duration_minutes=30, price=Decimal(60_000), deposit_percent=0
    )
    oils = AddOn.objects.create(name="Aceites", extra_minutes=15, price=Decimal(20_000))
    oils.services.set([massage, facial])
    taught = class_type(capacity=2)
    yoga = schedule(
        place,
        class_type=taught,
        instructor=teacher,
        weekdays=[1, 2, 3, 4, 5, 6, 7],
        starts=time(12),
        valid_from=MONDAY,
        room=RoomFactory.create(location=place, kind=ResourceKind.ROOM),
    )
    lessons = offer(sessions=2, price=Decimal(60_000), validity_days=10)
    lessons.class_types.add(taught)
    voucher(VOUCHER, total_limit=4)
    return Studio(
        place,
        therapists,
        teacher,
        massage,
        facial,
        sauna,
        taste,
        oils,
        offer(massage, taste, sessions=4, price=Decimal(400_000), validity_days=20),
        lessons,
        yoga,
        _people(),
        UserFactory.create(staff=True),
        UserFactory.create(admin=True),
    )


def first_morning(studio: Studio) -> None:
    """There are classes of the days to come, a little credit, somebody with packages."""
    make_sessions(schedule_id=studio.yoga.pk, now=DAWN)
    for person in studio.people:
        give_credit(person.pk, 25_000, now=DAWN)
    for package in (studio.visits, studio.lessons):
        sell_package(
            client_id=studio.people[1].pk,
            package_id=package.pk,
            method="card",
            sale_id=uuid7(),
            actor_id=studio.desk.pk,
            now=DAWN,
        )


def _set_rules() -> None:
    """Rules under which much happens soon: half of what is paid late comes back, credit ends."""
    rule_that(
        client_active_limit=3,
        hourly_bookings_limit=12,
        low_supervision_capacity=2,
        partial_cancellation_hours=6,
        partial_cancellation_credit_percent=50,
        no_show_credit_percent=50,
        reschedule_hours=2,
        class_days_ahead=4,
        archive_days=2,
    )
    FinanceSettings.objects.update_or_create(pk=1, defaults={"credit_days": 12})
    LoyaltySettings.objects.update_or_create(
        pk=1, defaults={"visits_for_reward": 2, "reward_credit": 15_000}
    )
    cache.clear()


def _people() -> tuple[User, ...]:
    ordinary = [UserFactory.create(first_name=name) for name in ("Eva", "Juan", "Rosa")]
    return (*ordinary, UserFactory.create(role="vip", first_name="Iris"))


def is_vip(person: User) -> bool:
    """Whether somebody pays the lower prices and may book more."""
    return person.role == "vip"


def some_ids(*rows: Service | AddOn) -> list[UUID]:
    """Their identifiers."""
    return [row.pk for row in rows]
