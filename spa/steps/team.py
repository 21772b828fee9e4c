"""The team as bookable time."""

from core.db import requires_transaction
from spa.models import Resource, ResourceKind, StaffMember


@requires_transaction
def give_resource(member: StaffMember) -> None:
    """Give somebody new a resource of their own, and keep its name theirs; the caller saves."""
    name = member.display_name
    if member.resource_id is None:
        member.resource = Resource.objects.create(kind=ResourceKind.STAFF, name=name)
    elif member.resource.name != name:
        member.resource.name = name
        member.resource.save(update_fields=["name", "updated_at"])
