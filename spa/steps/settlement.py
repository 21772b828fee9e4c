"""What a visit does with money that arrived for it (SPA-07, FIN-13)."""

from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from core.db import requires_transaction
from finances.types import Allocation, Settled
from spa.domain.lifecycle import AppointmentStatus
from spa.models import Appointment
from spa.steps.lifecycle import PAYABLE_KIND, confirm
from spa.steps.occupancy import Claim, Source, keep
from spa.steps.winning import win


class AppointmentPayable:
    """Visits, as finances knows them: something a deposit is paid for."""

    @requires_transaction
    def settle(self, *, paid: Settled, now: datetime) -> Allocation:
        """Confirm the visit the money was meant for; an ended hold takes its time back if it can.

        Otherwise the money becomes the client's credit: it never revives a visit over somebody
        else's booking, and is never dropped (NA-23).
        """
        appointment = (
            Appointment.objects.select_related("location")
            .select_for_update(no_key=True, of=("self",))
            .filter(pk=paid.payable_id)
            .first()
        )
        return self._allocate(appointment, paid, now)

    def _allocate(
        self, appointment: Appointment | None, paid: Settled, now: datetime
    ) -> Allocation:
        if appointment is None:
            return Allocation.credited(branch="gone", reason=_("la cita ya no existe"))
        if paid.amount > appointment.total - appointment.paid:
            return Allocation.credited(branch="overpaid", reason=_("la cita ya estaba pagada"))
        match AppointmentStatus(appointment.status):
            case AppointmentStatus.CONFIRMED:
                return Allocation.credited(branch="twice", reason=_("el anticipo ya estaba pagado"))
            case _ if appointment.starts_at <= now:
                return Allocation.credited(branch="past", reason=_("la hora de la cita ya pasó"))
            case AppointmentStatus.PENDING_PAYMENT if keep(source_id=appointment.pk):
                branch = ""
            case _ if not self._retake(appointment, now):
                return Allocation.credited(branch="taken", reason=_("el horario ya estaba ocupado"))
            case _:
                branch = "retaken"
        appointment.paid += paid.amount
        confirm(appointment, now=now, reason="late payment" if branch else "deposit paid")
        return Allocation.accepted(branch=branch)

    def _retake(self, appointment: Appointment, now: datetime) -> bool:
        """Occupy the same people and rooms once more; other holds that have ended give way."""
        claims = [Claim.load(values) for values in appointment.claims]
        source = Source(PAYABLE_KIND, appointment.pk)
        return not win(source=source, claims=claims, hold_expires_at=None, now=now)

    def describe(self, *, payable_id: UUID) -> str:
        """The visit's services."""
        titles = Appointment.objects.filter(pk=payable_id).values_list("title", flat=True)
        return titles.first() or "tu cita"
