"""The picture of the studio that booking works with, kept in memory while nothing changed.

Every table it is made of bumps `spa_studioversion` by trigger, in the writer's own transaction.
One one-row query tells whether the copy in memory is still the truth; an old one is never served.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q

from core.db import fetch
from core.metrics import CACHE_READS
from core.models import Holiday, Location, OpeningHours
from spa.domain.calendar import Calendar
from spa.domain.studio import Absence, AddOn, Extra, Hours, Place, Room, Studio, Treatment, Worker
from spa.models import AddOn as AddOnRow
from spa.models import Resource, ResourceKind, ScheduleException, Service, StaffMember, WeeklyHours

_memory: dict[tuple[UUID, date], Calendar] = {}


def get_calendar(*, today: date) -> Calendar:
    """The studio from `today` on. One query while nothing changed, ten after a change."""
    versions = fetch("SELECT version FROM spa_studioversion")
    if not versions:
        return Calendar(_load(today))
    key = (versions[0][0], today)
    found = _memory.get(key)
    CACHE_READS.labels(what="studio", outcome="miss" if found is None else "hit").inc()
    if found is None:
        found = Calendar(_load(today))
        _memory.clear()
        _memory[key] = found
    return found


def _load(today: date) -> Studio:
    return Studio(
        places={place.id: place for place in _places(today)},
        treatments={treatment.id: treatment for treatment in _treatments()},
        workers=tuple(_workers(today)),
        rooms=tuple(_rooms()),
        add_ons={add_on.id: add_on for add_on in _add_ons()},
    )


def _places(today: date) -> Iterable[Place]:
    opening = defaultdict(list)
    for hours in OpeningHours.objects.order_by("weekday", "opens"):
        opening[hours.location_id].append(Hours(hours.weekday, hours.opens, hours.closes))
    closed: dict[UUID | None, set[date]] = defaultdict(set)
    for location_id, day in Holiday.objects.filter(date__gte=_yesterday(today)).values_list(
        "location_id", "date"
    ):
        closed[location_id].add(day)
    for location in Location.objects.filter(is_open_to_public=True).order_by("name", "id"):
        yield Place(
            id=location.pk,
            name=location.name,
            zone=ZoneInfo(location.timezone),
            currency=location.currency,
            slot_minutes=location.slot_minutes,
            opening=tuple(opening[location.pk]),
            closed_on=frozenset(closed[location.pk] | closed[None]),
        )


def _treatments() -> Iterable[Treatment]:
    offered = Service.objects.filter(is_online_bookable=True).prefetch_related("locations")
    for service in offered.order_by("name", "id"):
        yield Treatment(
            id=service.pk,
            name=service.name,
            duration=service.duration_minutes,
            buffer_before=service.buffer_before_minutes,
            buffer_after=service.buffer_after_minutes,
            requires_staff=service.requires_staff,
            skill_id=service.required_skill_id,
            room_kind=service.required_room,
            place_ids=frozenset(location.pk for location in service.locations.all()),
            price=service.price,
            vip_price=service.vip_price,
            currency=service.currency,
            deposit_percent=service.deposit_percent,
            deposit_amount=service.deposit_amount,
            is_low_supervision=service.is_low_supervision,
            shares_room=service.shares_room,
        )


def _add_ons() -> Iterable[AddOn]:
    offered = AddOnRow.objects.filter(is_active=True).prefetch_related("services")
    for add_on in offered.order_by("name", "id"):
        yield AddOn(
            id=add_on.pk,
            name=add_on.name,
            extra_minutes=add_on.extra_minutes,
            price=add_on.price,
            currency=add_on.currency,
            service_ids=frozenset(service.pk for service in add_on.services.all()),
        )


def _workers(today: date) -> Iterable[Worker]:
    bookable = StaffMember.objects.filter(is_bookable=True, resource__is_active=True)
    hours: dict[UUID, dict[UUID, list[Hours]]] = defaultdict(lambda: defaultdict(list))
    still_valid = Q(valid_until=None) | Q(valid_until__gte=_yesterday(today))
    for row in WeeklyHours.objects.filter(still_valid).order_by("weekday", "starts"):
        shift = Hours(row.weekday, row.starts, row.ends, row.valid_from, row.valid_until)
        hours[row.staff_id][row.location_id].append(shift)
    absences, extras = _exceptions(today)
    for member in (
        bookable.select_related("resource").prefetch_related("skills").order_by("position", "id")
    ):
        yield Worker(
            id=member.pk,
            resource_id=member.resource_id,
            name=member.display_name,
            position=member.position,
            skill_ids=frozenset(skill.pk for skill in member.skills.all()),
            hours={place: tuple(found) for place, found in hours[member.pk].items()},
            absences={day: tuple(found) for day, found in absences[member.pk].items()},
            extras={day: tuple(found) for day, found in extras[member.pk].items()},
            capacity=member.resource.capacity,
        )


def _exceptions(
    today: date,
) -> tuple[dict[UUID, dict[date, list[Absence]]], dict[UUID, dict[date, list[Extra]]]]:
    absences: dict[UUID, dict[date, list[Absence]]] = defaultdict(lambda: defaultdict(list))
    extras: dict[UUID, dict[date, list[Extra]]] = defaultdict(lambda: defaultdict(list))
    for row in ScheduleException.objects.filter(date__gte=_yesterday(today)):
        if row.location_id is None:
            absences[row.staff_id][row.date].append(Absence(row.starts, row.ends))
        elif row.starts is not None and row.ends is not None:
            extras[row.staff_id][row.date].append(Extra(row.location_id, row.starts, row.ends))
    return absences, extras


def _rooms() -> Iterable[Room]:
    rooms = Resource.objects.filter(is_active=True).exclude(kind=ResourceKind.STAFF)
    for room in rooms.order_by("name", "id"):
        if room.location_id is not None:
            yield Room(room.pk, room.kind, room.location_id, room.capacity or 1)


def _yesterday(today: date) -> date:
    # Somewhere it is still yesterday, and a window reaches a day over its edges.
    return date.fromordinal(today.toordinal() - 2)
