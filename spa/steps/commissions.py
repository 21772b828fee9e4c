"""What whoever gave a service or a class earns of it (FIN-07)."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from core.db import requires_transaction
from core.money import ZERO, charged
from finances.steps.commissions import earn_commission
from spa.models import Appointment, AppointmentItem, ClassSession, Enrolment, PackageUse

LINE = "spa.appointment_item"
CLASS = "spa.class_session"


@requires_transaction
def reward_visits(visits: Sequence[Appointment], *, now: datetime) -> None:
    """Everybody who served these visits earns a share of the price of what they did; once a line.

    Paid or not yet: whoever served is not the one who collects. One query where nobody earns any.
    """
    lines = AppointmentItem.objects.filter(
        appointment__in=[visit.pk for visit in visits],
        staff__isnull=False,
        service__commission_percent__gt=0,
    ).select_related("appointment", "service", "add_on", "staff", "package_use__client_package")
    for line in lines.order_by("pk"):
        if line.staff is None:
            continue
        earn_commission(
            party=line.staff.resource_id,
            base=line.price - line.discount + _worth(line.package_use),
            percent=line.service.commission_percent,
            currency=line.appointment.currency,
            cause_kind=LINE,
            cause_id=line.pk,
            description=(line.add_on or line.service).name,
            now=now,
        )


@requires_transaction
def reward_class(session: ClassSession, places: Sequence[Enrolment], *, now: datetime) -> None:
    """Whoever gave the class earns a share of what its people paid for it; once a class."""
    class_type = session.class_type
    if not class_type.commission_percent:
        return
    uses = PackageUse.objects.filter(
        pk__in=[place.package_use_id for place in places if place.package_use_id]
    ).select_related("client_package")
    earn_commission(
        party=session.instructor.resource_id,
        base=sum((place.paid for place in places), ZERO) + sum(map(_worth, uses), ZERO),
        percent=class_type.commission_percent,
        currency=class_type.currency,
        cause_kind=CLASS,
        cause_id=session.pk,
        description=class_type.name,
        now=now,
    )


def _worth(use: PackageUse | None) -> Decimal:
    """One session of the package, of the sessions it was sold as."""
    if use is None:
        return ZERO
    package = use.client_package
    return charged(package.price / package.sessions_total, package.currency)
