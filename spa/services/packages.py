"""Packages: bought, sold at the desk, paid back, handed to somebody else (SPA-14, NA-28)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from core.audit import record
from core.money import ZERO
from core.outbox import publish
from core.selectors.settings import get_settings
from core.use_cases import use_case
from finances.selectors.payments import present_payment
from finances.steps.counter import take_in_person
from finances.steps.credit import issue_credit
from finances.steps.payments import open_payment
from finances.steps.vouchers import reserve_vouchers
from finances.types import Account, Beside, VoucherLine
from spa import errors
from spa.events import PackageReady
from spa.models import BookingSettings, ClientPackage, PackageStatus, UseState
from spa.selectors.desk_calendar import find_location
from spa.selectors.packages import get_package
from spa.steps.packages import as_event, draft, hand_over
from spa.steps.sessions import PACKAGE, USE, end_rest, lock_packages
from users.steps.locks import lock_person


@dataclass(frozen=True, slots=True)
class Bought:
    """A client's package, and the payment it waits for, if any."""

    package: ClientPackage
    payment: dict[str, Any] | None


@use_case
def buy_package(
    *, client_id: UUID, package_id: UUID, vouchers: Collection[str], now: datetime
) -> Bought:
    """Buy a package; it is the client's to use once its payment is settled, however late.

    Vouchers that pay for all of it make it theirs at once. Raises `PackageNotForSale` and the
    refusals of vouchers.
    """
    offered = get_package(package_id=package_id)
    pay_until = now + timedelta(minutes=get_settings(BookingSettings).hold_minutes)
    package = draft(offered, client_id=client_id, pay_until=pay_until, sold_by_id=None, now=now)
    if vouchers:
        lock_person(person_id=client_id)
        package.price -= _discount(package, vouchers, now)
    package.save(force_insert=True)
    if package.price == 0:
        hand_over([package], now=now)
        return Bought(package, None)
    payment = open_payment(
        kind="package",
        payable_kind=PACKAGE,
        payable_id=package.pk,
        client_id=client_id,
        amount=package.price,
        currency=package.currency,
        expires_at=pay_until,
        now=now,
    )
    return Bought(package, present_payment(payment))


def _discount(package: ClientPackage, vouchers: Collection[str], now: datetime) -> Decimal:
    line = VoucherLine(service_id=None, price=package.price, package_id=package.package_id)
    found = reserve_vouchers(
        codes=vouchers,
        client_id=package.client_id,
        lines=[line],
        currency=package.currency,
        payable_kind=PACKAGE,
        payable_id=package.pk,
        beside=Beside(),
        now=now,
    )
    return sum((discount.total for discount in found), ZERO)


@use_case
def sell_package(
    *,
    client_id: UUID,
    package_id: UUID,
    method: str,
    sale_id: UUID,
    actor_id: UUID,
    now: datetime,
    location_id: UUID | None = None,
) -> ClientPackage:
    """Sell a package at the desk: its price is taken in person, and it is the client's at once.

    Cash goes into the till of the place; which one needs no word where there is only one. A repeat
    of `sale_id` finds the package that was sold. Raises `PackageNotForSale`, `LocationNotFound`,
    `PersonUnknown`, and those of `take_in_person`.
    """
    lock_person(person_id=client_id)
    sold = ClientPackage.objects.filter(pk=sale_id).first()
    if sold is not None:
        return sold
    offered = get_package(package_id=package_id)
    place = find_location(location_id=location_id)
    package = draft(offered, client_id=client_id, pay_until=None, sold_by_id=actor_id, now=now)
    package.pk = sale_id
    package.save(force_insert=True)
    take_in_person(
        kind="package",
        payable_kind=PACKAGE,
        payable_id=package.pk,
        client_id=client_id,
        amount=package.price,
        currency=package.currency,
        method=method,
        tip=ZERO,
        tip_party=None,
        actor_id=actor_id,
        cause_id=sale_id,
        location_id=place,
        now=now,
    )
    hand_over([package], now=now)
    return package


@dataclass(frozen=True, slots=True)
class Refunded:
    """What became of a package, and how much credit its payer got back."""

    package: ClientPackage
    sessions: int
    amount: Decimal


@use_case
def refund_package(
    *, client_package_id: UUID, reason: str, actor_id: UUID, now: datetime
) -> Refunded:
    """Give what the unused sessions are worth back to whoever paid, as credit; audited.

    Sessions that are booked stay booked. Raises `PackageNotFound`, `PackageNothingToRefund`.
    """
    package = _lock(client_package_id)
    if not package.sessions_left:
        raise errors.PackageNothingToRefund
    use, value = end_rest(package, state=UseState.REFUNDED, status=PackageStatus.REFUNDED, now=now)
    if value:
        issue_credit(
            client_id=package.payer_id,
            amount=value,
            currency=package.currency,
            source=Account.DEFERRED_PACKAGES,
            cause_kind=USE,
            cause_id=use.pk,
            reason=_("devolución de tu paquete %(name)s") % {"name": package.name},
            now=now,
        )
    facts = {"sessions": use.sessions, "amount": str(value), "reason": reason}
    _audit("refunded", package, facts, actor_id, now)
    return Refunded(package, use.sessions, value)


@use_case
def transfer_package(
    *, client_package_id: UUID, to_client_id: UUID, reason: str, actor_id: UUID, now: datetime
) -> ClientPackage:
    """Make a package somebody else's to use; who paid for it stays on the books; audited.

    Raises `PackageNotFound`, `PackageNotTransferable`, `PersonUnknown`.
    """
    package = _lock(client_package_id, to_client_id)
    is_usable = package.sessions_left and package.expires_at and package.expires_at > now
    if not is_usable or package.client_id == to_client_id:
        raise errors.PackageNotTransferable
    facts = {"from": str(package.client_id), "to": str(to_client_id), "reason": reason}
    package.client_id = to_client_id
    package.save(update_fields=["client", "updated_at"])
    _audit("transferred", package, facts, actor_id, now)
    publish(as_event(package, PackageReady, code=package.code))
    return package


def _lock(client_package_id: UUID, *people: UUID) -> ClientPackage:
    """The package, locked after its payer and `people`, each in the order of their ids."""
    payers = ClientPackage.objects.filter(pk=client_package_id).values_list("payer_id", flat=True)
    for person_id in sorted({*payers, *people}):
        lock_person(person_id=person_id)
    found = lock_packages([client_package_id])
    if client_package_id not in found:
        raise errors.PackageNotFound
    return found[client_package_id]


def _audit(
    what: str, package: ClientPackage, facts: dict[str, Any], actor_id: UUID, now: datetime
) -> None:
    record(
        action=f"spa.package.{what}",
        subject_kind=PACKAGE,
        subject_id=package.pk,
        actor_id=actor_id,
        now=now,
        facts=facts,
    )
