"""Coming into a class, waiting in line, leaving (SPA-21, NA-15, NA-18)."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from core.models import AuditEntry, Location, OutboxMessage
from spa import errors, tasks
from spa.events import ClassEnrolled, ClassSeatExpired
from spa.models import ClassSession, Enrolment
from spa.services.classes import cancel_session
from spa.steps.enrolment import take_seats
from spa.tests.classes import (
    LATE,
    PRICE,
    a_class,
    assert_seats_agree,
    certain,
    come,
    go,
    payment_of,
    status_of,
    waiting,
)
from spa.tests.conftest import MONDAY_TEN, NOW, Book, rule_that
from spa.tests.ledger import nothing_changes
from users import errors as people
from users.tests.factories import UserFactory


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


def test_a_seat_is_kept_until_it_is_paid(yoga: ClassSession, client_user: Any) -> None:
    rule_that(late_cancellation_credit_percent=50)

    placed = come(yoga, client_user.pk)

    place = Enrolment.objects.get()
    assert (place.status, place.price, place.paid) == ("pending_payment", PRICE, 0)
    assert place.hold_expires_at == NOW + timedelta(minutes=20)
    assert place.policy == {
        "free_until": "2026-12-06T10:00:00-05:00",
        "credit_percent_before": "100.00",
        "credit_percent_after": "50.00",
    }
    assert seats(yoga) == 1
    payment = payment_of(place)
    assert (payment.kind, payment.amount, payment.expires_at) == (
        "class", PRICE, place.hold_expires_at,
    )  # fmt: skip
    assert placed.payment is not None
    assert placed.payment["checkout"]["amount_in_cents"] == 4_000_000
    assert told(ClassEnrolled.topic) == []


def test_a_class_free_of_charge_is_certain_at_once(location: Location, client_user: Any) -> None:
    placed = come(a_class(location, price=0), client_user.pk)

    assert (placed.enrolment.status, placed.payment) == ("enrolled", None)
    assert told(ClassEnrolled.topic) == [str(client_user.pk)]


def test_a_class_may_have_a_deadline_of_its_own(location: Location) -> None:
    place = come(a_class(location, cancellation_hours=2)).enrolment

    assert place.policy["free_until"] == "2026-12-07T08:00:00-05:00"


def test_the_price_is_the_one_that_was_agreed(yoga: ClassSession) -> None:
    place = come(yoga).enrolment
    yoga.class_type.price = Decimal(90_000)
    yoga.class_type.save()

    place.refresh_from_db()
    assert place.price == PRICE


def test_na_15_an_unpaid_seat_is_really_kept(single: ClassSession) -> None:
    come(single)

    with pytest.raises(errors.ClassFull) as refused, nothing_changes():
        come(single, now=NOW + timedelta(minutes=19, seconds=59))
    assert refused.value.facts == {"can_wait": True}


def test_the_next_who_needs_it_ends_a_seat_that_was_not_paid(single: ClassSession) -> None:
    first = come(single).enrolment

    second = come(single, now=NOW + timedelta(minutes=20)).enrolment

    assert (status_of(first), status_of(second)) == ("expired", "pending_payment")
    assert payment_of(first).status == "expired"
    assert told(ClassSeatExpired.topic) == [str(first.client_id)]
    assert_seats_agree()


def test_the_task_ends_it_too_and_its_owner_is_told(single: ClassSession) -> None:
    place = come(single).enrolment
    Enrolment.objects.update(hold_expires_at=timezone.now())
    ahead = timezone.now() + timedelta(days=3)
    ClassSession.objects.update(starts_at=ahead, ends_at=ahead + timedelta(hours=1))

    tasks.expire_class_seats()
    tasks.expire_class_seats()

    assert status_of(place) == "expired"
    assert told(ClassSeatExpired.topic) == [str(place.client_id)]
    assert seats(single) == 0


def test_one_person_has_one_place_in_a_class(yoga: ClassSession, client_user: Any) -> None:
    come(yoga, client_user.pk)

    with pytest.raises(errors.AlreadyInClass) as refused, nothing_changes():
        come(yoga, client_user.pk)
    assert refused.value.facts == {"status": "pending_payment"}
    assert seats(yoga) == 1


def test_who_did_not_pay_in_time_may_come_again(yoga: ClassSession, client_user: Any) -> None:
    first = come(yoga, client_user.pk).enrolment

    second = come(yoga, client_user.pk, now=LATE).enrolment

    assert (status_of(first), status_of(second)) == ("expired", "pending_payment")
    assert_seats_agree()


def test_the_database_knows_that_too(yoga: ClassSession, client_user: Any) -> None:
    place = come(yoga, client_user.pk).enrolment
    place.pk = uuid4()

    with (
        pytest.raises(IntegrityError, match="spa_enrolment_one_open_per_client"),
        transaction.atomic(),
    ):
        place.save(force_insert=True)


@pytest.mark.parametrize("taken", [-1, 4])
def test_the_database_knows_the_capacity(yoga: ClassSession, taken: int) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        ClassSession.objects.update(seats_taken=taken)


def _cancelled(session: ClassSession) -> datetime:
    cancel_session(session_id=session.pk, reason="x", actor_id=UserFactory.create().pk, now=NOW)
    return NOW


def _begun(session: ClassSession) -> datetime:
    return MONDAY_TEN


def _over(session: ClassSession) -> datetime:
    ClassSession.objects.update(status="done")
    return NOW


@pytest.mark.parametrize(
    ("happens", "refusal"),
    [
        (_cancelled, errors.ClassCancelled),
        (_begun, errors.ClassStarted),
        (_over, errors.ClassStarted),
    ],
)
def test_nobody_comes_into_a_class_that_is_not_to_come(
    yoga: ClassSession, client_user: Any, happens: Any, refusal: type[Exception]
) -> None:
    now = happens(yoga)

    with pytest.raises(refusal), nothing_changes():
        come(yoga, client_user.pk, now=now)


@pytest.mark.parametrize("happens", [_cancelled, _begun, _over])
def test_whatever_was_read_before_no_seat_of_such_a_class_can_be_taken(
    yoga: ClassSession, happens: Any
) -> None:
    now = happens(yoga)

    with transaction.atomic():
        assert take_seats(yoga, now=now) is False


def test_a_class_nobody_knows_is_refused(client_user: Any) -> None:
    with pytest.raises(errors.ClassNotFound):
        come(ClassSession(pk=uuid4()), client_user.pk)


def test_spa_17_unpaid_seats_and_unpaid_visits_count_together(
    book: Book, location: Location, client_user: Any
) -> None:
    book()
    come(a_class(location), client_user.pk)
    come(a_class(location), client_user.pk)
    last = a_class(location)

    with pytest.raises(errors.OpenHoldsLimitReached), nothing_changes():
        come(last, client_user.pk)
    assert come(last, client_user.pk, now=LATE).enrolment.status == "pending_payment"


def test_spa_17_what_is_free_of_charge_is_no_unpaid_hold(
    location: Location, client_user: Any
) -> None:
    rule_that(open_holds_limit=1)
    come(a_class(location), client_user.pk)

    assert come(a_class(location, price=0), client_user.pk).enrolment.status == "enrolled"


def test_who_is_banned_comes_into_no_class(yoga: ClassSession) -> None:
    person = UserFactory.create(banned_at=NOW)

    with pytest.raises(people.Banned), nothing_changes():
        come(yoga, person.pk)


def test_leaving_before_paying_closes_the_checkout(yoga: ClassSession) -> None:
    place = come(yoga).enrolment

    go(place)

    assert (status_of(place), payment_of(place).status, seats(yoga)) == ("left", "expired", 0)


def test_leaving_the_line_changes_nothing_else(single: ClassSession) -> None:
    certain(single)
    place = waiting(single)

    go(place)

    assert (status_of(place), seats(single)) == ("left", 1)


def test_leaving_twice_is_leaving_once(yoga: ClassSession) -> None:
    place = go(come(yoga).enrolment)

    with nothing_changes():
        again = go(place)
    assert (again.pk, again.status) == (place.pk, "left")


def test_who_is_not_in_the_class_cannot_leave_it(yoga: ClassSession, client_user: Any) -> None:
    go(come(yoga).enrolment)  # somebody else has left it, which is theirs to know

    with pytest.raises(errors.NotInClass), nothing_changes():
        go(Enrolment(session=yoga, client=client_user))


def test_nobody_leaves_a_class_that_has_begun(yoga: ClassSession) -> None:
    place = certain(yoga)

    with pytest.raises(errors.ClassStarted), nothing_changes():
        go(place, now=MONDAY_TEN)
    assert status_of(place) == "enrolled"


def test_what_the_desk_does_for_somebody_is_audited(yoga: ClassSession, staff_user: Any) -> None:
    place = come(yoga, actor_id=staff_user.pk).enrolment
    go(place, actor_id=staff_user.pk, waive_reason="estaba enferma")

    entries = AuditEntry.objects.filter(subject_id=str(place.pk)).order_by("pk")
    assert [(entry.action, entry.actor_id) for entry in entries] == [
        ("spa.enrolment.enrolled", staff_user.pk),
        ("spa.enrolment.left", staff_user.pk),
    ]
    assert entries[1].facts["reason"] == "estaba enferma"
