"""What sets the waitlist in motion, and what people are told of it (SPA-12, NA-15)."""

import re
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from core.models import OutboxMessage
from core.testing import deliver_outbox
from notifications.models import Delivery, Notification
from spa.domain.waiting import EntryStatus, Span
from spa.events import WaitlistOffered
from spa.models import (
    Appointment,
    BlockKind,
    Occupancy,
    StaffMember,
    WaitlistEntry,
    WaitlistOffer,
    WeeklyHours,
)
from spa.services.blocking import block_time, lift_block
from spa.services.expiry import expire_unpaid_holds
from spa.services.schedule import Shift, replace_hours
from spa.services.waitlist_sweep import expire_offers
from spa.steps.waitlist_offers import pass_on
from spa.tests.conftest import Book, coming
from spa.tests.ledger import pay
from spa.tests.moves import move
from spa.tests.visits import cancel
from spa.tests.waitlist import accept, decline, offer_of, offers, wait
from users.models import User
from users.tests.factories import UserFactory

# The subscribers' clock is the real one.
TEN = coming(3, 10)
DAY = TEN.date()


@pytest.fixture
def soon(book: Book) -> Appointment:
    """In three days at ten, the only start of that day, is somebody's already."""
    WeeklyHours.objects.update(starts=time(10), ends=time(11, 10))
    now = timezone.now()
    return pay(book(start=TEN, now=now), now=now).appointment


def wait_soon(client: User | None = None, **changes: Any) -> WaitlistEntry:
    days = {"date_from": DAY, "date_to": DAY}
    return wait(client, now=timezone.now(), **days | changes)


def test_every_reaction_that_takes_locks_says_so() -> None:
    """A batch of the outbox must not hold what one person waits for and wait for another's row."""
    folder = settings.BASE_DIR / "spa" / "subscribers"
    text = "\n\n\n".join(path.read_text() for path in sorted(folder.glob("*.py")))
    found = (one.split("\n\n\n")[0].split(")\n", 1) for one in text.split("@subscribe(")[1:])
    reactions = dict(found)
    locking = {
        head
        for head, body in reactions.items()
        if re.search(r"lock_|pass_on\(|stamp_visit\(", body)
    }

    assert len(reactions) > 30
    assert locking == {head for head in reactions if head.endswith("locks=True")}


def messages_of(entry: WaitlistEntry) -> list[Notification]:
    found = Notification.objects.filter(person_id=entry.client_id, template="waitlist_offer")
    return list(found.order_by("pk"))


def test_na_15_a_cancelled_visit_is_offered_and_the_person_is_told_until_when(
    soon: Appointment,
) -> None:
    entry = wait_soon()

    cancel(soon, now=timezone.now())
    deliver_outbox()

    offer = offer_of(entry)
    (told,) = messages_of(entry)
    assert offer.status == "open"
    assert told.valid_until == offer.expires_at
    assert datetime.fromisoformat(told.facts["expires_at"]) == offer.expires_at
    assert datetime.fromisoformat(told.facts["starts_at"]) == TEN
    assert told.facts["service"] == soon.title
    assert Delivery.objects.filter(notification=told).count() == 1


def test_where_nobody_waits_time_that_comes_free_costs_one_look(
    soon: Appointment, django_assert_num_queries: Any
) -> None:
    freed = [Span(soon.starts_at, soon.ends_at)]
    # Who gave up waiting does not count, and who waits elsewhere does not either.
    WaitlistEntry.objects.filter(pk=wait_soon().pk).update(
        status=EntryStatus.LEFT, closed_at=timezone.now()
    )

    with transaction.atomic(), django_assert_num_queries(1):
        found = pass_on(location_id=soon.location_id, freed=freed, now=timezone.now())

    assert found == 0


def test_an_unpaid_visit_that_expires_is_offered(book: Book, soon: Appointment) -> None:
    WeeklyHours.objects.update(ends=time(12, 30))
    now = timezone.now() - timedelta(minutes=21)
    other = book(client_id=UserFactory.create().pk, start=coming(3, 11, 15), now=now).appointment
    entry = wait(now=now, date_from=DAY, date_to=DAY)

    expire_unpaid_holds(now=timezone.now())
    deliver_outbox()

    assert offer_of(entry).starts_at == other.starts_at


