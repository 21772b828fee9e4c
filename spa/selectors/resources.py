"""Reading what can be busy, and by whose clock it goes."""

from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import QuerySet

from spa import errors
from spa.models import Resource, ResourceKind, StaffMember, WeeklyHours


def list_resources() -> QuerySet[Resource]:
    """Rooms, cabins and machines, by place and name; people are the team. One query for a page."""
    rooms = Resource.objects.exclude(kind=ResourceKind.STAFF).select_related("location")
    return rooms.order_by("location__name", "name", "id")


def get_resource(*, resource_id: UUID) -> Resource:
    """Anything that can be busy, people included. Raises `ResourceNotFound`."""
    found = Resource.objects.select_related("location").filter(pk=resource_id).first()
    if found is None:
        raise errors.ResourceNotFound
    return found


def get_member(*, staff_id: UUID) -> StaffMember:
    """Somebody of the team. Raises `StaffNotFound`."""
    found = StaffMember.objects.select_related("resource").filter(pk=staff_id).first()
    if found is None:
        raise errors.StaffNotFound
    return found


def zone_of(resource: Resource) -> ZoneInfo:
    """The clock a resource goes by: its place's, for a person the place of the first hours."""
    if resource.location is not None:
        return resource.location.zone
    hours = (
        WeeklyHours.objects.filter(staff__resource=resource)
        .select_related("location")
        .order_by("weekday", "starts", "id")
        .first()
    )
    return hours.location.zone if hours else ZoneInfo(settings.TIME_ZONE)
