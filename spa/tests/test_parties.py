"""Visits of several people, with additions, with handovers: one booking, all of it or nothing."""

from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.db.models import Sum

from core.models import Location
from spa import errors
from spa.models import (
    AddOn,
    Appointment,
    AppointmentItem,
    Occupancy,
    Resource,
    Service,
    StaffMember,
)
from spa.selectors.availability import Wish, ask, find_free
from spa.tests.conftest import MONDAY_TEN, NOW, Book, local, rule_that
from spa.tests.factories import (
    RoomFactory,
    ServiceFactory,
    SkillFactory,
    StaffFactory,
)
from spa.tests.ledger import nothing_changes
from users.tests.factories import UserFactory

TEN = local(7, 10)


@pytest.fixture
def colleague(location: Location, therapist: StaffMember) -> StaffMember:
    return StaffFactory.create(location=location)


@pytest.fixture
def stones(service: Service) -> AddOn:
    """Twenty minutes more, for 30 000 COP."""
    found = AddOn.objects.create(name="Piedras", extra_minutes=20, price=Decimal(30_000))
    found.services.set([service])
    return found


def test_a_couple_is_one_booking_of_two_chains(
    book: Book, service: Service, location: Location, colleague: StaffMember
) -> None:
    RoomFactory.create_batch(2, location=location)
    facial = ServiceFactory.create(
        locations=[location], required_room="CABIN", duration_minutes=30, price=Decimal(80_000)
    )

    booked = book(service_ids=[service.pk, facial.pk], guests=[Wish([facial.pk, service.pk])])

    visit = booked.appointment
    lines = list(visit.items.order_by("chain", "position"))
    assert [(line.chain, line.position, line.service_id) for line in lines] == [
        (0, 0, service.pk),
        (0, 1, facial.pk),
        (1, 0, facial.pk),
        (1, 1, service.pk),
    ]
    starts = [line.starts_at - TEN for line in lines]
    assert starts == [timedelta(minutes=n) for n in (0, 60, 0, 30)]
    # Each person has one somebody throughout, and not the same one.
    assert [line.staff_id for line in lines[:2]] == [visit.staff_id] * 2
    assert lines[2].staff_id == lines[3].staff_id != visit.staff_id
    assert visit.total == lines[0].price * 2 + lines[1].price * 2
    assert visit.ends_at - visit.starts_at == timedelta(minutes=90)
    assert len(visit.claims) == Occupancy.objects.filter(source_id=visit.pk).count() == 4
    assert visit.title.endswith("(2 personas)")


def test_a_couple_is_refused_whole_when_there_is_room_for_one(
    book: Book, service: Service, location: Location, colleague: StaffMember
) -> None:
    RoomFactory.create(location=location)
    Service.objects.update(required_room="CABIN")

    # No other hour would help them.
    with pytest.raises(errors.ServicesDoNotCombine), nothing_changes():
        book(guests=[Wish([service.pk])])

    RoomFactory.create(location=location)
    book(client_id=UserFactory.create().pk, start=local(7, 10, 30))
    with pytest.raises(errors.SlotTaken) as refused, nothing_changes():
        book(guests=[Wish([service.pk])])
    # What is offered instead is free for two.
    offered = refused.value.facts["alternatives"]
    assert len(offered) == 3
    book(start=datetime.fromisoformat(offered[1]["start"]), guests=[Wish([service.pk])])


def test_each_of_a_couple_may_ask_for_somebody(
    book: Book, service: Service, therapist: StaffMember, colleague: StaffMember
) -> None:
    booked = book(staff_id=colleague.pk, guests=[Wish([service.pk], therapist.pk)])

    assert [item.staff_id for item in booked.items] == [colleague.pk, therapist.pk]
    with pytest.raises(errors.ServicesDoNotCombine), nothing_changes():
        book(start=local(8, 10), staff_id=colleague.pk, guests=[Wish([service.pk], colleague.pk)])


def test_an_addition_is_a_line_of_its_own_and_takes_its_time(
    book: Book, service: Service, stones: AddOn
) -> None:
    visit = book(add_on_ids=[stones.pk]).appointment

    plain, added = visit.items.order_by("position")
    assert (plain.add_on_id, added.add_on_id) == (None, stones.pk)
    assert added.service_id == service.pk
    assert (plain.price, added.price) == (Decimal(120_000), Decimal(30_000))
    assert plain.ends_at == added.starts_at == TEN + timedelta(minutes=60)
    assert visit.ends_at == added.ends_at == TEN + timedelta(minutes=80)
    (row,) = Occupancy.objects.all()
    assert row.during.upper == TEN + timedelta(minutes=90)  # with its pause


def test_an_addition_of_another_service_or_no_longer_offered_is_refused(
    book: Book, stones: AddOn, location: Location
) -> None:
    other = ServiceFactory.create(locations=[location])

    with pytest.raises(errors.AddOnNotOffered), nothing_changes():
        book(service_ids=[other.pk], add_on_ids=[stones.pk])
    AddOn.objects.update(is_active=False)
    with pytest.raises(errors.AddOnNotOffered), nothing_changes():
        book(add_on_ids=[stones.pk])


