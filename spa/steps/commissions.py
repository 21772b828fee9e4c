"""What whoever gave a service or a class earns of it (FIN-07)."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from core.db import requires_transaction
from core.money import ZERO, charged
from finances.domain.taxes import Rates, without_tax
from finances.selectors.taxes import get_rates
from finances.steps.commissions import earn_commission
from spa.models import Appointment, AppointmentItem, ClassSession, Enrolment, PackageUse

LINE = "spa.appointment_item"
CLASS = "spa.class_session"


@requires_transaction
def reward_visits(visits: Sequence[Appointment], *, now: datetime) -> None:
    """Everybody who served these visits earns a share of the price of what they did; once a line.

    Of the price without its tax, which is the state's. Paid or not yet: whoever served is not the
    one who collects. One query where nobody earns any.
    """
    lines = AppointmentItem.objects.filter(
        appointment__in=[visit.pk for visit in visits],
        staff__isnull=False,
        service__commission_percent__gt=0,
    ).select_related(
        "appointment", "service", "add_on", "staff", "package_use__client_package__package"
    )
    rates = get_rates()
    for line in lines.order_by("pk"):
        if line.staff is None:
            continue
        earn_commission(
            party=line.staff.resource_id,
            base=without_tax(
                line.price - line.discount,
                line.service.tax_category,
                rates=rates,
                currency=line.appointment.currency,
            )
            + _worth(line.package_use, rates),
            percent=line.service.commission_percent,
            currency=line.appointment.currency,
            cause_kind=LINE,
            cause_id=line.pk,
            description=(line.add_on or line.service).name,
            now=now,
        )


@requires_transaction
def reward_class(session: ClassSession, places: Sequence[Enrolment], *, now: datetime) -> None:
    """Whoever gave the class earns a share of what its people paid for it; once a class.

    Without the tax in it, as for visits.
    """
    class_type = session.class_type
    if not class_type.commission_percent:
        return
    uses = PackageUse.objects.filter(
        pk__in=[place.package_use_id for place in places if place.package_use_id]
    ).select_related("client_package__package")
    rates, currency = get_rates(), class_type.currency
    paid = [
        without_tax(place.paid, class_type.tax_category, rates=rates, currency=currency)
        for place in places
    ]
    earn_commission(
        party=session.instructor.resource_id,
        base=sum(paid, ZERO) + sum((_worth(use, rates) for use in uses), ZERO),
        percent=class_type.commission_percent,
        currency=currency,
        cause_kind=CLASS,
        cause_id=session.pk,
        description=class_type.name,
        now=now,
    )


def _worth(use: PackageUse | None, rates: Rates) -> Decimal:
    """One session of the package, of the sessions it was sold as, without its tax."""
    if use is None:
        return ZERO
    sold = use.client_package
    worth = charged(sold.price / sold.sessions_total, sold.currency)
    return without_tax(worth, sold.package.tax_category, rates=rates, currency=sold.currency)
