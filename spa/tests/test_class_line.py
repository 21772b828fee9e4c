"""The line of a full class: seats that come free are offered in order (SPA-21, NA-15)."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from core.models import Location, OutboxMessage
from core.testing import deliver_outbox
from notifications.models import Notification
from spa import errors
from spa.events import ClassSeatExpired, ClassSeatOffered
from spa.models import ClassSession, ClassType, Enrolment
from spa.services.enrolment import expire_seats
from spa.tests.classes import (
    LATE,
    a_class,
    assert_seats_agree,
    certain,
    come,
    go,
    status_of,
    waiting,
)
from spa.tests.conftest import MONDAY_TEN, NOW, rule_that
from spa.tests.ledger import nothing_changes
from users.models import User
from users.services.bans import ban_person, welcome_again


@pytest.fixture
def yoga(location: Location) -> ClassSession:
    return a_class(location)


@pytest.fixture
def single(location: Location) -> ClassSession:
    return a_class(location, capacity=1)


def told(topic: str) -> list[str]:
    """To whom a fact was published."""
    messages = OutboxMessage.objects.filter(topic=topic).order_by("pk")
    return [message.payload["client_id"] for message in messages]


def seats(session: ClassSession) -> int:
    return ClassSession.objects.values_list("seats_taken", flat=True).get(pk=session.pk)


def test_a_full_class_has_a_line_that_holds_no_seat(single: ClassSession) -> None:
    certain(single)

    place = waiting(single)

    assert place.hold_expires_at is None
    assert seats(single) == 1
    with pytest.raises(errors.AlreadyInClass):
        come(single, place.client_id, wait=True)


def test_who_would_wait_and_finds_a_seat_gets_the_seat(yoga: ClassSession) -> None:
    assert come(yoga, wait=True).enrolment.status == "pending_payment"


@pytest.mark.parametrize(
    ("rules", "now"),
    [({"waitlist_enabled": False}, NOW), ({}, MONDAY_TEN - timedelta(minutes=4))],
)
def test_there_is_no_line_when_it_is_switched_off_or_nobody_could_be_asked(
    single: ClassSession, rules: Any, now: datetime
) -> None:
    come(single, now=now)
    rule_that(**rules)

    with pytest.raises(errors.ClassFull) as refused, nothing_changes():
        come(single, now=now, wait=True)
    assert refused.value.facts == {"can_wait": False}


def test_a_seat_that_comes_free_while_the_line_is_switched_off_is_anybodys(
    single: ClassSession,
) -> None:
    leaving, first = certain(single), waiting(single)
    rule_that(waitlist_enabled=False)

    go(leaving)

    assert status_of(first) == "waiting"
    assert come(single).enrolment.status == "pending_payment"


def test_the_line_is_in_the_order_of_joining(single: ClassSession) -> None:
    leaving, second = certain(single), waiting(single, now=NOW + timedelta(minutes=1))
    first = waiting(single)

    go(leaving)

    assert (status_of(first), status_of(second)) == ("offered", "waiting")


def test_na_15_a_seat_that_comes_free_is_kept_for_the_first_in_line_who_is_told(
    single: ClassSession,
) -> None:
    leaving, first, second = certain(single), waiting(single), waiting(single)

    go(leaving)

    first.refresh_from_db()
    assert (first.status, first.hold_expires_at) == ("offered", NOW + timedelta(minutes=60))
    assert status_of(second) == "waiting"
    assert told(ClassSeatOffered.topic) == [str(first.client_id)]
    assert seats(single) == 1
    with pytest.raises(errors.ClassFull):
        come(single)


def test_na_15_near_the_class_the_offer_is_shorter(single: ClassSession) -> None:
    leaving, first = certain(single), waiting(single)

    go(leaving, now=MONDAY_TEN - timedelta(minutes=30))

    first.refresh_from_db()
    assert first.hold_expires_at == MONDAY_TEN


def test_so_near_that_nobody_could_answer_the_seat_is_whose_it_is_first(
    single: ClassSession,
) -> None:
    leaving, first, second = certain(single), waiting(single), waiting(single)
    late = MONDAY_TEN - timedelta(minutes=4)
    go(leaving, now=late)

    assert (status_of(first), seats(single)) == ("waiting", 0)
    assert come(single, second.client_id, now=late).enrolment.status == "pending_payment"
    assert Enrolment.objects.filter(client_id=second.client_id).count() == 1
    assert_seats_agree()


def test_na_15_accepting_an_offer_is_enrolling_and_paying(single: ClassSession) -> None:
    leaving, first = certain(single), waiting(single)
    go(leaving)
    ClassType.objects.update(price=45_000)

    placed = come(single, first.client_id, now=NOW + timedelta(minutes=59))

    assert placed.enrolment.pk == first.pk
    assert placed.enrolment.status == "pending_payment"
    # What is agreed to is agreed now, and not when the line was joined.
    assert placed.enrolment.price == 45_000
    assert placed.enrolment.hold_expires_at == NOW + timedelta(minutes=79)
    assert placed.payment is not None
    assert seats(single) == 1


def test_na_15_an_offer_that_ends_goes_to_the_next_and_nobody_is_asked_twice(
    single: ClassSession,
) -> None:
    leaving, first, second = certain(single), waiting(single), waiting(single)
    go(leaving)

    later = NOW + timedelta(minutes=60)
    assert expire_seats(session_id=single.pk, now=later) == 1

    assert (status_of(first), status_of(second)) == ("expired", "offered")
    assert told(ClassSeatOffered.topic) == [str(first.client_id), str(second.client_id)]
    assert told(ClassSeatExpired.topic) == []
    with pytest.raises(errors.ClassFull):
        come(single, first.client_id, now=later)


def test_na_15_who_answers_too_late_has_lost_the_seat_to_the_next(single: ClassSession) -> None:
    leaving, first, second = certain(single), waiting(single), waiting(single)
    go(leaving)
    later = NOW + timedelta(minutes=60)

    again = come(single, first.client_id, now=later, wait=True).enrolment

    assert (status_of(first), status_of(second)) == ("expired", "offered")
    assert (again.status, again.pk == first.pk) == ("waiting", False)
    assert_seats_agree()


def test_na_15_a_declined_offer_goes_to_the_next(single: ClassSession) -> None:
    leaving, first, second = certain(single), waiting(single), waiting(single)
    go(leaving)

    go(first)

    assert (status_of(first), status_of(second)) == ("left", "offered")
    assert_seats_agree()


def test_na_15_an_unpaid_seat_goes_to_the_line_and_not_to_whoever_comes(
    single: ClassSession,
) -> None:
    unpaid, first = come(single).enrolment, waiting(single)

    with pytest.raises(errors.ClassFull):
        come(single, now=LATE)
    expire_seats(session_id=single.pk, now=LATE)

    assert (status_of(unpaid), status_of(first)) == ("expired", "offered")


def test_several_seats_go_to_as_many_in_line(location: Location) -> None:
    pair = a_class(location, capacity=2)
    unpaid = [come(pair).enrolment for _ in range(2)]
    line = [waiting(pair) for _ in range(3)]

    assert expire_seats(session_id=pair.pk, now=LATE) == 2

    assert [status_of(place) for place in unpaid] == ["expired", "expired"]
    assert [status_of(place) for place in line] == ["offered", "offered", "waiting"]
    assert_seats_agree()


def test_who_is_banned_or_gone_is_not_asked(single: ClassSession) -> None:
    leaving, banned, gone, good = certain(single), *(waiting(single) for _ in range(3))
    for person, changes in ((banned, {"banned_at": NOW}), (gone, {"is_active": False})):
        type(person.client).objects.filter(pk=person.client_id).update(**changes)

    go(leaving)

    assert [status_of(place) for place in (banned, gone, good)] == ["waiting", "waiting", "offered"]


def test_an_offer_reaches_the_inbox_with_its_deadline(single: ClassSession) -> None:
    leaving, first = certain(single), waiting(single)
    go(leaving)

    deliver_outbox()

    note = Notification.objects.get(template="class_seat_offer")
    assert note.person_id == first.client_id
    assert note.facts == {
        "service": "Yoga suave",
        "starts_at": "2026-12-07T15:00:00+00:00",
        "timezone": "America/Bogota",
        "location": single.location.name,
        "expires_at": "2026-12-04T11:00:00-05:00",
    }
    assert note.valid_until == NOW + timedelta(minutes=60)


def test_who_is_welcome_again_before_anybody_heard_of_the_ban_is_asked_about_the_free_seat(
    single: ClassSession, admin_user: User
) -> None:
    leaving, first = certain(single), waiting(single)
    about: dict[str, Any] = {"person_id": first.client_id, "reason": "x", "now": NOW}
    ban_person(actor_id=admin_user.pk, **about)
    go(leaving)
    assert status_of(first) == "waiting"

    welcome_again(actor_id=admin_user.pk, **about)
    deliver_outbox()

    assert status_of(first) == "offered"
    single.refresh_from_db()
    assert single.seats_taken == 1
