"""Writing the demonstration studio. Everything is found by its natural key before it is made."""

from datetime import time

from django.contrib.auth.models import Group
from django.db import transaction
from django.utils import timezone

from core.models import Location, OpeningHours
from spa.models import (
    BookingSettings,
    Package,
    Resource,
    ResourceKind,
    Service,
    ServiceCategory,
    ServiceImage,
    Skill,
    StaffMember,
    WeeklyHours,
)
from studiozens.demo.accounts import ACCOUNTS, PASSWORD, Account
from studiozens.demo.catalogue import (
    CATEGORIES,
    LOCATIONS,
    OPENING,
    PACKAGES,
    PICTURES,
    SERVICES,
    STAFF,
    DemoService,
    DemoStaff,
)
from studiozens.demo.classes import load_additions, load_classes
from studiozens.demo.pictures import draw_landscape
from studiozens.groups import RECEPTION, ensure_groups
from users.models import User


@transaction.atomic(durable=True)
def load_demonstration() -> None:
    """Make whatever is missing; what a person changed since stays changed."""
    BookingSettings.objects.get_or_create(pk=1)
    ensure_groups()
    locations = {slug: _location(*about) for about in LOCATIONS for slug in [about[1]]}
    categories = {
        name: ServiceCategory.objects.get_or_create(
            slug=name.lower().replace(" ", "-"), defaults={"name": name, "position": position}
        )[0]
        for position, name in enumerate(CATEGORIES)
    }
    skills = _skills()
    for service in SERVICES:
        _service(service, categories[service.category], skills, locations)
    for package in PACKAGES:
        _package(*package)
    for position, member in enumerate(STAFF):
        _staff(member, position, skills, locations)
    for account in ACCOUNTS:
        _account(account)
    load_additions()
    load_classes(locations, today=timezone.localdate())


def _location(
    name: str, slug: str, address: str, phone: str, rooms: tuple[tuple[str, str], ...]
) -> Location:
    location, is_new = Location.objects.get_or_create(
        slug=slug, defaults={"name": name, "address": address, "city": "Bogotá", "phone": phone}
    )
    if is_new:
        OpeningHours.objects.bulk_create(
            OpeningHours(location=location, weekday=day, opens=time(opens), closes=time(closes))
            for day, (opens, closes) in OPENING.items()
        )
    for kind, room in rooms:
        Resource.objects.get_or_create(location=location, name=room, defaults={"kind": kind})
    return location


def _skills() -> dict[str, Skill]:
    names = sorted({skill for member in STAFF for skill in member.skills})
    return {name: Skill.objects.get_or_create(name=name)[0] for name in names}


def _service(
    about: DemoService,
    category: ServiceCategory,
    skills: dict[str, Skill],
    locations: dict[str, Location],
) -> None:
    service, is_new = Service.with_deleted.get_or_create(
        name=about.name,
        defaults={
            "category": category,
            "description": about.description,
            "duration_minutes": about.minutes,
            "buffer_before_minutes": about.buffer_before,
            "price": about.price,
            "vip_price": about.vip_price,
            "deposit_percent": about.deposit_percent,
            "requires_staff": bool(about.skill),
            "required_skill": skills.get(about.skill),
            "required_room": about.room,
        },
    )
    if is_new:
        service.locations.set(_given_at(about, locations))
        _pictures(service)


def _pictures(service: Service) -> None:
    """Drawn for new services only: who took one away shall not find it again."""
    shown = [about for about in PICTURES if about[0] == service.name]
    for position, (_, alt, *colours) in enumerate(shown, start=1):
        picture = draw_landscape(*colours)
        ServiceImage.objects.create(
            service=service, file=picture.as_file(), alt=alt, position=position
        )


def _package(
    name: str,
    description: str,
    services: tuple[str, ...],
    sessions: int,
    price: int,
    days: int | None,
) -> None:
    package, is_new = Package.objects.get_or_create(
        name=name,
        defaults={
            "description": description,
            "sessions": sessions,
            "price": price,
            "validity_days": days,
        },
    )
    if is_new:
        package.services.set(Service.objects.filter(name__in=services))


def _given_at(about: DemoService, locations: dict[str, Location]) -> list[Location]:
    """Where a service can be given: somebody with the skill works there, and the room exists."""
    return [
        location
        for slug, location in locations.items()
        if (not about.skill or any(_works_at(m, slug, about.skill) for m in STAFF))
        and (not about.room or Resource.objects.filter(location=location, kind=about.room).exists())
    ]


def _works_at(member: DemoStaff, slug: str, skill: str) -> bool:
    return skill in member.skills and any(where == slug for where, *_ in member.hours)


def _staff(
    about: DemoStaff, position: int, skills: dict[str, Skill], locations: dict[str, Location]
) -> None:
    user = _account(Account(about.name, about.phone, "staff"))
    if StaffMember.objects.filter(user=user).exists():
        return
    resource = Resource.objects.create(kind=ResourceKind.STAFF, name=about.name)
    member = StaffMember.objects.create(
        user=user, resource=resource, display_name=about.name.split()[0], position=position
    )
    member.skills.set([skills[name] for name in about.skills])
    WeeklyHours.objects.bulk_create(
        WeeklyHours(
            staff=member, location=locations[slug], weekday=day, starts=time(begin), ends=time(end)
        )
        for slug, days, begin, end in about.hours
        for day in days
    )


def _account(account: Account) -> User:
    found = User.objects.filter(phone=account.phone).first()
    if found is not None:
        return found
    first_name, _, last_name = account.name.partition(" ")
    user = User.objects.create_user(
        account.phone,
        PASSWORD,
        first_name=first_name,
        last_name=last_name,
        role=account.role,
        is_staff=account.role in {"staff", "admin"},
        is_superuser=account.role == "admin",
        phone_verified_at=timezone.now(),
    )
    if account.role == "staff":
        user.groups.add(Group.objects.get(name=RECEPTION))
    return user
