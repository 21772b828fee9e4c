"""What becomes of the money and the package sessions of places in classes."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import F
from django.utils.translation import gettext as _

from core.db import requires_transaction
from finances.steps.credit import issue_credit
from finances.steps.recognition import recognise
from finances.types import Account, Earning, Sale
from spa import errors
from spa.domain.classes import Parting
from spa.models import ClientPackage, Enrolment
from spa.steps.enrolment import ENROLMENT_KIND
from spa.steps.occupancy import Source
from spa.steps.sales import Given, place_in, taught_to
from spa.steps.sessions import forfeit, fulfil, redeem, restore


@requires_transaction
def cover_by_package(enrolment: Enrolment, package_id: UUID, *, now: datetime) -> None:
    """Let a session of the client's own package pay for the place, in memory; the caller saves.

    Raises `PackageNotFound`, `PackageNotForThis`, `PackageUsedUp`.
    """
    session = enrolment.session
    package = ClientPackage.objects.filter(pk=package_id, client_id=enrolment.client_id).first()
    if package is None:
        raise errors.PackageNotFound
    is_here = not package.location_ids or session.location_id in package.location_ids
    if session.class_type_id not in package.class_type_ids or not is_here:
        raise errors.PackageNotForThis
    enrolment.package_use = redeem(
        client_package_id=package.pk,
        client_id=enrolment.client_id,
        sessions=1,
        at=session.starts_at,
        source=Source(ENROLMENT_KIND, enrolment.pk),
        now=now,
    )


@requires_transaction
def part_with(enrolment: Enrolment, parting: Parting, *, reason: str, now: datetime) -> None:
    """Give back what `parting` says as credit and earn the rest; package sessions likewise."""
    if parting.credit:
        _credit(enrolment, parting.credit, reason=reason, now=now)
    sale = place_in(enrolment, amount=parting.kept, is_kept=True)
    recognise([_earning(enrolment, parting.kept, sale, Account.REVENUE_FORFEITED)], now=now)
    if parting.restores_session:
        restore(source_kind=ENROLMENT_KIND, source_ids=[enrolment.pk], now=now)
    else:
        given = {enrolment.pk: Given(enrolment.session.location_id)}
        forfeit(source_kind=ENROLMENT_KIND, given=given, now=now)


@requires_transaction
def give_all_back(enrolments: Sequence[Enrolment], *, now: datetime) -> None:
    """The studio cancelled: all that was paid becomes credit, all package sessions come back."""
    for enrolment in enrolments:
        if enrolment.paid:
            reason = _("el estudio canceló la clase")
            _credit(enrolment, enrolment.paid, reason=reason, now=now)
    whole = [enrolment.pk for enrolment in enrolments]
    # All at once: packages are locked in one order by every class that ends.
    restore(source_kind=ENROLMENT_KIND, source_ids=whole, now=now)
    Enrolment.objects.filter(pk__in=whole).update(returned=F("paid"), updated_at=now)


@requires_transaction
def earn_all(enrolments: Sequence[Enrolment], *, now: datetime) -> None:
    """The class was given: what its people paid for it is the studio's."""
    earnings = []
    for enrolment in enrolments:
        sale = place_in(enrolment, amount=enrolment.paid, is_kept=False)
        earnings.append(_earning(enrolment, enrolment.paid, sale, Account.REVENUE_CLASSES))
    recognise(earnings, now=now)
    fulfil(
        source_kind=ENROLMENT_KIND,
        given=taught_to(enrolments),
        revenue=Account.REVENUE_CLASSES,
        now=now,
    )


def _credit(enrolment: Enrolment, amount: Decimal, *, reason: str, now: datetime) -> None:
    issue_credit(
        client_id=enrolment.client_id,
        amount=amount,
        currency=enrolment.currency,
        source=Account.DEPOSITS_HELD,
        cause_kind=ENROLMENT_KIND,
        cause_id=enrolment.pk,
        reason=reason,
        now=now,
    )


def _earning(enrolment: Enrolment, amount: Decimal, sale: Sale, revenue: Account) -> Earning:
    return Earning(
        client_id=enrolment.client_id,
        amount=amount,
        currency=enrolment.currency,
        source=Account.DEPOSITS_HELD,
        revenue=revenue,
        cause_kind=ENROLMENT_KIND,
        cause_id=enrolment.pk,
        sale=sale,
    )
