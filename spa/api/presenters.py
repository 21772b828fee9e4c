"""Visits as the API shows them: read once, shown everywhere alike."""

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from finances.selectors.payments import present_newest
from spa.models import Appointment, AppointmentItem
from spa.steps.booking import Booked
from spa.steps.lifecycle import PAYABLE_KIND


def present_appointments(visits: Sequence[Appointment]) -> list[dict[str, Any]]:
    """Visits that were read with their items and location; two queries for all their payments."""
    payments = present_newest(payable_kind=PAYABLE_KIND, payable_ids=[visit.pk for visit in visits])
    return [
        _present(
            visit,
            items=visit.lines,
            payment=payments.get(visit.pk),
            zone=visit.location.zone,
        )
        for visit in visits
    ]


def present_booked(booked: Booked) -> dict[str, Any]:
    """A visit just booked. No query."""
    return _present(
        booked.appointment, items=booked.items, payment=booked.payment, zone=booked.zone
    )


def _present(
    visit: Appointment,
    *,
    items: Sequence[AppointmentItem],
    payment: dict[str, Any] | None,
    zone: ZoneInfo,
) -> dict[str, Any]:
    held = visit.hold_expires_at
    return {
        "id": visit.pk,
        "status": visit.status,
        "start": visit.starts_at.astimezone(zone),
        "end": visit.ends_at.astimezone(zone),
        "location": visit.location_id,
        "staff": visit.staff_id,
        "items": [
            {
                "service": item.service_id,
                "add_on": item.add_on_id,
                "guest": item.chain,
                "staff": item.staff_id,
                "price": item.price,
                "discount": item.discount,
                "is_covered": item.package_use_id is not None,
                "start": item.starts_at.astimezone(zone),
                "end": item.ends_at.astimezone(zone),
            }
            for item in items
        ],
        "total": visit.total,
        "discount": visit.discount,
        "deposit": visit.deposit,
        "credit_used": visit.credit_used,
        "paid": visit.paid,
        "outstanding": visit.outstanding,
        "currency": visit.currency,
        "hold_expires_at": held.astimezone(zone) if held else None,
        "check_in_code": visit.check_in_code,
        "reschedules": visit.reschedules,
        "series": visit.series_id,
        "policy": visit.policy,
        "notes": visit.notes,
        "payment": payment,
    }
