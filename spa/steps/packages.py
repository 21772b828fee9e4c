"""Packages that people buy: made, paid for, theirs (SPA-14, NA-28)."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeVar, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext as _

from core.db import execute, requires_transaction
from core.outbox import publish_all
from core.selectors.settings import get_settings
from finances.domain.codes import new_code
from finances.domain.credit import ends_at, last_day_of
from finances.steps.vouchers import use_vouchers
from finances.types import Allocation, Settled
from spa.events import PackageEvent, PackageReady
from spa.models import BookingSettings, ClientPackage, Package, PackageStatus
from spa.steps.sessions import PACKAGE, lock_packages

UPDATE = """
UPDATE spa_clientpackage AS package
   SET status = new.status, paid = new.paid, sessions_left = new.sessions_left,
       expires_at = new.expires_at, updated_at = %(now)s
  FROM unnest(%(pk)s::uuid[], %(status)s::text[], %(paid)s::numeric[],
              %(sessions_left)s::int[], %(expires_at)s::timestamptz[])
    AS new (id, status, paid, sessions_left, expires_at)
 WHERE package.id = new.id
"""
E = TypeVar("E", bound=PackageEvent)
CHANGED = ("pk", "status", "paid", "sessions_left", "expires_at")


def draft(
    package: Package,
    *,
    client_id: UUID,
    pay_until: datetime | None,
    sold_by_id: UUID | None,
    now: datetime,
) -> ClientPackage:
    """A client's package that waits for its money, not stored yet; what it covers is frozen.

    The package was read with what it covers.
    """
    usual = get_settings(BookingSettings).package_validity_days
    return ClientPackage(
        package=package,
        client_id=client_id,
        payer_id=client_id,
        sold_by_id=sold_by_id,
        name=package.name,
        code=new_code(secrets.choice),
        service_ids=[service.pk for service in package.services.all()],
        class_type_ids=[class_type.pk for class_type in package.class_types.all()],
        location_ids=[location.pk for location in package.locations.all()],
        price=package.price,
        currency=package.currency,
        sessions_total=package.sessions,
        validity_days=package.validity_days or usual,
        bought_at=now,
        pay_until=pay_until,
    )


@requires_transaction
def hand_over(paid_for: Sequence[ClientPackage], *, now: datetime) -> None:
    """Make packages that are paid for usable from now on, and tell their owners."""
    zone = ZoneInfo(settings.TIME_ZONE)
    for package in paid_for:
        package.status = PackageStatus.ACTIVE.value
        package.paid, package.sessions_left = package.price, package.sessions_total
        package.expires_at = ends_at(now=now, days=package.validity_days, zone=zone)
    columns = {name: [getattr(package, name) for package in paid_for] for name in CHANGED}
    execute(UPDATE, {**columns, "now": now})
    use_vouchers(payable_kind=PACKAGE, payable_ids=columns["pk"], now=now)
    publish_all([as_event(package, PackageReady, code=package.code) for package in paid_for])


def as_event(package: ClientPackage, event_type: type[E], **more: Any) -> E:
    """A fact about a package that is paid for, in the words a message needs."""
    expires_at = cast(datetime, package.expires_at)  # `spa_clientpackage_paid_all_or_nothing`
    return event_type(
        client_package_id=package.pk,
        client_id=package.client_id,
        name=package.name,
        sessions=package.sessions_left,
        last_day=last_day_of(expires_at, ZoneInfo(settings.TIME_ZONE)),
        expires_at=expires_at,
        **more,
    )


class PackagePayable:
    """Packages, as finances knows them. One that is paid for is delivered, however late (NA-28)."""

    @requires_transaction
    def settle(self, *, paid: Sequence[Settled], now: datetime) -> Sequence[Allocation]:
        """Hand the packages over; money for one that is paid for already becomes credit."""
        packages = lock_packages({told.payable_id for told in paid})
        allocations, paid_for = [], []
        for told in paid:
            package = packages.get(told.payable_id)
            if package is None:
                reason = _("el paquete ya no existe")
                allocations.append(Allocation.credited(branch="gone", reason=reason))
            elif package.status != PackageStatus.PENDING_PAYMENT or package in paid_for:
                reason = _("el paquete ya estaba pagado")
                allocations.append(Allocation.credited(branch="twice", reason=reason))
            else:
                allocations.append(Allocation.accepted(branch=_branch(package, now)))
                paid_for.append(package)
        if paid_for:
            hand_over(paid_for, now=now)
        return allocations

    def describe(self, *, payable_id: UUID) -> str:
        """The package's name."""
        names = ClientPackage.objects.filter(pk=payable_id).values_list("name", flat=True)
        return names.first() or "tu paquete"


def _branch(package: ClientPackage, now: datetime) -> str:
    """One whose time to pay is over has none any more, once somebody looked."""
    return "" if package.pay_until and now < package.pay_until else "delivered_late"
