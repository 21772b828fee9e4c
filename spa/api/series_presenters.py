"""Series of visits as the API shows them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from finances.selectors.payments import present_newest
from spa.api.presenters import present_appointments
from spa.domain.terms import Terms
from spa.models import Appointment, AppointmentSeries
from spa.selectors.series import count_visits, get_series, list_visits_of
from spa.services.series import BookedSeries
from spa.services.series_preview import Candidate, Preview
from spa.steps.series_planning import Conflict
from spa.steps.series_telling import SERIES_KIND


def present_preview(preview: Preview) -> dict[str, Any]:
    """A series before it is booked. No query."""
    place = preview.asked.question.place
    rows = [_previewed(preview, visit) for visit in preview.visits]
    free = sum(row["free"] for row in rows)
    return {
        "rule": preview.asked.rule.text,
        "timezone": place.zone.key,
        "location": place.id,
        "currency": preview.price.currency,
        "total": preview.price.total * free,
        "due_now": {payment.value: due for payment, due in preview.due_now.items()},
        "free": free,
        "conflicts": len(rows) - free,
        "occurrences": rows,
    }


def _previewed(preview: Preview, visit: Candidate | Conflict) -> dict[str, Any]:
    question = preview.asked.question
    zone = question.place.zone
    is_free = isinstance(visit, Candidate)
    slot = visit.slot if isinstance(visit, Candidate) else visit
    start = slot.start
    end = start + timedelta(minutes=question.need.duration) if start else None
    until = visit.deposit_until if isinstance(visit, Candidate) else None
    return {
        "date": slot.day,
        "start": start.astimezone(zone) if start else None,
        "end": end.astimezone(zone) if end else None,
        "free": is_free,
        "staff": visit.staff_id if isinstance(visit, Candidate) else None,
        "price": preview.price.total,
        "deposit": preview.price.deposit,
        "deposit_until": until.astimezone(zone) if until else None,
        "conflict": visit.as_fact(zone) if isinstance(visit, Conflict) else None,
    }


def present_series(found: Sequence[AppointmentSeries], *, now: datetime) -> list[dict[str, Any]]:
    """Series that were read with their location; three queries at most, whatever the number."""
    ids = [series.pk for series in found]
    standings = count_visits(series_ids=ids, now=now)
    payments = present_newest(payable_kind=SERIES_KIND, payable_ids=ids)
    rows = []
    for series in found:
        standing, zone = standings[series.pk], series.location.zone
        rows.append(
            {
                "id": series.pk,
                "status": series.status,
                "client": series.client_id,
                "location": series.location_id,
                "staff": series.staff_id,
                "title": series.title,
                "rule": series.rule,
                "starts_on": series.starts_on,
                "time": series.wall_time,
                "timezone": series.location.timezone,
                "deposits": series.payment,
                "notes": series.notes,
                "booked_at": series.booked_at.astimezone(zone),
                "visits": standing.statuses,
                "next_start": standing.next_start and standing.next_start.astimezone(zone),
                "payment": payments.get(series.pk),
            }
        )
    return rows


def present_detail(series: AppointmentSeries, *, now: datetime) -> dict[str, Any]:
    """One series with all of its visits; seven queries at most, whatever their number."""
    visits = list_visits_of(series)
    occurrences = [
        {"date": visit.occurrence, "deposit_until": _deposit_until(visit), **row}
        for visit, row in zip(visits, present_appointments(visits), strict=True)
    ]
    return present_series([series], now=now)[0] | {"occurrences": occurrences}


def _deposit_until(visit: Appointment) -> datetime | None:
    until = Terms.load(visit.policy).deposit_until
    return until.astimezone(visit.location.zone) if until else None


def present_booked_series(booked: BookedSeries, *, now: datetime) -> dict[str, Any]:
    """A series just booked, read again as it is stored, and the days it could not have."""
    series = get_series(series_id=booked.series.pk, client_id=None)
    return present_detail(series, now=now) | {"failed": list(booked.conflicts)}
