"""Additions, group classes and their package of the demonstration studio."""

from datetime import date, time

from core.models import Location
from spa.models import (
    AddOn,
    ClassSchedule,
    ClassType,
    Package,
    Resource,
    Service,
    Skill,
    StaffMember,
)

# Name, minutes and whole pesos more, the services that can have it.
ADD_ONS = (
    ("Aromaterapia", 0, 18_000,
     ("Masaje relajante", "Masaje de tejido profundo", "Drenaje linfático")),
    ("Quince minutos más", 15, 35_000, ("Masaje relajante", "Masaje de tejido profundo")),
    ("Mascarilla de colágeno", 15, 42_000,
     ("Limpieza facial profunda", "Hidratación con ácido hialurónico")),
)  # fmt: skip

# Name, description, minutes, whole pesos, seats, and when it is given: where, days, hour, room.
CLASSES = (
    ("Yoga restaurativo", "Posturas sostenidas y respiración, para cualquier cuerpo.",
     60, 38_000, 10, (("chico", [1, 3, 5], 9, "Sala Chingaza"),)),
    ("Estiramiento y calma", "Movilidad suave para empezar el fin de semana.",
     45, 30_000, 8, (("usaquen", [6], 10, "Sala Sumapaz"),)),
)  # fmt: skip
TEACHES = "Yoga"
PACKAGE = ("Ocho clases", "Ocho clases en la sede que quieras, en dos meses.", 8, 240_000, 60)


def load_additions() -> None:
    """Make the additions that are missing."""
    for name, minutes, price, services in ADD_ONS:
        add_on, is_new = AddOn.objects.get_or_create(
            name=name, defaults={"extra_minutes": minutes, "price": price}
        )
        if is_new:
            add_on.services.set(Service.objects.filter(name__in=services))


def load_classes(locations: dict[str, Location], *, today: date) -> None:
    """Make the classes that are missing, with their weekly hours from `today` on, and a package."""
    skill = Skill.objects.get(name=TEACHES)
    teacher = StaffMember.objects.filter(skills=skill).earliest("position")
    types = []
    for name, description, minutes, price, seats, given in CLASSES:
        taught, is_new = ClassType.objects.get_or_create(
            name=name,
            defaults={
                "description": description,
                "duration_minutes": minutes,
                "price": price,
                "capacity": seats,
                "required_skill": skill,
                "room_kind": "ROOM",
            },
        )
        types.append(taught)
        for slug, days, hour, room in given if is_new else ():
            ClassSchedule.objects.create(
                class_type=taught,
                location=locations[slug],
                weekdays=days,
                starts=time(hour),
                instructor=teacher,
                room=Resource.objects.get(location=locations[slug], name=room),
                valid_from=today,
            )
    _package(types)


def _package(types: list[ClassType]) -> None:
    name, description, sessions, price, days = PACKAGE
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
        package.class_types.set(types)
