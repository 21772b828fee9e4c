"""Moving a visit: by its own terms, into time that is free, and wholly or not at all (SPA-11)."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import DomainError
from core.models import Location
from core.testing import deliver_outbox
from notifications.models import Notification
from spa import errors
from spa.models import (
    Appointment,
    AppointmentItem,
    AppointmentReminder,
    Occupancy,
    Service,
    StaffMember,
)
from spa.selectors.availability import Wish
from spa.services.reminders import remind_clients
from spa.tests.conftest import MONDAY_TEN, NOW, Book, local, rule_that
from spa.tests.factories import LocationFactory, RoomFactory, ServiceFactory, StaffFactory
from spa.tests.ledger import nothing_changes, pay, payment_of
from spa.tests.moves import claimed_by, move, move_now, taken_by
from spa.tests.visits import audited, history, told
from users.tests.factories import UserFactory

TUESDAY = local(8, 15)
DAY = timedelta(days=1)
INSTANT = timedelta(microseconds=1)


@pytest.fixture
def visit(certain: Book) -> Appointment:
    """A certain visit on Monday at ten."""
    return certain().appointment


def test_a_visit_stays_at_its_place_though_others_give_the_service_too(
    visit: Appointment, service: Service
) -> None:
    service.locations.add(LocationFactory.create())

    move(visit, TUESDAY)

    assert Appointment.objects.get().location_id == visit.location_id


def test_a_moved_visit_has_its_new_time_and_nothing_of_the_old(
    visit: Appointment, therapist: StaffMember
) -> None:
    move(visit, TUESDAY)

    visit.refresh_from_db()
    assert (visit.starts_at, visit.ends_at) == (TUESDAY, TUESDAY + timedelta(hours=1))
    assert visit.staff_id == therapist.pk
    assert (visit.status, visit.reschedules) == ("confirmed", 1)
    end = TUESDAY + timedelta(minutes=70)
    assert taken_by(visit) == claimed_by(visit) == {(therapist.resource_id, TUESDAY, end)}
    assert Occupancy.objects.get().hold_expires_at is None
    item = AppointmentItem.objects.get()
    assert (item.starts_at, item.ends_at) == (TUESDAY, visit.ends_at)
    assert item.staff_id == therapist.pk


def test_what_was_agreed_stays_and_its_deadlines_move_along(book: Book) -> None:
    visit = pay(book(), now=NOW).appointment
    Service.objects.update(price=Decimal(1), deposit_percent=1, duration_minutes=30)
    rule_that(free_cancellation_hours=1, reschedule_limit=0, minimum_notice_minutes=0)
    visit.refresh_from_db()
    before = {name: getattr(visit, name) for name in ("total", "deposit", "paid", "title")}
    agreed = visit.policy

    move(visit, TUESDAY)

    visit.refresh_from_db()
    assert {name: getattr(visit, name) for name in before} == before
    assert visit.ends_at - visit.starts_at == timedelta(hours=1)
    assert AppointmentItem.objects.get().price == Decimal("120000.00")
    cancellation, moving = visit.policy.pop("cancellation"), visit.policy.pop("rescheduling")
    assert cancellation["free_until"] == "2026-12-07T15:00:00-05:00"
    assert moving == {"limit": 2, "until": "2026-12-07T15:00:00-05:00"}
    assert visit.policy["no_show"].pop("after") == "2026-12-08T15:30:00-05:00"
    assert agreed["no_show"].pop("after") == "2026-12-07T10:30:00-05:00"
    assert visit.policy == {
        key: value for key, value in agreed.items() if key not in {"cancellation", "rescheduling"}
    }


def test_history_and_the_client_are_told_of_the_move(visit: Appointment) -> None:
    deliver_outbox()
    Notification.objects.all().delete()

    move(visit, TUESDAY, reason="Viaje")

    assert history(visit)[1:] == [
        ("confirmed", "confirmed", "moved from 2026-12-07 10:00-0500: Viaje")
    ]
    (fact,) = told("spa.appointment.rescheduled.v1")
    assert fact["old_starts_at"] == "2026-12-07T15:00:00Z"
    assert fact["starts_at"] == "2026-12-08T20:00:00Z"
    deliver_outbox()
    message = Notification.objects.get()
    assert (message.template, message.person_id) == ("booking_moved", visit.client_id)
    assert message.facts["old_starts_at"] == MONDAY_TEN.astimezone(TUESDAY.tzinfo).isoformat()
    assert message.valid_until == TUESDAY


@pytest.mark.parametrize("minutes", [-45, -15, 15, 30, 60])
def test_na_10_a_visit_is_not_in_its_own_way(
    certain: Book, location: Location, minutes: int
) -> None:
    RoomFactory.create(location=location)
    Service.objects.update(required_room="CABIN", buffer_before_minutes=10)
    visit = certain().appointment

    move(visit, MONDAY_TEN + timedelta(minutes=minutes))

    visit.refresh_from_db()
    assert visit.starts_at == MONDAY_TEN + timedelta(minutes=minutes)
    assert taken_by(visit) == claimed_by(visit)
    assert Occupancy.objects.count() == 2


def test_moving_to_where_it_is_changes_nothing_and_counts_nothing(
    visit: Appointment, therapist: StaffMember
) -> None:
    with nothing_changes():
        move(visit, MONDAY_TEN)
        move(visit, MONDAY_TEN, staff_id=therapist.pk)


def test_the_same_person_serves_the_visit_again_unless_they_cannot(
    certain: Book, location: Location, therapist: StaffMember
) -> None:
    others = StaffFactory.create_batch(4, location=location)
    visit = certain(staff_id=others[1].pk).appointment

    move(visit, TUESDAY)
    assert Appointment.objects.get().staff_id == others[1].pk
    certain(client_id=UserFactory.create().pk, staff_id=others[1].pk, start=local(9, 10))
    move(visit, local(9, 10))

    visit.refresh_from_db()
    assert visit.staff_id in {therapist.pk, others[0].pk, others[2].pk, others[3].pk}
    assert visit.items.get().staff_id == visit.staff_id


def test_somebody_else_can_be_asked_for_also_at_the_same_time(
    visit: Appointment, location: Location
) -> None:
    other = StaffFactory.create(location=location)
    deliver_outbox()
    Notification.objects.all().delete()

    move(visit, MONDAY_TEN, staff_id=other.pk)

    visit.refresh_from_db()
    assert (visit.staff_id, visit.reschedules) == (other.pk, 1)
    assert {resource for resource, *_ in taken_by(visit)} == {other.resource_id}
    deliver_outbox()
    assert not Notification.objects.exists()


def test_people_who_came_along_and_several_services_move_together(
    certain: Book, service: Service, location: Location
) -> None:
    StaffFactory.create_batch(2, location=location)
    RoomFactory.create_batch(2, location=location)
    facial = ServiceFactory.create(
        locations=[location], duration_minutes=30, deposit_percent=0, required_room="CABIN"
    )
    visit = certain(service_ids=[service.pk, facial.pk], guests=[Wish([facial.pk])]).appointment
    lines = AppointmentItem.objects.order_by("chain", "position")
    before = list(lines.values_list("chain", "position", "service", "price"))
    Service.objects.update(duration_minutes=20)

    move(visit, TUESDAY)

    assert list(lines.values_list("chain", "position", "service", "price")) == before
    half = TUESDAY + timedelta(minutes=90)
    hour = TUESDAY + timedelta(minutes=60)
    assert list(lines.values_list("starts_at", "ends_at")) == [
        (TUESDAY, hour), (hour, half), (TUESDAY, TUESDAY + timedelta(minutes=30)),
    ]  # fmt: skip
    assert taken_by(visit) == claimed_by(visit)
    assert len(taken_by(visit)) == 4


def test_a_client_moves_a_visit_twice_and_no_more(visit: Appointment) -> None:
    move(visit, TUESDAY)
    move(visit, local(9, 11))

    with nothing_changes(), pytest.raises(errors.MovesUsedUp) as refused:
        move(visit, local(10, 11))

    assert refused.value.facts == {"limit": 2}


def test_a_client_moves_a_visit_more_than_a_day_before_it_begins(visit: Appointment) -> None:
    with nothing_changes(), pytest.raises(errors.MoveTooLate) as refused:
        move(visit, TUESDAY, now=MONDAY_TEN - DAY)

    assert refused.value.facts == {"until": "2026-12-06T10:00:00-05:00"}
    move(visit, TUESDAY, now=MONDAY_TEN - DAY - INSTANT)
    # From now on the day counts from the new start.
    move(visit, local(9, 11), now=TUESDAY - DAY - INSTANT)


@pytest.mark.parametrize(
    ("start", "refusal"),
    [
        (NOW + timedelta(minutes=29), errors.SlotTooSoon),
        (NOW + timedelta(days=61), errors.SlotTooFar),
        (local(8, 10, 7), errors.SlotNotOffered),
        (local(8, 21), errors.SlotNotOffered),
        (local(8, 17, 15), errors.SlotNotOffered),
    ],
)
def test_na_10_the_new_start_is_held_to_what_booking_is_held_to(
    certain: Book, visit: Appointment, start: datetime, refusal: type[DomainError]
) -> None:
    with nothing_changes(), pytest.raises(refusal):
        move(visit, start)
    with nothing_changes(), pytest.raises(refusal):
        certain(client_id=UserFactory.create().pk, start=start)


def test_a_taken_start_leaves_the_visit_where_it_is_and_names_others(
    certain: Book, visit: Appointment
) -> None:
    certain(client_id=UserFactory.create().pk, start=TUESDAY)

    with nothing_changes(), pytest.raises(errors.SlotTaken) as refused:
        move(visit, TUESDAY)

    starts = [row["start"][:16] for row in refused.value.facts["alternatives"]]
    assert sorted(starts) == ["2026-12-08T13:30", "2026-12-08T13:45", "2026-12-08T16:15"]


def test_an_unknown_person_is_not_able(visit: Appointment) -> None:
    stranger = StaffFactory.create()

    with nothing_changes(), pytest.raises(errors.StaffNotAble):
        move(visit, TUESDAY, staff_id=stranger.pk)


@pytest.mark.parametrize("status", ["checked_in", "completed", "cancelled", "no_show", "expired"])
def test_only_a_visit_that_lies_ahead_can_be_moved(visit: Appointment, status: str) -> None:
    Appointment.objects.update(status=status, completed_at=NOW, cancelled_at=NOW)

    with nothing_changes(), pytest.raises(errors.VisitNotMovable) as refused:
        move(visit, TUESDAY, desk=True, is_override=True, reason="Lo pide")

    assert refused.value.facts == {"status": status}


def test_somebody_elses_visit_does_not_exist(visit: Appointment) -> None:
    stranger = UserFactory.create()

    visit.client_id = stranger.pk
    with nothing_changes(), pytest.raises(errors.AppointmentNotFound):
        move(visit, TUESDAY)


def test_the_desk_is_bound_by_the_terms_unless_it_gives_a_reason(visit: Appointment) -> None:
    late = MONDAY_TEN - timedelta(hours=3)

    with nothing_changes(), pytest.raises(errors.MoveTooLate):
        move(visit, TUESDAY, now=late, desk=True)
    with nothing_changes(), pytest.raises(errors.ReasonMissing):
        move(visit, TUESDAY, now=late, desk=True, is_override=True)
    move(visit, TUESDAY, now=late, desk=True, is_override=True, reason="Enfermedad")

    visit.refresh_from_db()
    assert (visit.starts_at, visit.reschedules) == (TUESDAY, 0)
    (entry,) = audited("spa.appointment.moved-against-its-terms")
    assert entry.facts["reason"] == "Enfermedad"
    assert entry.facts["from"] == "2026-12-07T15:00:00+00:00"


def test_the_desk_can_override_the_limit_and_the_notice(visit: Appointment) -> None:
    Appointment.objects.update(reschedules=2)
    now = MONDAY_TEN + timedelta(minutes=5)
    desk = {"now": now, "desk": True, "is_override": True, "reason": "Llegó tarde"}

    move(visit, MONDAY_TEN + timedelta(minutes=15), **desk)
    with nothing_changes(), pytest.raises(errors.SlotTooSoon):
        move(visit, MONDAY_TEN, **desk)

    visit.refresh_from_db()
    assert visit.starts_at == MONDAY_TEN + timedelta(minutes=15)


def test_a_move_by_the_desk_counts_only_when_it_says_so(visit: Appointment) -> None:
    move(visit, TUESDAY, desk=True)
    assert Appointment.objects.get().reschedules == 0
    move(visit, local(9, 10), desk=True, counts=True)
    assert Appointment.objects.get().reschedules == 1

    assert audited("spa.appointment.moved-against-its-terms") == []


def test_a_held_visit_keeps_its_time_to_pay_but_never_beyond_its_new_start(book: Book) -> None:
    rule_that(hold_minutes=1440, reschedule_hours=0)
    booked = book(start=local(8, 10))
    visit, start = booked.appointment, NOW + timedelta(hours=2)

    move(visit, local(7, 10))
    visit.refresh_from_db()
    assert visit.hold_expires_at == NOW + DAY
    move(visit, start)

    visit.refresh_from_db()
    assert (visit.status, visit.hold_expires_at) == ("pending_payment", start)
    assert Occupancy.objects.get().hold_expires_at == start
    assert payment_of(visit).status == "pending"
    pay(booked, now=NOW + timedelta(minutes=1))
    assert Appointment.objects.get().status == "confirmed"
    assert Occupancy.objects.get().hold_expires_at is None


def test_a_hold_that_has_ended_cannot_be_moved_back_to_life(book: Book) -> None:
    visit = book().appointment

    with nothing_changes(), pytest.raises(errors.VisitNotMovable) as refused:
        move(visit, TUESDAY, now=NOW + timedelta(minutes=20))

    assert refused.value.facts == {"status": "expired"}


def test_na_16_a_moved_visit_is_reminded_of_its_new_start_and_never_of_the_old(
    visit: Appointment,
) -> None:
    move(visit, TUESDAY, now=MONDAY_TEN - DAY - timedelta(hours=1))

    assert remind_clients(now=MONDAY_TEN - DAY) == 0
    assert remind_clients(now=TUESDAY - DAY) == 1
    # Moved again by the desk after its first reminder: the first one is due once more.
    move(visit, local(10, 9), now=TUESDAY - DAY, desk=True, is_override=True, reason="Lo pide")
    assert remind_clients(now=local(10, 9) - DAY) == 1
    assert remind_clients(now=local(10, 9) - timedelta(hours=2)) == 1

    starts = AppointmentReminder.objects.order_by("pk").values_list("kind", "for_start")
    assert list(starts) == [
        ("first", TUESDAY), ("first", local(10, 9)), ("second", local(10, 9)),
    ]  # fmt: skip


QUARTERS = st.integers(9 * 4 - 2, 19 * 4)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(own=st.integers(36, 66), busy=st.lists(st.integers(36, 66), max_size=4), wanted=QUARTERS)
def test_na_10_a_visit_moves_exactly_where_somebody_else_could_book_without_it(
    certain: Book, own: int, busy: list[int], wanted: int
) -> None:
    def at(quarter: int) -> datetime:
        return local(8, quarter // 4, quarter % 4 * 15)

    def book_at(quarter: int) -> Any:
        more = {"client_id": UserFactory.create().pk, "start": at(quarter)}
        return outcome(certain.func.body, **certain.keywords | more)

    with transaction.atomic():
        booked = book_at(own)
        for quarter in busy:
            book_at(quarter)
        visit = Appointment.objects.get(pk=booked.appointment.pk)
        with transaction.atomic():
            moved = outcome(move_now, visit, at(wanted))
            transaction.set_rollback(True)
        Occupancy.objects.filter(source_id=visit.pk).delete()
        expected = book_at(wanted)
        transaction.set_rollback(True)

    same = own == wanted
    assert type(moved).__name__ == ("Appointment" if same else name_of(expected))


def outcome(call: Any, *args: Any, **more: Any) -> Any:
    """What the call returns, or refuses with; a refusal leaves nothing behind."""
    try:
        with transaction.atomic():
            return call(*args, **more)
    except DomainError as refusal:
        return refusal


def name_of(booked: Any) -> str:
    """A booking that succeeds is a move that succeeds."""
    return {"Booked": "Appointment"}.get(type(booked).__name__, type(booked).__name__)
