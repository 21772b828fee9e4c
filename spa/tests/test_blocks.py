"""Blocked time: never over what is booked, and nothing is booked over it (SPA-03, SPA-05)."""

from datetime import datetime, timedelta
from functools import partial
from itertools import pairwise
from typing import Any
from uuid import uuid4

import pytest

from core.models import AuditEntry
from core.testing import race
from spa import errors
from spa.models import (
    Appointment,
    Block,
    BlockOccurrence,
    Occupancy,
    Resource,
    StaffMember,
)
from spa.services.blocking import Blocked, block_time, lift_block
from spa.tests.conftest import BOGOTA, MONDAY_TEN, NOW, Book
from spa.tests.factories import LocationFactory, RoomFactory
from spa.tests.ledger import count_overlaps
from users.tests.factories import UserFactory

HOUR = timedelta(hours=1)
URL = "/api/v1/blocks"

BlockTime = partial[Blocked]


@pytest.fixture
def block(therapist: StaffMember, staff_user: Any) -> BlockTime:
    """Block the therapist's Monday from ten to eleven."""
    return partial(
        block_time,
        resource_id=therapist.resource_id,
        kind="other",
        reason="Capacitación",
        begin=MONDAY_TEN,
        end=MONDAY_TEN + HOUR,
        rule="",
        if_busy="refuse",
        actor_id=staff_user.pk,
        now=NOW,
    )


def test_blocked_time_cannot_be_booked(book: Book, block: BlockTime) -> None:
    block()

    with pytest.raises(errors.SlotTaken):
        book()


def test_what_is_booked_is_not_blocked_and_the_desk_is_told_what_is_in_the_way(
    book: Book, block: BlockTime
) -> None:
    visit = book().appointment

    with pytest.raises(errors.TimeBusy) as refused:
        block(begin=MONDAY_TEN - HOUR, end=MONDAY_TEN + HOUR / 2)

    (conflict,) = refused.value.facts["conflicts"]
    assert conflict["id"] == str(visit.pk)
    assert conflict["kind"] == "spa.appointment"
    assert conflict["start"] == MONDAY_TEN.isoformat()
    assert not Block.objects.exists()
    assert Occupancy.objects.count() == 1
    assert not AuditEntry.objects.filter(action__startswith="spa.block").exists()


def test_a_leave_of_weeks_is_blocked_day_by_day_without_a_gap(block: BlockTime) -> None:
    end = MONDAY_TEN + timedelta(days=20, hours=5)

    block(end=end)

    rows = list(Occupancy.objects.order_by("during").values_list("during", flat=True))
    assert (rows[0].lower, rows[-1].upper) == (MONDAY_TEN, end)
    assert all(one.upper == other.lower for one, other in pairwise(rows))


def test_a_leave_that_meets_a_visit_on_its_last_day_is_refused_whole(
    book: Book, block: BlockTime
) -> None:
    book()

    with pytest.raises(errors.TimeBusy):
        block(begin=MONDAY_TEN - timedelta(days=2, hours=20), end=MONDAY_TEN + HOUR)

    assert Occupancy.objects.count() == 1


def test_maintenance_repeats_on_the_wall_clock(block: BlockTime) -> None:
    madrid = LocationFactory.create(timezone="Europe/Madrid")
    room = RoomFactory.create(location=madrid)
    begin = datetime(2027, 3, 22, 9, tzinfo=madrid.zone)

    blocked = block(resource_id=room.pk, begin=begin, end=begin + HOUR, rule="FREQ=WEEKLY;COUNT=2")

    local = [o.starts_at.astimezone(madrid.zone) for o in blocked.occurrences]
    assert [f"{start:%d %H:%M %z}" for start in local] == ["22 09:00 +0100", "29 09:00 +0200"]
    assert Occupancy.objects.filter(resource=room).count() == 2