def test_a_visit_nobody_knows_whole_is_handed_over(
    book: Book, service: Service, location: Location
) -> None:
    hands, feet = SkillFactory.create_batch(2)
    first = StaffFactory.create(location=location, skills=[hands])
    second = StaffFactory.create(location=location, skills=[feet])
    Service.objects.filter(pk=service.pk).update(required_skill=hands)
    pedicure = ServiceFactory.create(locations=[location], required_skill=feet, duration_minutes=30)

    booked = book(service_ids=[service.pk, pedicure.pk])

    assert [item.staff_id for item in booked.items] == [first.pk, second.pk]
    taken = dict(Occupancy.objects.values_list("resource_id", "during"))
    assert taken[first.resource_id].lower == TEN
    assert taken[first.resource_id].upper == TEN + timedelta(minutes=70)
    assert taken[second.resource_id].lower == TEN + timedelta(minutes=60)


@pytest.fixture
def shared(book: Book, therapist: StaffMember) -> Book:
    """Book, as somebody new each time, what one person may give to three at once."""
    Service.objects.update(is_low_supervision=True)
    set_capacity(therapist, 3)
    return book


def set_capacity(member: StaffMember, capacity: int | None) -> None:
    Resource.objects.filter(pk=member.resource_id).update(capacity=capacity)


def another(book: Book, **changes: Any) -> Appointment:
    visit: Appointment = book(client_id=UserFactory.create().pk, **changes).appointment
    return visit


def test_a_party_may_share_the_one_who_looks_after_them(shared: Book, service: Service) -> None:
    visit = another(shared, guests=[Wish([service.pk])] * 2)

    lanes = Occupancy.objects.filter(source_id=visit.pk).values_list("lanes", flat=True)
    assert sorted(lane.lower for lane in lanes) == [0, 1, 2]
    assert {claim["lane"] for claim in visit.claims} == {0, 1, 2}
    assert AppointmentItem.objects.values("staff_id").distinct().count() == 1


def test_a_capacity_that_grows_lets_more_in_but_not_under_who_has_somebody_alone(
    shared: Book, therapist: StaffMember, service: Service, location: Location
) -> None:
    alone = ServiceFactory.create(locations=[location])
    another(shared, service_ids=[alone.pk], start=local(8, 10))
    for _ in range(3):
        another(shared)

    set_capacity(therapist, 5)

    another(shared)
    another(shared)
    with pytest.raises(errors.SlotTaken), nothing_changes():
        another(shared)
    with pytest.raises(errors.SlotTaken), nothing_changes():
        another(shared, start=local(8, 10))


def test_a_capacity_that_shrinks_keeps_who_is_booked_and_lets_nobody_else_in(
    shared: Book, therapist: StaffMember, location: Location
) -> None:
    alone = ServiceFactory.create(locations=[location])
    kept = [another(shared) for _ in range(3)]
    Occupancy.objects.filter(source_id=kept[0].pk).delete()

    set_capacity(therapist, 1)

    # The first lane is free again; the second and third are kept, beyond the capacity.
    with pytest.raises(errors.SlotTaken), nothing_changes():
        another(shared, service_ids=[alone.pk])
    another(shared)
    with pytest.raises(errors.SlotTaken), nothing_changes():
        another(shared)
    assert Occupancy.objects.count() == 3


def test_without_a_capacity_of_their_own_the_rule_says_how_many(
    shared: Book, therapist: StaffMember
) -> None:
    set_capacity(therapist, None)
    rule_that(low_supervision_capacity=2)

    another(shared)
    another(shared, start=local(7, 10, 30))

    with pytest.raises(errors.SlotTaken), nothing_changes():
        another(shared, start=local(7, 10, 45))


def test_na_12_a_start_for_two_can_be_booked_exactly_when_it_is_listed(
    book: Book, service: Service, colleague: StaffMember, location: Location
) -> None:
    RoomFactory.create_batch(2, location=location)
    Service.objects.update(required_room="CABIN")
    another(book, start=local(7, 12), staff_id=colleague.pk)
    couple = partial(book, guests=[Wish([service.pk])])
    question = ask(
        service_ids=[service.pk],
        location_id=None,
        staff_id=None,
        now=NOW,
        guests=[Wish([service.pk])],
    )
    day = MONDAY_TEN.date()
    offers = find_free(question, first_day=day, last_day=day, now=NOW).offers

    for quarter in range(4 * 8, 4 * 20):
        start = local(7, quarter // 4, quarter % 4 * 15)
        if not offers.has(start):
            with pytest.raises((errors.SlotTaken, errors.SlotNotOffered)), nothing_changes():
                couple(start=start)
    assert offers.has(TEN)
    assert couple(start=TEN).appointment.items.aggregate(all=Sum("price"))["all"] == 240_000
