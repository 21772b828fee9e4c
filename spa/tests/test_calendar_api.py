"""The desk's calendar, and why a start is offered or not (SPA-22, SPA-25)."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.models import Holiday, Location
from spa.models import Resource, Service, StaffMember
from spa.selectors.availability import ask, find_free
from spa.selectors.explanation import Reason, Verdict, explain
from spa.services.blocking import block_time
from spa.tests.conftest import MONDAY_TEN, NOW, Book, coming, rule_that
from spa.tests.factories import RoomFactory, ServiceFactory, SkillFactory, StaffFactory
from users.tests.factories import UserFactory

HOUR = timedelta(hours=1)
URL = "/api/v1/calendar"


def judged(service: Service, start: Any, **changes: Any) -> Any:
    """The explanation of one service at `start`."""
    asked: dict[str, Any] = {"location_id": None, "staff_id": None, "now": NOW} | changes
    question = ask(service_ids=[service.pk], **asked)
    return explain(question, start=start, now=NOW)


def verdicts(found: Any) -> list[str]:
    """What is said of each candidate of the first need."""
    return [candidate.verdict.value for candidate in found.demands[0].candidates]


def test_what_is_offered_has_nothing_against_it(service: Service, therapist: StaffMember) -> None:
    found = judged(service, MONDAY_TEN)

    assert found.is_offered
    assert found.reasons == []
    assert verdicts(found) == ["free"]


def test_each_person_is_told_apart(
    book: Book, service: Service, therapist: StaffMember, location: Location, staff_user: Any
) -> None:
    skill = SkillFactory.create()
    Service.objects.filter(pk=service.pk).update(required_skill=skill)
    therapist.skills.add(skill)
    visit = book().appointment
    StaffFactory.create(location=location, position=1)
    elsewhere = StaffFactory.create(skills=[skill], position=2)
    away = StaffFactory.create(location=location, skills=[skill], position=3)
    block_time(
        resource_id=away.resource_id,
        kind="time_off",
        reason="Vacaciones",
        begin=MONDAY_TEN - HOUR,
        end=MONDAY_TEN + timedelta(hours=3),
        rule="",
        if_busy="refuse",
        actor_id=staff_user.pk,
        now=NOW,
    )

    found = judged(service, MONDAY_TEN)

    assert found.reasons == [Reason.NOBODY]
    assert verdicts(found) == ["busy", "no_skill", "not_working", "busy"]
    candidates = found.demands[0].candidates
    assert [entry.id for entry in candidates[0].in_the_way] == [visit.pk]
    assert [entry.title for entry in candidates[3].in_the_way] == ["Vacaciones"]
    assert candidates[2].id == elsewhere.pk


def test_a_pause_that_is_in_the_way_is_called_a_buffer(
    book: Book, service: Service, therapist: StaffMember
) -> None:
    book()

    assert verdicts(judged(service, MONDAY_TEN + HOUR)) == ["busy"]
    # The other visit's pause ends at 11:10; ours would begin at 8:50 and pause until ten past ten.
    assert verdicts(judged(service, MONDAY_TEN - HOUR)) == ["buffer"]


@pytest.mark.parametrize(
    ("start", "reasons"),
    [
        (NOW + timedelta(minutes=15), {Reason.TOO_SOON}),
        (MONDAY_TEN + timedelta(days=70), {Reason.TOO_FAR}),
        (MONDAY_TEN + timedelta(minutes=5), {Reason.OFF_GRID}),
        (MONDAY_TEN + timedelta(seconds=1), {Reason.OFF_GRID}),
        (MONDAY_TEN + timedelta(days=1), {Reason.HOLIDAY}),
        (MONDAY_TEN - timedelta(hours=8), {Reason.CLOSED}),
    ],
)
def test_what_rules_out_everybody_is_named(
    service: Service, therapist: StaffMember, start: Any, reasons: set[Reason]
) -> None:
    Holiday.objects.create(date=(MONDAY_TEN + timedelta(days=1)).date(), name="Inmaculada")

    found = judged(service, start)

    assert not found.is_offered
    assert reasons <= set(found.reasons)


def test_two_who_come_together_need_two_people(service: Service, therapist: StaffMember) -> None:
    from spa.selectors.availability import Wish

    found = judged(service, MONDAY_TEN, guests=[Wish([service.pk])])

    assert found.reasons == [Reason.NOT_ALL_AT_ONCE]


quarters = st.integers(-8, 40).map(lambda n: MONDAY_TEN + n * timedelta(minutes=15))


@pytest.mark.django_db
@given(start=quarters)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_an_explanation_never_contradicts_what_is_offered(busy_day: Service, start: Any) -> None:
    question = ask(service_ids=[busy_day.pk], location_id=None, staff_id=None, now=NOW)
    day = start.date()
    offered = find_free(question, first_day=day, last_day=day, now=NOW).offers

    found = explain(question, start=start, now=NOW)

    assert found.is_offered == offered.has(start)
    assert found.is_offered == (not found.reasons)
    if found.is_offered:
        free = {c.id for c in found.demands[0].candidates if c.verdict is Verdict.FREE}
        assert free == {worker.id for worker in offered.workers_at(start)}


@pytest.fixture
def busy_day(book: Book, service: Service, therapist: StaffMember, location: Location) -> Service:
    """Two people and a cabin, each busy at some time of Monday."""
    rule_that(client_active_limit=50, open_holds_limit=50, hourly_bookings_limit=50)
    RoomFactory.create(location=location)
    StaffFactory.create(location=location, position=1)
    both: Service = ServiceFactory.create(
        locations=[location], required_room="CABIN", buffer_before_minutes=10
    )
    book(service_ids=[both.pk], start=MONDAY_TEN + HOUR)
    book(start=MONDAY_TEN + timedelta(hours=3), staff_id=therapist.pk)
    return both


def test_a_day_of_the_desk(
    api: Any, staff_user: Any, client_user: Any, service: Service, therapist: StaffMember,
    location: Location,
) -> None:  # fmt: skip
    room: Resource = RoomFactory.create(location=location, name="Cabina 1")
    start = coming(3, 10)
    booked = api.as_(client_user).post(
        "/api/v1/appointments",
        {"services": [str(service.pk)], "start": start.isoformat()},
        format="json",
        headers={"Idempotency-Key": str(uuid4())},
    )
    day = start.date().isoformat()

    shown = api.as_(staff_user).get(URL, {"from": day, "to": day}).json()

    assert [(row["name"], row["kind"]) for row in shown["rows"]] == [
        (therapist.display_name, "STAFF"),
        ("Cabina 1", "CABIN"),
    ]
    assert shown["rows"][0]["open"] == [
        {
            "start": start.replace(hour=9).isoformat(),
            "end": start.replace(hour=18).isoformat(),
        }
    ]
    (entry,) = shown["entries"]
    assert entry["id"] == booked.json()["id"]
    assert entry["client"] == client_user.full_name
    assert entry["title"] == service.name
    assert (entry["start"], entry["is_hold"]) == (start.isoformat(), True)
    only_room = api.as_(staff_user).get(URL, {"from": day, "to": day, "resource": str(room.pk)})
    assert [row["name"] for row in only_room.json()["rows"]] == ["Cabina 1"]
    assert only_room.json()["entries"] == []


def test_ranges_and_places_that_make_no_sense_are_refused(
    api: Any, staff_user: Any, location: Location
) -> None:
    desk = api.as_(staff_user)

    long = desk.get(URL, {"from": "2026-12-01", "to": "2027-01-01"})
    backwards = desk.get(URL, {"from": "2026-12-02", "to": "2026-12-01"})
    nowhere = desk.get(URL, {"from": "2026-12-01", "to": "2026-12-01", "location": str(uuid4())})

    assert long.json()["code"] == "SPA-RANGE-TOO-LONG"
    assert backwards.status_code == 400
    assert nowhere.json()["code"] == "SPA-LOCATION-NOT-FOUND"


@pytest.mark.parametrize("visits", [1, 6])
def test_a_calendar_costs_the_same_however_full(
    api: Any, staff_user: Any, book: Book, location: Location, django_assert_num_queries: Any,
    visits: int,
) -> None:  # fmt: skip
    for _ in range(visits - 1):
        StaffFactory.create(location=location)
    for _ in range(visits):
        book(client_id=UserFactory.create().pk)
    day, desk = MONDAY_TEN.date().isoformat(), api.as_(staff_user)
    asked = {"from": day, "to": day, "location": str(location.pk)}
    desk.get(URL, asked)

    # Who asks, the studio's version, the rooms, the ledger, the visits on it.
    with django_assert_num_queries(5):
        desk.get(URL, asked)


def test_the_desk_asks_why(api: Any, staff_user: Any, book: Book, service: Service) -> None:
    visit = book().appointment

    found = api.as_(staff_user).get(
        "/api/v1/availability/explain",
        {"start": MONDAY_TEN.isoformat(), "services": [str(service.pk)]},
    )

    assert found.status_code == 200
    (demand,) = found.json()["demands"]
    (candidate,) = demand["candidates"]
    assert candidate["verdict"] == "busy"
    assert candidate["in_the_way"][0]["id"] == str(visit.pk)
