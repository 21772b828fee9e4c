"""What a visit would cost somebody, read from everything that has a say (SPA-26).

Quotes show this and bookings take it (`spa.steps.pricing`): there is no second way to a price.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from core.money import ZERO
from finances.selectors.credit import get_available_credit
from finances.selectors.vouchers import quote_vouchers
from finances.types import Beside, VoucherLine, together
from spa import errors
from spa.domain.lifecycle import AppointmentStatus
from spa.domain.policy import NO_HISTORY, BookingPolicy, History
from spa.domain.pricing import Charge, Price, PricedLine, cover, settle, take_off
from spa.models import Appointment, ClientPackage, Strike
from spa.selectors.packages import check_usable, find_client_package


@dataclass(frozen=True, slots=True)
class Wishes:
    """What somebody wants to pay with, besides money: codes, and whether to use their credit."""

    voucher: str = ""
    package: str = ""
    use_credit: bool = False
    vouchers: tuple[str, ...] = ()

    @property
    def codes(self) -> tuple[str, ...]:
        """All vouchers, the one that is named alone and those that are named together."""
        return tuple(code for code in (self.voucher, *self.vouchers) if code)


NO_WISHES = Wishes()


@dataclass(frozen=True, slots=True)
class VisitPrice:
    """What a visit costs, and what has to be taken for it to cost that."""

    price: Price
    client_package_id: UUID | None
    vouchers: tuple[str, ...]
    beside: Beside

    @property
    def without_deposit(self) -> "VisitPrice":
        """The same, all of it to be paid at the visit: credit waits until then too."""
        return replace(self, price=replace(self.price, deposit=ZERO, credit=ZERO))


def price_visit(
    charges: Sequence[Charge],
    *,
    currency: str,
    policy: BookingPolicy,
    location_id: UUID,
    client_id: UUID,
    is_vip: bool,
    wishes: Wishes,
    start: datetime,
    now: datetime,
) -> VisitPrice:
    """What these services cost this person at this place and start. Nothing is taken.

    No query for who wishes nothing special, while the rules ignore a person's past. Raises the
    refusals of vouchers and `PackageNotFound`, `PackageNotForThis`, `PackageUsedUp`,
    `PackageExpiresBefore`.
    """
    package = _usable(wishes.package, client_id, location_id, start)
    lines = _covered(charges, package)
    credit = ZERO
    if wishes.use_credit:
        credit = get_available_credit(client_id=client_id, currency=currency, now=now)
    at_vip_price = any(line.charge.is_vip_price and not line.is_covered for line in lines)
    beside = Beside(vip_price=at_vip_price, uses_credit=credit > 0)
    if wishes.codes:
        found = quote_vouchers(
            codes=wishes.codes,
            client_id=client_id,
            lines=voucher_lines(lines),
            currency=currency,
            beside=beside,
            now=now,
        )
        lines = take_off(lines, together(found))
    price = settle(
        lines,
        policy=policy,
        is_vip=is_vip,
        history=_history(client_id, policy, now),
        currency=currency,
        credit=credit,
    )
    return VisitPrice(price, package.pk if package else None, wishes.codes, beside)


def voucher_lines(lines: Sequence[PricedLine]) -> list[VoucherLine]:
    """What is left to pay for, as vouchers see it."""
    return [VoucherLine(line.charge.service_id, line.price) for line in lines]


def _usable(
    wanted: str, client_id: UUID, location_id: UUID, start: datetime
) -> ClientPackage | None:
    if not wanted:
        return None
    package = find_client_package(client_id=client_id, wanted=wanted)
    check_usable(package, location_id=location_id, at=start)
    return package


def _covered(charges: Sequence[Charge], package: ClientPackage | None) -> tuple[PricedLine, ...]:
    """The lines, those that the package pays for at nothing."""
    if package is None:
        return cover(charges, service_ids=(), sessions=0)
    lines = cover(charges, service_ids=package.service_ids, sessions=package.sessions_left)
    if not any(line.is_covered for line in lines):
        raise errors.PackageNotForThis
    return lines


def _history(client_id: UUID, policy: BookingPolicy, now: datetime) -> History:
    """What the rules want to know about the person: a query for each that they look at."""
    if not policy.regular_visits and not policy.strike_deposit_percent:
        return NO_HISTORY
    completed = strikes = 0
    if policy.regular_visits:
        visits = Appointment.objects.filter(client_id=client_id)
        completed = visits.filter(status=AppointmentStatus.COMPLETED).count()
    if policy.strike_deposit_percent:
        since = now - timedelta(days=policy.strikes_window_days)
        strikes = Strike.objects.filter(client_id=client_id, waived_at=None, at__gt=since).count()
    return History(completed, strikes)
