"""Reading the catalogue as the public sees it."""

from collections import defaultdict
from uuid import UUID

from django.db.models import Prefetch, QuerySet

from core.models import Location
from finances.registry import Sellable
from spa.models import AddOn, Service, ServiceCategory, ServiceImage, StaffMember


def list_locations() -> QuerySet[Location]:
    """The open places with their hours. Two queries for a page."""
    shown = Location.objects.filter(is_open_to_public=True)
    return shown.prefetch_related("opening_hours").order_by("name", "id")


def list_categories() -> QuerySet[ServiceCategory]:
    """The shelves, in the studio's order. One query for a page."""
    return ServiceCategory.objects.order_by("position", "name", "id")


def list_services(*, location_id: UUID | None) -> QuerySet[Service]:
    """What can be booked online, at one place if given. Three queries for a page."""
    offered: QuerySet[Service] = Service.objects.filter(is_online_bookable=True)
    offered = offered.select_related("category")
    if location_id is not None:
        offered = offered.filter(locations=location_id)
    ordered = offered.order_by("category__position", "category__name", "name", "id")
    pictures = Prefetch("images", ServiceImage.objects.order_by("position"))
    return ordered.prefetch_related("locations", pictures)


def map_add_ons() -> dict[UUID, list[AddOn]]:
    """What can be added to each service. Two queries."""
    found: dict[UUID, list[AddOn]] = defaultdict(list)
    offered = AddOn.objects.filter(is_active=True).prefetch_related("services")
    for add_on in offered.order_by("name", "id"):
        for service in add_on.services.all():
            found[service.pk].append(add_on)
    return found


def list_staff() -> QuerySet[StaffMember]:
    """Who can be booked: a name and skills, nothing private (NA-08). Two queries for a page."""
    bookable = StaffMember.objects.filter(is_bookable=True, resource__is_active=True)
    return bookable.prefetch_related("skills").order_by("position", "display_name", "id")


def list_service_names() -> list[tuple[UUID, str]]:
    """What a voucher may be limited to. One query."""
    return list(Service.objects.order_by("name", "id").values_list("pk", "name"))


def find_service_price(service_id: UUID) -> Sellable | None:
    """What a service that can be booked online costs who is no VIP. One query."""
    service = Service.objects.filter(pk=service_id, is_online_bookable=True).first()
    return Sellable(service.name, service.price, service.currency) if service else None
