"""Booking a visit."""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import DomainError
from core.models import Location, OutboxMessage
from spa import errors
from spa.domain.bits import instant_of_bit
from spa.events import AppointmentConfirmed
from spa.models import (
    Appointment,
    AppointmentItem,
    AppointmentTransition,
    Occupancy,
    Service,
    StaffMember,
)
from spa.selectors.availability import ask, find_free
from spa.tests.conftest import BOGOTA, MONDAY_TEN, NOW, Book, local, rule_that
from spa.tests.factories import (
    LocationFactory,
    RoomFactory,
    ServiceFactory,
    SkillFactory,
    StaffFactory,
)
from spa.tests.ledger import nothing_changes, payment_of
from users.tests.factories import UserFactory


def times_of(visit: Appointment) -> dict[Any, tuple[datetime, datetime]]:
    """What the visit takes of whom."""
    rows = Occupancy.objects.filter(source_id=visit.pk)
    return {row.resource_id: (row.during.lower, row.during.upper) for row in rows}


def test_a_visit_holds_its_time_until_its_deposit_is_paid(
    book: Book, therapist: StaffMember, location: Location
) -> None:
    booked = book()

    visit = Appointment.objects.get()
    assert visit.pk == booked.appointment.pk
    assert visit.status == "pending_payment"
    assert (visit.total, visit.deposit, visit.paid) == (
        Decimal("120000.00"), Decimal("48000.00"), Decimal("0.00"),
    )  # fmt: skip
    held = Occupancy.objects.get()
    assert held.resource_id == therapist.resource_id
    assert held.during.lower == MONDAY_TEN
    assert (held.during.upper - held.during.lower).total_seconds() == 70 * 60
    assert held.hold_expires_at == visit.hold_expires_at == NOW + timedelta(minutes=20)
    assert booked.payment is not None
    assert booked.payment["amount"] == "48000.00"
    # Nothing certain yet, so nobody is told anything.
    assert not OutboxMessage.objects.exists()


def test_na_26_everything_agreed_is_frozen_on_the_visit(
    book: Book, therapist: StaffMember, service: Service, client_user: Any
) -> None:
    visit = book(notes="Alergia a la lavanda").appointment

    Service.objects.update(price=Decimal(1), deposit_percent=Decimal(1), name="Otra cosa")
    stored = Appointment.objects.get()
    assert (stored.client_id, stored.staff_id) == (client_user.pk, therapist.pk)
    assert (stored.title, stored.notes) == (service.name, "Alergia a la lavanda")
    assert (stored.starts_at, stored.ends_at) == (MONDAY_TEN, MONDAY_TEN + timedelta(hours=1))
    assert stored.policy == visit.policy
    assert stored.policy["deposit"] == "48000.00"
    assert stored.policy["cancellation"]["free_until"] == "2026-12-06T10:00:00-05:00"
    item = AppointmentItem.objects.get()
    assert (item.service_id, item.price) == (service.pk, Decimal("120000.00"))
    history = AppointmentTransition.objects.get()
    assert (history.from_status, history.to_status) == ("", "pending_payment")
    assert (history.at, history.actor_id) == (NOW, client_user.pk)


def test_na_20_the_gateway_is_asked_for_exactly_the_deposit(book: Book, service: Service) -> None:
    Service.objects.update(price=Decimal("99999.00"), deposit_percent=Decimal("33.33"))

    booked = book()

    # 33 329.6667 pesos, half-up.
    assert booked.appointment.deposit == Decimal("33330.00")
    assert booked.payment is not None
    assert booked.payment["amount"] == booked.appointment.policy["deposit"] == "33330.00"
    assert booked.payment["checkout"]["amount_in_cents"] == 3_333_000
    assert payment_of(booked.appointment).amount == booked.appointment.deposit


