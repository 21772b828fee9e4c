"""The waitlist as the API shows it."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from spa.domain.waiting import EntryStatus, OfferStatus
from spa.models import WaitlistEntry, WaitlistOffer

OFFERED = "offered"


def present_entry(entry: WaitlistEntry, *, now: datetime) -> dict[str, Any]:
    """An entry that was read with its place, its services and its offers. No query."""
    zone = entry.location.zone
    offers = [_offer(offer, zone, now) for offer in entry.offers.all()]
    status = entry.status
    if status == EntryStatus.WAITING and any(o["status"] == OfferStatus.OPEN for o in offers):
        status = OFFERED
    return {
        "id": entry.pk,
        "status": status,
        "client": entry.client_id,
        "location": entry.location_id,
        "services": [wanted.service_id for wanted in entry.wanted.all()],
        "staff": entry.staff_id,
        "party_size": entry.party_size,
        "date_from": entry.date_from,
        "date_to": entry.date_to,
        "time_from": entry.time_from,
        "time_to": entry.time_to,
        "notes": entry.notes,
        "joined_at": entry.joined_at.astimezone(zone),
        "offers": offers,
    }


def _offer(offer: WaitlistOffer, zone: ZoneInfo, now: datetime) -> dict[str, Any]:
    # Over is over, whether or not somebody has tidied it away already.
    is_overdue = offer.status == OfferStatus.OPEN and offer.expires_at <= now
    return {
        "id": offer.pk,
        "status": OfferStatus.EXPIRED.value if is_overdue else offer.status,
        "start": offer.starts_at.astimezone(zone),
        "end": offer.ends_at.astimezone(zone),
        "staff": offer.staff_id,
        "expires_at": offer.expires_at.astimezone(zone),
        "appointment": offer.appointment_id,
    }
