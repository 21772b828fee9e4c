"""Owing somebody a message: once per event."""

from dataclasses import dataclass
from functools import partial
from uuid import UUID, uuid4

import pytest
from django.db import transaction
from django.utils import timezone

from core import events
from core.events import Event
from core.models import OutboxMessage
from core.outbox import publish
from core.testing import deliver_outbox, race
from notifications.models import Delivery, Notification
from notifications.steps.delivery import notify
from notifications.tests.conftest import FACTS, send_all, tell
from users.models import User


@dataclass(frozen=True, kw_only=True)
class SomethingHappened(Event):
    topic = "notifications.test.happened.v1"
    person_id: UUID


@pytest.fixture
def subscriber():
    """Somebody who tells people that something happened."""
    name = "notifications.test"

    @events.subscribe(SomethingHappened, name=name)
    def react(event: SomethingHappened) -> None:
        notify(
            person_id=event.person_id,
            template="payment_declined",
            facts=FACTS["payment_declined"],
            event_id=event.event_id,
        )

    yield name
    del events._by_name[name], events._by_topic[SomethingHappened.topic]


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_nobody_is_told(person: User) -> None:
    with pytest.raises(RuntimeError, match="transaction"):
        notify(
            person_id=person.pk,
            template="hold_expired",
            facts=FACTS["hold_expired"],
            event_id=uuid4(),
        )

    assert not Notification.objects.exists()


def test_a_message_is_an_entry_in_the_inbox_and_a_delivery_that_is_due(person: User) -> None:
    told = tell(person, "payment_declined")

    delivery = told.deliveries.get()
    assert (told.facts, told.read_at) == (FACTS["payment_declined"], None)
    assert (delivery.channel, delivery.status, delivery.attempts) == ("WHATSAPP", "QUEUED", 0)
    assert delivery.due_at <= timezone.now()


def test_facts_that_do_not_fit_leave_no_trace(person: User) -> None:
    with pytest.raises(ValueError, match="hold_expired"), transaction.atomic():
        notify(person_id=person.pk, template="hold_expired", facts={}, event_id=uuid4())

    assert not Notification.objects.exists()
    assert not Delivery.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_na_36_a_redelivered_event_says_it_once(person: User, subscriber: str, sandbox) -> None:
    with transaction.atomic():
        publish(SomethingHappened(person_id=person.pk))
    deliver_outbox()
    send_all()

    OutboxMessage.objects.update(status="PENDING", due_at=timezone.now())
    deliver_outbox()
    send_all()

    assert OutboxMessage.objects.get().status == "DONE"
    assert Notification.objects.count() == 1
    assert len(sandbox.messages(to=person.phone)) == 1


@pytest.mark.django_db(transaction=True)
def test_na_36_two_hundred_at_once_for_one_event_are_one_message(person: User) -> None:
    event_id = uuid4()

    def tell_ten_times() -> None:
        for _ in range(10):
            tell(person, event_id=event_id)

    outcomes = race([partial(tell_ten_times) for _ in range(20)])

    assert outcomes == [None] * 20
    assert Notification.objects.count() == 1
    assert Delivery.objects.count() == 1


def test_one_event_may_tell_two_people_and_two_things(person: User, client_user: User) -> None:
    event_id = uuid4()

    tell(person, "hold_expired", event_id=event_id)
    tell(person, "payment_declined", event_id=event_id)
    tell(client_user, "hold_expired", event_id=event_id)

    assert Notification.objects.count() == 3