def test_with_nothing_to_pay_the_visit_is_certain_at_once_and_says_so(
    book: Book, service: Service
) -> None:
    Service.objects.update(deposit_percent=0)

    booked = book()

    assert booked.payment is None
    assert booked.appointment.status == "confirmed"
    assert booked.appointment.hold_expires_at is None
    assert Occupancy.objects.get().hold_expires_at is None
    message = OutboxMessage.objects.get()
    assert message.topic == AppointmentConfirmed.topic
    assert message.payload["appointment_id"] == str(booked.appointment.pk)
    assert message.payload["service"] == service.name


def test_a_vip_pays_the_vip_price_and_the_vip_deposit(book: Book) -> None:
    rule_that(vip_deposit_percent=10)
    Service.objects.update(vip_price=Decimal("90000.00"))

    visit = book(is_vip=True).appointment

    assert (visit.total, visit.deposit) == (Decimal("90000.00"), Decimal("9000.00"))
    assert AppointmentItem.objects.get().price == Decimal("90000.00")


def test_several_services_follow_one_another_and_are_paid_together(
    book: Book, location: Location, service: Service
) -> None:
    peeling = ServiceFactory.create(
        locations=[location], duration_minutes=30, price=Decimal("50000.00"), deposit_percent=100
    )

    visit = book(service_ids=[service.pk, peeling.pk]).appointment

    items = AppointmentItem.objects.order_by("position")
    assert [(i.service_id, i.starts_at, i.ends_at) for i in items] == [
        (service.pk, local(7, 10), local(7, 11)),
        (peeling.pk, local(7, 11), local(7, 11, 30)),
    ]
    assert visit.ends_at == local(7, 11, 30)
    assert (visit.total, visit.deposit) == (Decimal("170000.00"), Decimal("98000.00"))
    assert visit.title == f"{service.name} + {peeling.name}"
    assert list(times_of(visit).values()) == [(local(7, 10), local(7, 11, 40))]


def test_five_services_with_the_longest_names_are_still_a_visit(
    book: Book, location: Location
) -> None:
    names = [f"{letter * 119}{letter}" for letter in "abcde"]
    services = [
        ServiceFactory.create(locations=[location], name=name, duration_minutes=15)
        for name in names
    ]

    visit = book(service_ids=[service.pk for service in services]).appointment

    assert Appointment.objects.get().title == visit.title == " + ".join(names)


def test_buffers_before_and_after_are_taken_with_the_visit(
    book: Book, therapist: StaffMember
) -> None:
    Service.objects.update(buffer_before_minutes=15, buffer_after_minutes=25)

    visit = book().appointment

    assert times_of(visit) == {therapist.resource_id: (local(7, 9, 45), local(7, 11, 25))}
    assert (visit.starts_at, visit.ends_at) == (local(7, 10), local(7, 11))


def test_the_next_visit_starts_after_the_pause_not_within_it(book: Book) -> None:
    book()
    rival = UserFactory.create()

    with pytest.raises(errors.SlotTaken), nothing_changes():
        book(client_id=rival.pk, start=local(7, 11))

    assert book(client_id=rival.pk, start=local(7, 11, 15)).appointment.pk


def test_a_room_is_taken_with_its_visit_and_the_next_visit_gets_the_other_one(
    book: Book, location: Location, therapist: StaffMember
) -> None:
    Service.objects.update(required_room="CABIN")
    rooms = {RoomFactory.create(location=location).pk for _ in range(2)}
    RoomFactory.create()  # somewhere else
    StaffFactory.create_batch(2, location=location)

    taken = [
        next(iter(set(times_of(book(client_id=UserFactory.create().pk).appointment)) & rooms))
        for _ in range(2)
    ]

    assert set(taken) == rooms
    with pytest.raises(errors.SlotTaken), nothing_changes():
        book(client_id=UserFactory.create().pk)


def test_a_service_may_need_a_room_and_nobody(book: Book, location: Location) -> None:
    room = RoomFactory.create(location=location)
    Service.objects.update(requires_staff=False, required_room="CABIN")

    visit = book().appointment

    assert visit.staff_id is None
    assert set(times_of(visit)) == {room.pk}
    assert AppointmentItem.objects.get().room_id == room.pk


