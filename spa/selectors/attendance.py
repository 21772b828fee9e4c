"""Finding visits at the desk."""

from datetime import datetime
from uuid import UUID

from spa import errors
from spa.domain.lifecycle import STANDING, AppointmentStatus
from spa.domain.terms import Terms
from spa.models import Appointment

# People write codes in groups.
SEPARATORS = str.maketrans({" ": None, "-": None})


def get_by_code(*, code: str) -> UUID:
    """Which visit a client shows the code of, however they write it. One query.

    Codes of visits that are over serve nothing. Raises `AppointmentNotFound`.
    """
    wanted = code.upper().translate(SEPARATORS)
    open_visits = Appointment.objects.filter(
        check_in_code=wanted, status__in=[status.value for status in sorted(STANDING)]
    )
    found = open_visits.exclude(check_in_code="").values_list("pk", flat=True).first()
    if found is None:
        raise errors.AppointmentNotFound
    return found


def list_overdue(*, now: datetime) -> list[UUID]:
    """Certain visits whose own terms say that nobody will come any more, oldest first. One query.

    Few rows: a visit that began is checked in, completed or missed within hours.
    """
    begun = Appointment.objects.filter(status=AppointmentStatus.CONFIRMED, starts_at__lte=now)
    rows = begun.order_by("starts_at", "pk").values_list("pk", "policy")
    return [pk for pk, policy in rows if Terms.load(policy).no_show_after <= now]
