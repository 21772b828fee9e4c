"""Certain visits, and what their money became: what tests of a visit's life share."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

from django.utils import timezone

from core.models import AuditEntry, OutboxMessage
from finances.selectors.ledger import list_balances, verify
from finances.types import Settled
from spa.models import Appointment, AppointmentTransition, Strike
from spa.services.cancellation import cancel_appointment
from spa.services.counter import take_payment
from spa.steps.cancelling import Cancelled, Cancelling
from spa.tests.conftest import MONDAY_TEN, NOW, Book, coming, local
from spa.tests.ledger import arrived, pay
from users.models import User
from users.tests.factories import UserFactory

HOUR = timedelta(hours=1)
Take = partial[Appointment]
LATE = MONDAY_TEN - timedelta(hours=2)
AFTER = MONDAY_TEN + timedelta(minutes=30)


def certain(book: Book, **changes: Any) -> Appointment:
    """A visit whose deposit of 48 000 is paid."""
    visit = pay(book(**changes), now=NOW).appointment
    visit.refresh_from_db()
    return visit


def certain_soon(book: Book) -> Appointment:
    """A certain visit three days after today at ten: the API's clock is the real one."""
    now = timezone.now()
    visit = pay(book(start=coming(3, 10), now=now), now=now).appointment
    visit.refresh_from_db()
    return visit


def certain_visits(book: Book, count: int) -> list[Appointment]:
    """As many certain visits of one new client, on Monday from nine, 75 minutes apart."""
    client = UserFactory.create(role="vip")
    starts = [local(7, 9) + number * timedelta(minutes=75) for number in range(count)]
    return [
        certain(book, client_id=client.pk, is_vip=True, start=start, now=NOW - number * HOUR)
        for number, start in enumerate(starts)
    ]


def cancel(
    visit: Appointment,
    *,
    now: datetime,
    by_staff: bool = False,
    is_waived: bool = False,
    reason: str = "",
    actor_id: UUID | None = None,
) -> Cancelled:
    """Cancel as its client, unless somebody else is named."""
    why = Cancelling(actor_id or visit.client_id, by_staff, is_waived, reason)
    mine = None if by_staff else visit.client_id
    return cancel_appointment(appointment_id=visit.pk, client_id=mine, why=why, now=now)


def taking(desk: User) -> Take:
    """Take the balance of 72 000 in cash, without a tip."""
    return partial(
        take_payment,
        method="cash",
        amount=Decimal(72_000),
        tip=Decimal(0),
        actor_id=desk.pk,
        now=MONDAY_TEN,
    )


def balance(visit: Appointment, *, now: datetime, amount: str = "72000.00") -> Settled:
    """Money for the balance, as finances tells of it."""
    return replace(arrived(visit, now=now, amount=amount), kind="balance")


def books() -> dict[str, int]:
    """Where money is, in whole pesos; accounts without any left out. The ledger holds."""
    assert [finding.text for finding in verify() if not finding.is_explained] == []
    return {row.account: int(row.amount) for row in list_balances() if row.amount}


def told(topic: str) -> list[dict[str, Any]]:
    """What was published under a topic, once for each subscriber and never more."""
    messages = OutboxMessage.objects.filter(topic=topic).order_by("pk")
    by_event = {message.event_id: message.payload for message in messages}
    subscribers = {message.subscriber for message in messages}
    assert len(messages) == len(by_event) * len(subscribers)
    return list(by_event.values())


def audited(action: str) -> list[AuditEntry]:
    """Entries of the audit log, oldest first."""
    return list(AuditEntry.objects.filter(action=action).order_by("pk"))


def history(visit: Appointment) -> list[tuple[str, str, str]]:
    """How the visit came where it is."""
    steps = AppointmentTransition.objects.filter(appointment=visit).order_by("pk")
    return list(steps.values_list("from_status", "to_status", "reason"))


def strikes_of(client_id: UUID) -> list[tuple[str, bool]]:
    """A client's strikes by kind, and whether each was waived."""
    found = Strike.objects.filter(client_id=client_id).order_by("at", "pk")
    return [(strike.kind, strike.waived_at is not None) for strike in found]


def is_banned(client_id: UUID) -> bool:
    """Whether somebody is persona non grata."""
    return User.objects.get(pk=client_id).banned_at is not None