def test_booked_dates_can_be_left_out(book: Book, block: BlockTime) -> None:
    book()

    blocked = block(rule="FREQ=DAILY;COUNT=3", if_busy="skip")

    assert [o.status for o in blocked.occurrences] == ["refused", "taken", "taken"]
    assert Occupancy.objects.filter(source_kind="spa.block").count() == 2


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"end": MONDAY_TEN}, errors.PeriodInvalid),
        ({"end": MONDAY_TEN - HOUR}, errors.PeriodInvalid),
        ({"end": MONDAY_TEN + timedelta(days=93)}, errors.PeriodInvalid),
        ({"rule": "FREQ=HOURLY;COUNT=2"}, errors.RuleInvalid),
        ({"rule": "FREQ=DAILY;COUNT=400"}, errors.RuleTooLong),
        (
            {"rule": "FREQ=DAILY;COUNT=2", "end": MONDAY_TEN + timedelta(days=1, minutes=1)},
            errors.PeriodInvalid,
        ),
        ({"resource_id": uuid4()}, errors.ResourceNotFound),
    ],
)
def test_nonsense_is_refused_and_blocks_nothing(
    block: BlockTime, changes: dict[str, Any], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        block(**changes)

    assert not Block.objects.exists()
    assert not Occupancy.objects.exists()


def test_a_lifted_block_gives_all_its_time_back(
    book: Book, block: BlockTime, staff_user: Any
) -> None:
    blocked = block(rule="FREQ=DAILY;COUNT=3")

    lift_block(block_id=blocked.block.pk, occurrence_id=None, actor_id=staff_user.pk, now=NOW)

    assert book().appointment.starts_at == MONDAY_TEN
    assert not Occupancy.objects.filter(source_kind="spa.block").exists()
    with pytest.raises(errors.BlockNotFound):
        lift_block(block_id=blocked.block.pk, occurrence_id=None, actor_id=staff_user.pk, now=NOW)


def test_lifting_one_date_leaves_the_others(block: BlockTime, staff_user: Any) -> None:
    blocked = block(rule="FREQ=DAILY;COUNT=3")
    middle = blocked.occurrences[1]

    lift = partial(lift_block, block_id=blocked.block.pk, actor_id=staff_user.pk, now=NOW)
    lift(occurrence_id=middle.pk)

    statuses = BlockOccurrence.objects.order_by("starts_at").values_list("status", flat=True)
    assert list(statuses) == ["taken", "lifted", "taken"]
    assert Occupancy.objects.count() == 2
    with pytest.raises(errors.BlockNotFound):
        lift(occurrence_id=middle.pk)


def test_what_has_passed_stays_as_it_was(block: BlockTime, staff_user: Any) -> None:
    blocked = block(rule="FREQ=DAILY;COUNT=3")
    later = MONDAY_TEN + timedelta(days=1, minutes=30)

    lift_block(block_id=blocked.block.pk, occurrence_id=None, actor_id=staff_user.pk, now=later)

    statuses = BlockOccurrence.objects.order_by("starts_at").values_list("status", flat=True)
    assert list(statuses) == ["taken", "lifted", "lifted"]


def _race_for_monday(book: Book, block: BlockTime) -> list[Any]:
    rivals = UserFactory.create_batch(4)
    calls: list[Any] = [partial(book, client_id=rival.pk) for rival in rivals]
    calls += [partial(block, begin=MONDAY_TEN + HOUR / 2, end=MONDAY_TEN + 2 * HOUR)] * 4
    return race(calls)


@pytest.mark.django_db(transaction=True)
def test_blocks_and_bookings_that_race_have_one_winner(book: Book, block: BlockTime) -> None:
    outcomes = _race_for_monday(book, block)

    refused = [o for o in outcomes if isinstance(o, errors.SlotTaken | errors.TimeBusy)]
    assert len(refused) == 7
    assert Appointment.objects.count() + Block.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_control_without_the_constraint_both_have_the_time(
    without_guard: None, book: Book, block: BlockTime
) -> None:
    _race_for_monday(book, block)

    assert count_overlaps() > 0


def test_the_desk_blocks_lists_and_lifts(api: Any, staff_user: Any, therapist: StaffMember) -> None:
    desk = api.as_(staff_user)
    start = MONDAY_TEN + timedelta(days=365)
    body = {
        "resource": str(therapist.resource_id),
        "kind": "maintenance",
        "start": start.isoformat(),
        "end": (start + HOUR).isoformat(),
        "rule": "FREQ=WEEKLY;COUNT=2",
    }

    made = desk.post(URL, body, format="json")

    assert made.status_code == 201
    assert [row["status"] for row in made.json()["occurrences"]] == ["taken", "taken"]
    assert desk.get(URL, {"resource": body["resource"]}).json()["results"] == [made.json()]
    assert desk.get(URL, {"resource": str(uuid4())}).json()["results"] == []
    assert desk.delete(f"{URL}/{made.json()['id']}").status_code == 204
    assert desk.get(URL).json()["results"] == []
    assert desk.delete(f"{URL}/{made.json()['id']}").json()["code"] == "SPA-BLOCK-NOT-FOUND"
    assert desk.get(URL, {"resource": "x"}).json()["code"] == "SPA-RESOURCE-NOT-FOUND"


def test_leave_is_blocked_time_of_a_person(
    api: Any, staff_user: Any, therapist: StaffMember
) -> None:
    desk, url = api.as_(staff_user), f"/api/v1/staff/{therapist.pk}/time-off"
    start = datetime.now(BOGOTA).replace(microsecond=0) + timedelta(days=400)
    body = {"start": start.isoformat(), "end": (start + timedelta(days=3)).isoformat()}

    made = desk.post(url, body | {"reason": "Vacaciones"}, format="json")

    assert made.status_code == 201
    assert made.json()["kind"] == "time_off"
    assert desk.get(url).json()["results"] == [made.json()]
    clash = desk.post(url, body, format="json")
    assert (clash.status_code, clash.json()["code"]) == (409, "SPA-TIME-BUSY")
    assert clash.json()["facts"]["conflicts"][0]["title"] == "Vacaciones"
    assert desk.get(f"/api/v1/staff/{uuid4()}/time-off").status_code == 404


@pytest.mark.parametrize("count", [1, 7])
def test_a_page_of_blocks_costs_the_same_however_long(
    api: Any, staff_user: Any, block: BlockTime, django_assert_num_queries: Any, count: int
) -> None:
    for number in range(count):
        shift = timedelta(days=2 * number)
        block(begin=MONDAY_TEN + shift, end=MONDAY_TEN + shift + HOUR, rule="FREQ=DAILY;COUNT=2")
    desk = api.as_(staff_user)

    with django_assert_num_queries(4):  # who asks, the count, blocks, their occurrences
        found = desk.get(URL).json()["results"]

    assert [len(row["occurrences"]) for row in found] == [2] * count


def test_rooms_are_listed_and_people_are_not(
    api: Any, staff_user: Any, therapist: StaffMember
) -> None:
    room: Resource = RoomFactory.create(name="Cabina 1")

    (shown,) = api.as_(staff_user).get("/api/v1/resources").json()["results"]

    assert shown["id"] == str(room.pk)
    assert shown["name"] == "Cabina 1"
    assert shown["location"] == str(room.location_id)
