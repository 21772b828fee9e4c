"""Booking a visit."""

from decimal import Decimal

from core.models import Location
from spa.models import Appointment, Occupancy, StaffMember
from spa.tests.conftest import MONDAY_TEN, Book


def test_a_visit_holds_its_time_until_its_deposit_is_paid(
    book: Book, therapist: StaffMember, location: Location
) -> None:
    booked = book()

    visit = Appointment.objects.get()
    assert visit.pk == booked.appointment.pk
    assert visit.status == "pending_payment"
    assert (visit.total, visit.deposit, visit.paid) == (
        Decimal("120000.00"), Decimal("48000.00"), Decimal("0.00"),
    )  # fmt: skip
    held = Occupancy.objects.get()
    assert held.resource_id == therapist.resource_id
    assert held.during.lower == MONDAY_TEN
    assert (held.during.upper - held.during.lower).total_seconds() == 70 * 60
    assert held.hold_expires_at == visit.hold_expires_at
    assert booked.payment is not None
    assert booked.payment["amount"] == "48000.00"
