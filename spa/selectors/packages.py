"""Reading packages: what is for sale, and what people bought (SPA-14)."""

from datetime import datetime
from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet

from finances.domain.codes import canonical
from spa import errors
from spa.models import ClientPackage, Package, PackageStatus, PackageUse, UseState


def list_packages(*, location_id: UUID | None) -> QuerySet[Package]:
    """What is for sale, at one place if given. Four queries for a page.

    What covers nothing is not: it would be paid for and deliver nothing (NA-28).
    """
    covers = Q(services__isnull=False) | Q(class_types__isnull=False)
    offered = Package.objects.filter(covers, is_active=True)
    if location_id is not None:
        offered = offered.filter(Q(locations=None) | Q(locations=location_id))
    covered = offered.prefetch_related("services", "class_types", "locations")
    return covered.order_by("price", "name", "id").distinct()


def get_package(*, package_id: UUID) -> Package:
    """One package that is for sale, with what it covers. Raises `PackageNotForSale`."""
    found = list_packages(location_id=None).filter(pk=package_id).first()
    if found is None:
        raise errors.PackageNotForSale
    return found


def list_client_packages(*, client_id: UUID, now: datetime) -> QuerySet[ClientPackage]:
    """A client's packages with their uses, newest first. Two queries for a page.

    One that waits for its money is shown while it can be paid.
    """
    unpaid = Q(status=PackageStatus.PENDING_PAYMENT)
    shown = ClientPackage.objects.filter(~unpaid | Q(pay_until__gt=now), client_id=client_id)
    uses = Prefetch("uses", PackageUse.objects.order_by("-used_at", "-pk"))
    return shown.prefetch_related(uses).order_by("-bought_at", "-pk")


def find_client_package(*, client_id: UUID, wanted: str) -> ClientPackage:
    """The client's own package by its id or its code, however it was typed. One query.

    Raises `PackageNotFound`, also for somebody else's: that it exists is private.
    """
    try:
        by = Q(pk=UUID(wanted))
    except ValueError:
        by = Q(code=canonical(wanted))
    paid_for = ClientPackage.objects.exclude(status=PackageStatus.PENDING_PAYMENT)
    found = paid_for.filter(by, client_id=client_id).first()
    if found is None:
        raise errors.PackageNotFound
    return found


def check_usable(package: ClientPackage, *, location_id: UUID, at: datetime) -> None:
    """Raise a refusal unless a session can be used for something there and then.

    That it covers the thing is the caller's to check. Raises `PackageUsedUp`,
    `PackageExpiresBefore`, `PackageNotForThis`.
    """
    if package.location_ids and location_id not in package.location_ids:
        raise errors.PackageNotForThis
    if package.expires_at is None or package.expires_at <= at:
        raise errors.PackageExpiresBefore
    if not package.sessions_left:
        raise errors.PackageUsedUp


def find_end_of_package(*, source_kind: str, source_id: UUID) -> datetime | None:
    """When the package ends whose sessions pay for something; `None` if none does. One query."""
    used = PackageUse.objects.filter(
        source_kind=source_kind, source_id=source_id, state=UseState.USED
    )
    return used.values_list("client_package__expires_at", flat=True).first()


def list_package_names() -> list[tuple[UUID, str]]:
    """What a voucher may be limited to. One query."""
    return list(Package.objects.order_by("name", "id").values_list("pk", "name"))