def test_the_person_asked_for_is_the_one_booked(book: Book, location: Location) -> None:
    wanted = StaffFactory.create(location=location, position=9)

    assert book(staff_id=wanted.pk).appointment.staff_id == wanted.pk
    with pytest.raises(errors.SlotTaken), nothing_changes():
        book(client_id=UserFactory.create().pk, staff_id=wanted.pk)


def test_na_19_with_anybody_the_least_busy_person_is_taken_first(
    book: Book, location: Location, therapist: StaffMember
) -> None:
    second = StaffFactory.create(location=location, position=5)

    chosen = [
        book(client_id=UserFactory.create().pk, start=local(7, hour)).appointment.staff_id
        for hour in (10, 13, 16)
    ]

    # Nobody busy: whose turn it is that day. Then the idle one. Then, equally busy, the turn again.
    assert set(chosen) == {therapist.pk, second.pk}
    assert chosen[0] != chosen[1]
    assert chosen[2] == chosen[0]


def test_each_day_it_is_somebody_elses_turn(book: Book, location: Location) -> None:
    StaffFactory.create_batch(2, location=location)

    first = [
        book(client_id=UserFactory.create().pk, start=local(day, 10)).appointment.staff_id
        for day in (7, 8, 9)
    ]

    assert len(set(first)) == 3


def test_only_who_has_the_skill_is_taken(book: Book, location: Location) -> None:
    skill = SkillFactory.create()
    Service.objects.update(required_skill=skill)
    able = StaffFactory.create(location=location, skills=[skill], position=9)

    assert book().appointment.staff_id == able.pk


Arrange = Callable[[Any], dict[str, Any]]
REFUSALS: list[tuple[type[DomainError], Arrange]] = [
    (errors.SlotTooSoon, lambda _: {"now": MONDAY_TEN - timedelta(minutes=29)}),
    (errors.SlotTooSoon, lambda _: {"now": MONDAY_TEN + timedelta(days=1)}),
    (errors.SlotTooFar, lambda _: {"now": MONDAY_TEN - timedelta(days=60, minutes=1)}),
    (errors.SlotNotOffered, lambda _: {"start": MONDAY_TEN + timedelta(minutes=5)}),
    (errors.SlotNotOffered, lambda _: {"start": MONDAY_TEN + timedelta(seconds=1)}),
    (errors.SlotNotOffered, lambda _: {"start": local(7, 8)}),
    # The pause would end after the shift.
    (errors.SlotNotOffered, lambda _: {"start": local(7, 17)}),
    (errors.ServiceNotOffered, lambda _: {"service_ids": [uuid4()]}),
    (errors.ServiceNotOffered, lambda w: {"service_ids": [w.hidden.pk]}),
    (errors.ServiceNotOffered, lambda w: {"service_ids": [w.deleted.pk]}),
    (errors.ServiceNotOffered, lambda w: {"location_id": w.elsewhere.pk}),
    (errors.LocationNotFound, lambda _: {"location_id": uuid4()}),
    (errors.LocationMissing, lambda w: {"service_ids": [w.everywhere.pk]}),
    (errors.ServicesDoNotCombine, lambda w: {"service_ids": [w.service.pk, w.away.pk]}),
    (errors.ServicesDoNotCombine, lambda w: {"service_ids": [w.service.pk, w.in_dollars.pk]}),
    (errors.ServicesDoNotCombine, lambda w: {"service_ids": [w.whole_day.pk] * 3}),
    (errors.StaffNotAble, lambda _: {"staff_id": uuid4()}),
    (errors.StaffNotAble, lambda w: {"staff_id": w.unskilled.pk, "service_ids": [w.skilled.pk]}),
    (errors.StaffNotAble, lambda w: {"staff_id": w.unskilled.pk, "service_ids": [w.roomy.pk]}),
]