def test_a_visit_that_is_moved_away_leaves_its_time_to_who_waits(soon: Appointment) -> None:
    entry = wait_soon()

    move(soon, coming(4, 10), now=timezone.now())
    deliver_outbox()

    assert offer_of(entry).starts_at == TEN


def test_what_is_left_of_an_ended_offer_reaches_the_next_person(
    book: Book, soon: Appointment
) -> None:
    """Somebody books a part of a long offer that was over: the rest is handed on."""
    WeeklyHours.objects.update(ends=time(12, 30))
    service_id = soon.items.get().service_id
    long = wait_soon(service_ids=[service_id, service_id])
    cancel(soon, now=timezone.now())
    deliver_outbox()
    short = wait_soon()
    now = timezone.now()
    WaitlistOffer.objects.update(offered_at=now - timedelta(hours=1), expires_at=now)
    Occupancy.objects.update(hold_expires_at=now)

    book(client_id=UserFactory.create().pk, start=TEN, now=timezone.now())
    assert offers() == [(long.pk, "expired")]
    deliver_outbox()

    assert offers() == [(long.pk, "expired"), (short.pk, "open")]
    assert offer_of(short).starts_at == coming(3, 11, 15)


def test_new_hours_are_offered_to_who_waits_for_them(
    soon: Appointment, therapist: StaffMember, staff_user: User
) -> None:
    entry = wait_soon(time_from=time(15))

    everyday = [
        Shift(soon.location_id, day, time(15), time(16, 10), None, None) for day in range(1, 8)
    ]
    replace_hours(
        staff_id=therapist.pk, shifts=everyday, actor_id=staff_user.pk, now=timezone.now()
    )
    deliver_outbox()

    assert offer_of(entry).starts_at == coming(3, 15)


def test_a_lifted_block_is_offered(
    soon: Appointment, therapist: StaffMember, staff_user: User, location: Any
) -> None:
    WeeklyHours.objects.update(ends=time(12, 30))
    begin = coming(3, 11, 10)
    blocked = block_time(
        resource_id=therapist.resource_id,
        kind=BlockKind.TIME_OFF,
        reason="",
        begin=begin,
        end=begin + timedelta(hours=2),
        rule="",
        if_busy="refuse",
        actor_id=staff_user.pk,
        now=timezone.now(),
    )
    entry = wait_soon()

    lift_block(
        block_id=blocked.block.pk, occurrence_id=None, actor_id=staff_user.pk, now=timezone.now()
    )
    deliver_outbox()

    assert offer_of(entry).starts_at == coming(3, 11, 15)


def test_events_that_come_twice_make_one_offer_and_one_message(soon: Appointment) -> None:
    entry = wait_soon()
    cancel(soon, now=timezone.now())

    deliver_outbox()
    OutboxMessage.objects.update(status="PENDING", done_at=None)
    deliver_outbox()

    assert offers() == [(entry.pk, "open")]
    assert len(messages_of(entry)) == 1


@pytest.mark.parametrize("answer", [accept, decline])
def test_who_has_answered_is_not_told_any_more(soon: Appointment, answer: Any) -> None:
    entry = wait_soon()
    cancel(soon, now=timezone.now())
    deliver_outbox()
    (told,) = messages_of(entry)
    assert told.valid_until is not None

    now = timezone.now()
    answer(offer_of(entry), now=now)

    told.refresh_from_db()
    assert told.valid_until == now


def test_na_15_an_offer_that_ended_before_the_message_was_made_is_not_told(
    soon: Appointment,
) -> None:
    entry = wait_soon()
    cancel(soon, now=timezone.now())
    deliver_outbox()
    message = OutboxMessage.objects.get(topic=WaitlistOffered.topic)
    Notification.objects.all().delete()

    expire_offers(now=timezone.now() + timedelta(hours=2))
    OutboxMessage.objects.filter(pk=message.pk).update(status="PENDING", done_at=None)
    deliver_outbox()

    assert messages_of(entry) == []
