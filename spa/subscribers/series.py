"""Telling people of their series: once for all visits, never once for each (SPA-20)."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.events import subscribe
from notifications.steps.delivery import notify
from spa.events import (
    SeriesBooked,
    SeriesCancelled,
    SeriesDepositDue,
    SeriesEvent,
    SeriesExpired,
    SeriesMoved,
)


@subscribe(SeriesBooked, name="spa.send-series-booked")
def send_series_booked(event: SeriesBooked) -> None:
    """Confirm the series to its client, and say what is still to be paid for."""
    terms = _("Todas están confirmadas.")
    if event.unpaid:
        terms = ngettext(
            "El anticipo de {unpaid} de ellas te lo pedimos unos días antes.",
            "Los anticipos de {unpaid} de ellas te los pedimos unos días antes de cada una.",
            event.unpaid,
        ).format(unpaid=event.unpaid)
    _tell(event, "series_booked", location=event.location, terms=terms)


@subscribe(SeriesExpired, name="spa.send-series-expired")
def send_series_expired(event: SeriesExpired) -> None:
    """Tell the client that nothing of the unpaid series is kept."""
    _tell(event, "series_expired")


@subscribe(SeriesMoved, name="spa.send-series-moved")
def send_series_moved(event: SeriesMoved) -> None:
    """Tell the client where the series is now."""
    _tell(event, "series_moved", location=event.location)


@subscribe(SeriesCancelled, name="spa.send-series-cancelled")
def send_series_cancelled(event: SeriesCancelled) -> None:
    """Tell the client what is cancelled, and what came back."""
    _tell(event, "series_cancelled", amount=str(event.credit), currency=event.currency)


@subscribe(SeriesDepositDue, name="spa.send-series-deposit-due")
def send_series_deposit_due(event: SeriesDepositDue) -> None:
    """Ask the client for one visit's deposit."""
    notify(
        person_id=event.client_id,
        template="series_deposit_due",
        facts={
            "service": event.service,
            "starts_at": event.starts_at.isoformat(),
            "timezone": event.timezone,
            "amount": str(event.amount),
            "currency": event.currency,
            "expires_at": event.due_at.isoformat(),
        },
        event_id=event.event_id,
        valid_until=event.due_at,
    )


def _tell(event: SeriesEvent, template: str, **more: object) -> None:
    notify(
        person_id=event.client_id,
        template=template,
        facts={
            "service": event.service,
            "visits": str(event.visits),
            "starts_at": event.starts_at.isoformat(),
            "timezone": event.timezone,
            **more,
        },
        event_id=event.event_id,
        valid_until=event.starts_at,
    )