class World:
    """What there is to be refused."""

    def __init__(self, location: Location, service: Service) -> None:
        self.service = service
        self.elsewhere = LocationFactory.create()
        here = {"locations": [location]}
        self.hidden = ServiceFactory.create(**here, is_online_bookable=False)
        self.deleted = ServiceFactory.create(**here)
        self.deleted.delete()
        self.everywhere = ServiceFactory.create(locations=[location, self.elsewhere])
        self.away = ServiceFactory.create(locations=[self.elsewhere])
        self.in_dollars = ServiceFactory.create(**here, currency="USD")
        self.whole_day = ServiceFactory.create(**here, duration_minutes=720)
        self.skilled = ServiceFactory.create(**here, required_skill=SkillFactory.create())
        self.roomy = ServiceFactory.create(**here, requires_staff=False, required_room="CABIN")
        self.unskilled = StaffFactory.create(location=location, position=9)


@pytest.mark.parametrize(("refusal", "arrange"), REFUSALS)
def test_a_booking_is_refused_and_leaves_no_trace(
    book: Book,
    location: Location,
    service: Service,
    refusal: type[DomainError],
    arrange: Arrange,
) -> None:
    asked = arrange(World(location, service))

    with pytest.raises(refusal), nothing_changes():
        book(**asked)


def test_a_taken_start_is_refused_with_the_three_nearest_free_ones_and_leaves_no_trace(
    book: Book, therapist: StaffMember
) -> None:
    book()

    with pytest.raises(errors.SlotTaken) as refused, nothing_changes():
        book(client_id=UserFactory.create().pk)

    assert refused.value.facts["alternatives"] == [
        {"start": f"2026-12-07T{wall}:00-05:00", "staff": str(therapist.pk)}
        for wall in ("11:15", "11:30", "11:45")
    ]


def test_a_full_day_offers_alternatives_of_the_week_that_follows(
    book: Book, location: Location, service: Service
) -> None:
    StaffMember.objects.get().weekly_hours.update(starts=time(10), ends=time(11, 10))
    book()

    with pytest.raises(errors.SlotTaken) as refused:
        book(client_id=UserFactory.create().pk)

    starts = [alternative["start"][:10] for alternative in refused.value.facts["alternatives"]]
    assert starts == ["2026-12-08", "2026-12-09", "2026-12-10"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(
    minutes=st.integers(-120, 900).map(lambda n: n * 5),
    notice=st.sampled_from([0, 30, 120, 2000]),
    horizon=st.sampled_from([1, 2, 60]),
    taken=st.sets(st.sampled_from([9, 11, 13, 15]), max_size=3),
)
def test_na_12_a_start_can_be_booked_exactly_when_it_is_listed(
    book: Book, service: Service, minutes: int, notice: int, horizon: int, taken: set[int]
) -> None:
    now = local(6, 20)
    _start_over(notice, horizon)
    for hour in taken:
        Occupancy.objects.create(
            resource=StaffMember.objects.get().resource,
            lanes=(0, None),
            during=(local(7, hour), local(7, hour, 50)),
            source_kind="test",
            source_id=uuid4(),
        )
    start = local(7, 9) + timedelta(minutes=minutes)
    day = start.astimezone(BOGOTA).date()
    question = ask(service_ids=[service.pk], location_id=None, staff_id=None, now=now)
    offers = find_free(question, first_day=day, last_day=day, now=now).offers
    listed = {instant_of_bit(bit) for bit in offers.start_bits()}

    try:
        book(start=start, now=now)
    except DomainError:
        assert start not in listed
        assert not Appointment.objects.exists()
    else:
        assert start in listed


def _start_over(notice: int, horizon: int) -> None:
    Occupancy.objects.all().delete()
    Appointment.objects.all().delete()
    rule_that(
        minimum_notice_minutes=notice,
        horizon_days=horizon,
        open_holds_limit=100,
        hourly_bookings_limit=100,
    )


def test_notes_are_stored_encrypted(book: Book) -> None:
    visit = book(notes="Tengo una hernia discal").appointment

    with connection.cursor() as cursor:
        cursor.execute("SELECT notes FROM spa_appointment WHERE id = %s", [visit.pk])
        stored = cursor.fetchone()[0]
    assert "hernia" not in stored
    assert Appointment.objects.get(pk=visit.pk).notes == "Tengo una hernia discal"
