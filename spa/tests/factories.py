"""The smallest valid studio, for tests of this app and of those above it."""

from datetime import time
from decimal import Decimal
from typing import Any

import factory
from factory.django import DjangoModelFactory

from core.models import Location, OpeningHours
from spa.models import (
    Resource,
    ResourceKind,
    Service,
    ServiceCategory,
    Skill,
    StaffMember,
    WeeklyHours,
)

EVERY_DAY = range(1, 8)


class LocationFactory(DjangoModelFactory[Location]):
    """Open every day from 8:00 to 20:00 in Bogotá."""

    class Meta:
        model = Location
        skip_postgeneration_save = True

    name = factory.Sequence(lambda n: f"Sede {n}")
    slug = factory.Sequence(lambda n: f"sede-{n}")
    address = "Carrera 11 # 93-20"
    city = "Bogotá"

    @factory.post_generation
    def hours(self, create: bool, extracted: Any, **kwargs: Any) -> None:
        """`hours=(opens, closes)` for other times."""
        opens, closes = extracted or (time(8), time(20))
        OpeningHours.objects.bulk_create(
            OpeningHours(location=self, weekday=day, opens=opens, closes=closes)
            for day in EVERY_DAY
        )


class CategoryFactory(DjangoModelFactory[ServiceCategory]):
    """A shelf."""

    class Meta:
        model = ServiceCategory

    name = factory.Sequence(lambda n: f"Categoría {n}")
    slug = factory.Sequence(lambda n: f"categoria-{n}")


class SkillFactory(DjangoModelFactory[Skill]):
    """Something one must know."""

    class Meta:
        model = Skill

    name = factory.Sequence(lambda n: f"Habilidad {n}")


class ServiceFactory(DjangoModelFactory[Service]):
    """An hour for 120 000 COP that needs a staff member; pauses ten minutes after."""

    class Meta:
        model = Service
        skip_postgeneration_save = True

    category = factory.SubFactory(CategoryFactory)
    name = factory.Sequence(lambda n: f"Masaje {n}")
    duration_minutes = 60
    price = Decimal("120000.00")

    @factory.post_generation
    def locations(self, create: bool, extracted: Any, **kwargs: Any) -> None:
        """`locations=[…]`."""
        self.locations.set(extracted or [])


class RoomFactory(DjangoModelFactory[Resource]):
    """A cabin at a location."""

    class Meta:
        model = Resource

    kind = ResourceKind.CABIN
    name = factory.Sequence(lambda n: f"Cabina {n}")
    location = factory.SubFactory(LocationFactory)


class StaffFactory(DjangoModelFactory[StaffMember]):
    """Somebody who works every day from 9:00 to 18:00 at `location`."""

    class Meta:
        model = StaffMember
        skip_postgeneration_save = True

    display_name = factory.Sequence(lambda n: f"Terapeuta {n}")
    resource = factory.SubFactory(RoomFactory, kind=ResourceKind.STAFF, location=None)

    @factory.post_generation
    def skills(self, create: bool, extracted: Any, **kwargs: Any) -> None:
        """`skills=[…]`."""
        self.skills.set(extracted or [])

    @factory.post_generation
    def location(self, create: bool, extracted: Any, **kwargs: Any) -> None:
        """`location=…`, with `location__hours=(starts, ends)` for other times."""
        if extracted is not None:
            starts, ends = kwargs.get("hours", (time(9), time(18)))
            WeeklyHours.objects.bulk_create(
                WeeklyHours(staff=self, location=extracted, weekday=day, starts=starts, ends=ends)
                for day in EVERY_DAY
            )
