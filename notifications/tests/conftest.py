"""People to tell, a way to tell them, and stand-ins whose webhooks reach a real server."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.signals import request_finished
from django.db import transaction
from django.utils import timezone

from notifications.models import Delivery, Notification
from notifications.services.sending import send_due
from notifications.steps.delivery import notify
from users.models import User
from users.tests.factories import UserFactory

ROOT = Path(__file__).parents[2]
STARTS_AT = "2026-12-01T15:00:00+00:00"
FACTS = {
    "booking_confirmed": {
        "service": "Masaje relajante",
        "starts_at": STARTS_AT,
        "timezone": "America/Bogota",
        "location": "Chapinero",
    },
    "hold_expired": {
        "service": "Masaje relajante",
        "starts_at": STARTS_AT,
        "timezone": "America/Bogota",
    },
    "booking_moved": {
        "service": "Masaje relajante",
        "starts_at": STARTS_AT,
        "old_starts_at": "2026-11-30T20:00:00+00:00",
        "timezone": "America/Bogota",
        "location": "Chapinero",
    },
    "waitlist_offer": {
        "service": "Masaje relajante",
        "starts_at": STARTS_AT,
        "timezone": "America/Bogota",
        "location": "Chapinero",
        "expires_at": "2026-11-30T20:00:00+00:00",
    },
    "reminder_first": {
        "service": "Masaje relajante",
        "starts_at": STARTS_AT,
        "timezone": "America/Bogota",
        "location": "Chapinero",
    },
    "reminder_second": {
        "service": "Masaje relajante",
        "starts_at": STARTS_AT,
        "timezone": "America/Bogota",
        "location": "Chapinero",
    },
    "class_enrolled": {
        "service": "Yoga suave",
        "starts_at": STARTS_AT,
        "timezone": "America/Bogota",
        "location": "Chapinero",
    },
    "class_seat_offer": {
        "service": "Yoga suave",
        "starts_at": STARTS_AT,
        "timezone": "America/Bogota",
        "location": "Chapinero",
        "expires_at": "2026-11-30T20:00:00+00:00",
    },
    "class_cancelled": {
        "service": "Yoga suave",
        "starts_at": STARTS_AT,
        "timezone": "America/Bogota",
        "location": "Chapinero",
    },
    "class_instructor_changed": {
        "service": "Yoga suave",
        "starts_at": STARTS_AT,
        "timezone": "America/Bogota",
        "instructor": "Luz",
    },
    "payment_declined": {"amount": "48000.00", "currency": "COP", "service": "Masaje relajante"},
    "payment_credited": {
        "amount": "48000.00",
        "currency": "COP",
        "reason": "el espacio ya estaba ocupado",
    },
    "package_ready": {
        "package": "Cinco masajes",
        "sessions": "5",
        "code": "7K2M9QXT4B",
        "last_day": "2026-12-01",
    },
    "package_ending": {"package": "Cinco masajes", "sessions": "2", "last_day": "2026-12-01"},
    "loyalty_reward": {"amount": "48000.00", "currency": "COP", "visits": "10"},
    "credit_ending": {"amount": "48000.00", "currency": "COP", "last_day": "2026-12-01"},
    "credit_given": {"amount": "48000.00", "currency": "COP", "reason": "una demora"},
    "credit_taken": {"amount": "48000.00", "currency": "COP", "reason": "un abono repetido"},
    **{
        f"subscription_{what}": {
            "amount": "90000.00",
            "currency": "COP",
            "plan": "Oro",
            "last_day": "2026-12-31",
        }
        for what in (
            "paid",
            "declined",
            "past_due",
            "cancelled",
            "reactivated",
            "plan_changed",
            "ended",
        )
    },
    "refund_done": {
        "amount": "48000.00",
        "currency": "COP",
        "reason": "una demora",
        "way": "en efectivo",
    },
    "refund_became_credit": {"amount": "48000.00", "currency": "COP", "reason": "una demora"},
    "refund_came_back": {"amount": "48000.00", "currency": "COP", "reason": "una demora"},
    "payout_paid": {"amount": "48000.00", "currency": "COP", "account": "••••5678"},
    "payout_failed": {"amount": "48000.00", "currency": "COP", "account": "••••5678"},
    "voucher_given": {
        "service": "Masaje relajante",
        "code": "7K2M9QXT4B",
        "last_day": "2026-12-01",
        "reason": "un premio",
    },
    "books_differ": {"last_day": "2026-12-07", "count": "2"},
    "visit_cancelled": {
        "service": "Masaje relajante",
        "starts_at": STARTS_AT,
        "timezone": "America/Bogota",
    },
    "visit_cancelled_credit": {
        "service": "Masaje relajante",
        "starts_at": STARTS_AT,
        "timezone": "America/Bogota",
        "amount": "48000.00",
        "currency": "COP",
    },
    "visit_cancelled_late": {
        "service": "Masaje relajante",
        "starts_at": STARTS_AT,
        "timezone": "America/Bogota",
        "amount": "0.00",
        "currency": "COP",
    },
    "visit_missed": {
        "service": "Masaje relajante",
        "starts_at": STARTS_AT,
        "timezone": "America/Bogota",
    },
    "visit_missed_credit": {
        "service": "Masaje relajante",
        "starts_at": STARTS_AT,
        "timezone": "America/Bogota",
        "amount": "48000.00",
        "currency": "COP",
    },
    "strike_waived": {
        "service": "Masaje relajante",
        "starts_at": STARTS_AT,
        "timezone": "America/Bogota",
    },
    "appeal_rejected": {
        "service": "Masaje relajante",
        "starts_at": STARTS_AT,
        "timezone": "America/Bogota",
        "reason": "no llegaste a tiempo",
    },
    "person_banned": {
        "reason": "no llegaste a tiempo",
    },
    "ban_lifted": {},
    "series_booked": {
        "service": "Masaje relajante",
        "visits": "10",
        "starts_at": STARTS_AT,
        "timezone": "America/Bogota",
        "location": "Chapinero",
        "terms": "Todas están confirmadas.",
    },
    "series_expired": {
        "service": "Masaje relajante",
        "visits": "10",
        "starts_at": STARTS_AT,
        "timezone": "America/Bogota",
    },
    "series_moved": {
        "service": "Masaje relajante",
        "visits": "10",
        "starts_at": STARTS_AT,
        "timezone": "America/Bogota",
        "location": "Chapinero",
    },
    "series_cancelled": {
        "service": "Masaje relajante",
        "visits": "10",
        "starts_at": STARTS_AT,
        "timezone": "America/Bogota",
        "amount": "96000.00",
        "currency": "COP",
    },
    "series_deposit_due": {
        "service": "Masaje relajante",
        "starts_at": STARTS_AT,
        "timezone": "America/Bogota",
        "amount": "48000.00",
        "currency": "COP",
        "expires_at": "2026-11-29T15:00:00+00:00",
    },
}


@pytest.fixture
def person(db: None) -> User:
    """Ana, who has WhatsApp."""
    return UserFactory.create(phone="+573001112233", first_name="Ana")


@pytest.fixture
def person_without_whatsapp(db: None) -> User:
    """Luz, whom only SMS reaches."""
    return UserFactory.create(phone="+573001110000", first_name="Luz")


def tell(person: User, template: str = "booking_confirmed", **more: Any) -> Notification:
    """Owe `person` a message."""
    event_id = more.pop("event_id", None) or uuid4()
    facts = more.pop("facts", FACTS[template])
    with transaction.atomic():
        notify(person_id=person.pk, template=template, facts=facts, event_id=event_id, **more)
    return Notification.objects.get(event_id=event_id, person=person, template=template)


def send_all(*, later: timedelta = timedelta()) -> None:
    """Send whatever is due now, or `later` from now, as the workers would."""
    while send_due(now=timezone.now() + later):
        pass


def delivery_of(told: Notification, channel: str = "WHATSAPP") -> Delivery:
    """How the message fared on one channel."""
    return Delivery.objects.get(notification=told, channel=channel)


class Arrivals:
    """Counts the requests that the live server has answered."""

    def __init__(self) -> None:
        self._answered = threading.Semaphore(0)

    def note(self, **_signal: Any) -> None:
        self._answered.release()

    def wait_for(self, count: int) -> None:
        """Until `count` more requests were answered."""
        for _ in range(count):
            assert self._answered.acquire(timeout=20), "the webhook never came"


@pytest.fixture
def arrivals() -> Iterator[Arrivals]:
    """What comes in over HTTP."""
    arrivals = Arrivals()
    request_finished.connect(arrivals.note)
    yield arrivals
    request_finished.disconnect(arrivals.note)


@pytest.fixture
def speaking_sandbox(
    sandbox: Any, live_server: Any, settings: Any, arrivals: Arrivals
) -> Iterator[Any]:
    """Stand-ins of their own, whose status webhooks reach our live server."""
    settings.PUBLIC_BASE_URL = live_server.url
    process = subprocess.Popen(
        [sys.executable, "-m", "sandbox"],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "SANDBOX_PORT": "0",
            "PUBLIC_BASE_URL": live_server.url,
            "SANDBOX_STATUS_DELAY_SECONDS": "0",
            "WHATSAPP_APP_SECRET": settings.WHATSAPP_APP_SECRET,
            "TWILIO_AUTH_TOKEN": settings.TWILIO_AUTH_TOKEN,
        },
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        url = process.stdout.readline().split()[-1]
        settings.WHATSAPP_BASE_URL = f"{url}/graph/v25.0"
        settings.TWILIO_BASE_URL = f"{url}/twilio"
        yield type(sandbox)(url)
    finally:
        process.terminate()
        process.wait(timeout=10)
        process.stdout.close()


# Killed once the provider has answered, before we have written it down.
DYING_SENDER = """
import os, signal
from django.utils import timezone
from notifications.services import sending

def die(*args, **kwargs):
    os.kill(os.getpid(), signal.SIGKILL)

sending._record = die
sending.send_due(now=timezone.now())
"""
