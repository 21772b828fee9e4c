"""Series for tests: booking them, paying for them, looking at them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.db import transaction

from core.testing import deliver_outbox
from finances.selectors.ledger import get_credit, verify
from finances.selectors.payments import list_payments_of
from finances.steps.settlement import settle
from finances.types import Allocation, PaymentView, Settled
from notifications.models import Notification
from spa.models import Appointment, AppointmentSeries
from spa.services.series import BookedSeries, Mode, book_series
from spa.steps.series_planning import SeriesOrder
from spa.steps.series_settlement import SeriesPayable
from spa.steps.series_telling import SERIES_KIND
from spa.tests.ledger import approved, traces


def repeated(*, now: datetime, mode: Mode = Mode.ALL, **order: Any) -> BookedSeries:
    """Book a series."""
    return book_series(order=SeriesOrder(**order), mode=mode, now=now)


def visits_of(series: AppointmentSeries) -> list[Appointment]:
    """Its visits as they are now, in the order of their days."""
    return list(Appointment.objects.filter(series=series).order_by("occurrence"))


def statuses(series: AppointmentSeries) -> list[str]:
    """Where its visits stand, in the order of their days."""
    return [visit.status for visit in visits_of(series)]


def series_payment(series: AppointmentSeries) -> PaymentView:
    """The payment that makes the series certain, as it is now."""
    return list_payments_of(payable_kind=SERIES_KIND, payable_ids=[series.pk])[series.pk]


def pay_series(booked: BookedSeries, *, now: datetime, attempt: int = 1) -> BookedSeries:
    """Settle the series' first payment, as the webhook's handler and the poller do."""
    sighting = approved(series_payment(booked.series), now=now, attempt=attempt)
    with transaction.atomic():
        settle([sighting], now=now)
    booked.series.refresh_from_db()
    return booked


def money_for(series: AppointmentSeries, *, now: datetime, amount: str = "48000.00") -> Settled:
    """Money for the series, as finances tells of it."""
    return Settled(
        payment_id=uuid4(),
        payable_id=series.pk,
        client_id=series.client_id,
        kind="series",
        amount=Decimal(amount),
        currency="COP",
        paid_at=now,
    )


def settle_series(*paid: Settled, now: datetime) -> Sequence[Allocation]:
    """What the series answer finances."""
    with transaction.atomic():
        return SeriesPayable().settle(paid=paid, now=now)


def post(caller: Any, url: str, body: Any, *, key: str | None = None) -> Any:
    """A POST under a key of its own."""
    return caller.post(url, body, format="json", headers={"Idempotency-Key": key or str(uuid4())})


def visible_traces() -> dict[str, list[Any]]:
    """Every row a booking writes, but the answers to keys: refusals are remembered too."""
    return {table: rows for table, rows in traces().items() if "idempotency" not in table}


def paid(series_id: str) -> AppointmentSeries:
    """The same series, its first deposit paid."""
    series = AppointmentSeries.objects.get(pk=series_id)
    now = series.booked_at + timedelta(minutes=1)
    return pay_series(BookedSeries(series, []), now=now).series


def told() -> list[str]:
    """Which messages clients got, in order."""
    deliver_outbox()
    return list(Notification.objects.order_by("pk").values_list("template", flat=True))


def credit_of(series: AppointmentSeries) -> Decimal:
    """What the series' client has as credit."""
    return get_credit(client_id=series.client_id, currency="COP")


def nothing_found() -> bool:
    """Whether the books are in order."""
    return all(finding.is_explained for finding in verify())
