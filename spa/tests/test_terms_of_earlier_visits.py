"""Visits booked before terms said everything keep what they were promised (SPA-26)."""

from datetime import timedelta
from decimal import Decimal
from importlib import import_module

from django.apps import apps

from spa.domain.terms import Reason, Terms
from spa.models import Appointment
from spa.tests.conftest import MONDAY_TEN, Book, local
from users.tests.factories import UserFactory

migration = import_module("spa.migrations.0011_terms_of_earlier_visits")


def as_before(percent_after: str) -> dict[str, object]:
    """The terms as they were stored."""
    return {
        "deposit": "48000.00",
        "balance": "72000.00",
        "currency": "COP",
        "hold_minutes": 20,
        "cancellation": {
            "free_until": "2026-12-06T08:00:00-05:00",
            "credit_percent_before": "100",
            "credit_percent_after": percent_after,
        },
    }


def test_they_can_be_decided_from_and_say_what_they_said(book: Book) -> None:
    visit, other = (
        book(client_id=UserFactory.create().pk, start=local(day, 10)).appointment for day in (7, 8)
    )
    policy = as_before("25")
    Appointment.objects.filter(pk=visit.pk).update(policy=policy)

    migration.fill(apps, None)

    visit.refresh_from_db()
    assert visit.policy["cancellation"].items() >= policy["cancellation"].items()
    terms, paid = Terms.load(visit.policy), Decimal(48_000)
    deadline = MONDAY_TEN - timedelta(hours=26)
    free = terms.cancellation(now=deadline, paid=paid)
    late = terms.cancellation(now=deadline + timedelta(seconds=1), paid=paid)
    assert (free.reason, free.credit) == (Reason.FREE, 48_000)
    assert (late.reason, late.credit, late.is_strike) == (Reason.LATE, 12_000, True)
    assert terms.no_show_after == MONDAY_TEN + timedelta(minutes=30)
    untouched = other.policy
    other.refresh_from_db()
    assert other.policy == untouched
