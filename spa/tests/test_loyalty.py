"""Rewards for visits: exactly one for each so many, whatever happens at once (SPA-15)."""

import re
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection, transaction

from core import testing
from core.outbox import publish
from core.testing import deliver_outbox, race, rounds
from finances.selectors.ledger import get_credit, verify
from notifications.models import Notification
from spa.events import AppointmentCompleted
from spa.models import Appointment, LoyaltyReward, LoyaltySettings, LoyaltyStamp
from spa.steps import loyalty
from spa.steps.loyalty import stamp_visit
from spa.tests.conftest import NOW
from users.tests.factories import UserFactory


@pytest.fixture
def rewarded(db: None) -> None:
    """Every three visits are worth 20 000."""
    rules(visits_for_reward=3, reward_credit=20_000)


def rules(**changes: Any) -> None:
    LoyaltySettings.objects.update_or_create(pk=1, defaults=changes)
    cache.clear()


@pytest.fixture
def visits(client_user: Any, location: Any) -> list[Appointment]:
    """Seven visits of one person."""
    return [a_visit(client_user, location, number) for number in range(7)]


def a_visit(person: Any, location: Any, number: int) -> Appointment:
    starts_at = NOW - timedelta(days=30 + number)
    return Appointment.objects.create(
        location=location, client=person, title="Masaje", status="completed", policy={},
        starts_at=starts_at, ends_at=starts_at + timedelta(hours=1), booked_at=starts_at,
        completed_at=starts_at, currency="COP", total=Decimal(0), deposit=Decimal(0),
    )  # fmt: skip


def stamp(visit: Appointment) -> None:
    with transaction.atomic():
        stamp_visit(appointment_id=visit.pk, client_id=visit.client_id, currency="COP", now=NOW)


def credit_of(person: Any) -> Decimal:
    return get_credit(client_id=person.pk, currency="COP")


def test_every_third_visit_is_worth_credit(
    rewarded: None, visits: list[Appointment], client_user: Any
) -> None:
    earned = []
    for visit in visits:
        stamp(visit)
        earned.append(credit_of(client_user))

    assert earned == [0, 0, 20_000, 20_000, 20_000, 40_000, 40_000]
    assert list(LoyaltyReward.objects.order_by("number").values_list("number", "visits")) == [
        (1, 3), (2, 3),
    ]  # fmt: skip
    assert LoyaltyStamp.objects.filter(reward=None).count() == 1
    assert verify() == []


def test_a_visit_counts_once_however_often_it_is_told(
    rewarded: None, visits: list[Appointment], client_user: Any
) -> None:
    for _ in range(3):
        stamp(visits[0])
        stamp(visits[1])

    assert LoyaltyStamp.objects.count() == 2
    assert credit_of(client_user) == 0


def test_by_default_nothing_is_rewarded_and_what_was_then_never_counts(
    visits: list[Appointment], client_user: Any
) -> None:
    for visit in visits[:5]:
        stamp(visit)
    assert not LoyaltyStamp.objects.exists()

    rules(visits_for_reward=3, reward_credit=20_000)
    for visit in visits[5:]:
        stamp(visit)

    assert credit_of(client_user) == 0


def test_a_rule_that_changes_takes_no_reward_away_and_gives_none_twice(
    rewarded: None, visits: list[Appointment], client_user: Any
) -> None:
    for visit in visits[:4]:
        stamp(visit)
    rules(visits_for_reward=2, reward_credit=5_000)

    stamp(visits[4])

    assert credit_of(client_user) == 25_000


def test_a_completed_visit_is_counted_and_its_client_told(
    rewarded: None, visits: list[Appointment], client_user: Any
) -> None:
    for visit in visits[:3]:
        with transaction.atomic():
            publish(
                AppointmentCompleted(
                    appointment_id=visit.pk, client_id=client_user.pk, starts_at=visit.starts_at,
                    timezone="America/Bogota", location="Chicó", service="Masaje",
                    outstanding=Decimal(0), currency="COP",
                )
            )  # fmt: skip
    deliver_outbox()

    assert credit_of(client_user) == 20_000
    message = Notification.objects.get(template="loyalty_reward")
    assert message.facts == {"visits": "3", "amount": "20000.00", "currency": "COP"}


def completed_at_once(person: Any, location: Any) -> list[Any]:
    return [partial(stamp, a_visit(person, location, number)) for number in range(6)]


@pytest.mark.django_db(transaction=True)
def test_visits_completed_at_once_are_rewarded_exactly_once_for_each_three(
    rewarded: None, location: Any
) -> None:
    for _ in rounds(few=2, many=20):
        person = UserFactory.create()

        outcomes = race(completed_at_once(person, location))

        assert outcomes == [None] * 6
        assert credit_of(person) == 40_000
    assert verify() == []


@pytest.mark.django_db(transaction=True)
def test_control_without_the_lock_and_the_number_three_visits_are_paid_for_twice(
    rewarded: None, location: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(testing, "meet_before", re.compile("INSERT INTO .spa_loyaltyreward"))
    monkeypatch.setattr(loyalty, "lock_person", lambda **who: None)
    (once,) = (c for c in LoyaltyReward._meta.constraints if c.name == "spa_loyaltyreward_once")
    with connection.schema_editor() as editor:
        editor.remove_constraint(LoyaltyReward, once)
    try:
        person = UserFactory.create()
        once_each = completed_at_once(person, location)[:4]
        for complete in once_each[:2]:
            complete()

        race(once_each[2:])

        assert credit_of(person) == 40_000
    finally:
        LoyaltyStamp.objects.all().delete()
        LoyaltyReward.objects.all().delete()
        with connection.schema_editor() as editor:
            editor.add_constraint(LoyaltyReward, once)
