"""The team as bookable time."""

from core.db import requires_transaction
from core.outbox import publish_all
from spa.events import ScheduleOpened
from spa.models import Resource, ResourceKind, ScheduleException, StaffMember, WeeklyHours


@requires_transaction
def give_resource(member: StaffMember) -> None:
    """Give somebody new a resource of their own, and keep its name theirs; the caller saves."""
    name = member.display_name
    if member.resource_id is None:
        member.resource = Resource.objects.create(kind=ResourceKind.STAFF, name=name)
    elif member.resource.name != name:
        member.resource.name = name
        member.resource.save(update_fields=["name", "updated_at"])


@requires_transaction
def announce_open_time(resource: Resource) -> None:
    """Tell that somebody or something may be had when it could not, wherever that is (SPA-12)."""
    places = {resource.location_id}
    if resource.kind == ResourceKind.STAFF:
        hours = WeeklyHours.objects.filter(staff__resource=resource)
        extras = ScheduleException.objects.filter(staff__resource=resource, location__isnull=False)
        places = {*hours.values_list("location_id", flat=True)}
        places |= {*extras.values_list("location_id", flat=True)}
    publish_all([ScheduleOpened(location_id=place) for place in sorted(filter(None, places))])
