"""Taking what a visit was priced with (SPA-09, SPA-13, SPA-14, SPA-26, NA-21).

What comes of it later is decided elsewhere: `steps.fulfil` uses and earns it, `steps.release` gives
it back.
"""

from datetime import datetime

from core.db import requires_transaction
from finances.steps.credit import reserve_credit
from finances.steps.vouchers import reserve_vouchers
from finances.types import together
from spa import errors
from spa.domain.lifecycle import VISIT
from spa.models import Appointment, PackageUse
from spa.selectors.pricing import VisitPrice, voucher_lines
from spa.steps.occupancy import Source
from spa.steps.sessions import redeem


@requires_transaction
def take_what_it_uses(
    visit: Appointment, priced: VisitPrice, *, now: datetime
) -> PackageUse | None:
    """Take the sessions, the voucher and the credit of the price, exactly as they were read.

    Returns the use of a package, if one pays for anything. The caller holds the person's lock and
    the visit's time: time first, then packages, vouchers and credit, here as when they are given
    back, so that nobody waits in a circle. Raises `PriceChanged` when somebody has taken what made
    the price since it was read, and the refusals of vouchers and packages.
    """
    use, price = None, priced.price
    if priced.client_package_id is not None:
        use = redeem(
            client_package_id=priced.client_package_id,
            client_id=visit.client_id,
            sessions=price.sessions,
            at=visit.starts_at,
            source=Source(VISIT, visit.pk),
            now=now,
        )
    if priced.vouchers:
        _take_vouchers(visit, priced, now)
    if price.credit:
        reserved = reserve_credit(
            client_id=visit.client_id,
            up_to=price.credit,
            currency=price.currency,
            payable_kind=VISIT,
            payable_id=visit.pk,
            now=now,
        )
        if reserved != price.credit:
            raise errors.PriceChanged
    return use


def _take_vouchers(visit: Appointment, priced: VisitPrice, now: datetime) -> None:
    found = reserve_vouchers(
        codes=priced.vouchers,
        client_id=visit.client_id,
        lines=voucher_lines(priced.price.lines),
        currency=priced.price.currency,
        payable_kind=VISIT,
        payable_id=visit.pk,
        beside=priced.beside,
        now=now,
    )
    if together(found) != tuple(line.discount for line in priced.price.lines):
        raise errors.PriceChanged
