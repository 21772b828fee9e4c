"""`GET availability` (SPA-04)."""

from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from core.models import Location
from spa.models import AddOn, Resource, ResourceKind, Service, StaffMember
from spa.tests.conftest import coming, rule_that
from spa.tests.factories import LocationFactory, ServiceFactory, StaffFactory

URL = "/api/v1/availability"


def asking(service: Service, **changes: Any) -> dict[str, Any]:
    """The query for one service the day after tomorrow."""
    day = coming(2, 0).date().isoformat()
    asked = {"services": str(service.pk), "from": day, "to": day} | changes
    return {name: value for name, value in asked.items() if value is not None}


def test_free_starts_come_by_local_day_with_offset_staff_and_rank(
    api: Any, location: Location, service: Service, therapist: StaffMember
) -> None:
    StaffMember.objects.get().weekly_hours.update(ends=time(10, 40))
    first, last = coming(2, 0).date(), coming(3, 0).date()

    answer = api.get(URL, asking(service, to=last.isoformat()))

    def slot(day: date, wall: str, end: str, rank: int) -> dict[str, Any]:
        return {
            "start": f"{day}T{wall}:00-05:00",
            "end": f"{day}T{end}:00-05:00",
            "staff": [str(therapist.pk)],
            "rank": rank,
        }

    # With its pause a visit takes an hour and ten: no second one fits beside it.
    assert answer.status_code == 200
    assert answer.json() == {
        "timezone": "America/Bogota",
        "location": str(location.pk),
        "duration_minutes": 60,
        "days": [
            {
                "date": day.isoformat(),
                "slots": [
                    slot(day, "09:00", "10:00", 1),
                    slot(day, "09:15", "10:15", 2),
                    slot(day, "09:30", "10:30", 1),
                ],
            }
            for day in (first, last)
        ],
    }


def test_days_without_a_free_start_are_listed_too(api: Any, service: Service) -> None:
    answer = api.get(URL, asking(service))

    assert [day["slots"] for day in answer.json()["days"]] == [[]]


def test_several_services_are_one_visit(
    api: Any, location: Location, service: Service, therapist: StaffMember
) -> None:
    other = ServiceFactory.create(locations=[location], duration_minutes=30)

    answer = api.get(URL, asking(service, services=[str(service.pk), str(other.pk)])).json()

    assert answer["duration_minutes"] == 90
    first = answer["days"][0]["slots"][0]
    lasts = datetime.fromisoformat(first["end"]) - datetime.fromisoformat(first["start"])
    assert lasts == timedelta(minutes=90)


def test_one_person_may_be_asked_for(api: Any, location: Location, service: Service) -> None:
    wanted, _ = StaffFactory.create_batch(2, location=location)

    answer = api.get(URL, asking(service, staff=str(wanted.pk), location=str(location.pk))).json()

    slots = answer["days"][0]["slots"]
    assert slots
    assert all(slot["staff"] == [str(wanted.pk)] for slot in slots)


def test_na_12_notice_and_horizon_are_those_of_booking(
    api: Any, service: Service, therapist: StaffMember
) -> None:
    rule_that(minimum_notice_minutes=2 * 24 * 60, horizon_days=3)
    span = {"from": coming(0, 0).date().isoformat(), "to": coming(6, 0).date().isoformat()}
    now = datetime.now(ZoneInfo("UTC"))

    answer = api.get(URL, asking(service, **span)).json()

    starts = [
        datetime.fromisoformat(slot["start"]) for day in answer["days"] for slot in day["slots"]
    ]
    assert len(answer["days"]) == 7
    assert starts
    assert min(starts) >= now + timedelta(days=2)
    assert max(starts) <= now + timedelta(days=3, minutes=1)


def test_31_days_are_answered_and_32_are_refused(
    api: Any, service: Service, therapist: StaffMember
) -> None:
    first = coming(1, 0).date()

    month = api.get(
        URL,
        asking(service, **{"from": str(first), "to": str(first + timedelta(days=30))}),
    )
    more = api.get(
        URL,
        asking(service, **{"from": str(first), "to": str(first + timedelta(days=31))}),
    )

    assert (month.status_code, len(month.json()["days"])) == (200, 31)
    assert (more.status_code, more.json()["code"]) == (422, "SPA-RANGE-TOO-LONG")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"services": None}, "services"),
        ({"services": "no-es-un-id"}, "services.0"),
        ({"services": [str(uuid4())] * 6}, "services"),
        ({"from": None}, "from"),
        ({"from": "2026-02-30"}, "from"),
        ({"to": "mañana"}, "to"),
        ({"to": "2026-01-01"}, "to"),
        ({"from": "0001-01-01", "to": "0001-01-02"}, "from"),
        ({"from": "9999-12-30", "to": "9999-12-31"}, "from"),
        ({"staff": "nadie"}, "staff"),
        ({"location": "aquí"}, "location"),
        ({"format": "csv"}, "format"),
    ],
)
def test_na_46_a_malformed_question_is_answered_field_by_field(
    api: Any, service: Service, changes: dict[str, Any], field: str
) -> None:
    answer = api.get(URL, asking(service, **changes))

    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "CORE-INPUT-INVALID"
    assert field in [row["field"] for row in answer.json()["errors"]]


def test_what_does_not_exist_is_told_by_its_code(
    api: Any, service: Service, therapist: StaffMember
) -> None:
    elsewhere = LocationFactory.create()
    asked = {
        "SPA-SERVICE-NOT-OFFERED": asking(service, services=str(uuid4())),
        "SPA-LOCATION-NOT-FOUND": asking(service, location=str(uuid4())),
        "SPA-STAFF-NOT-ABLE": asking(service, staff=str(uuid4())),
    }

    answers = {code: api.get(URL, question) for code, question in asked.items()}

    assert {code: answer.json()["code"] for code, answer in answers.items()} == {
        code: code for code in asked
    }
    assert [answer.status_code for answer in answers.values()] == [404, 404, 422]
    assert api.get(URL, asking(service, location=str(elsewhere.pk))).status_code == 404


@pytest.mark.parametrize("people", [1, 20])
def test_the_number_of_queries_does_not_grow_with_the_team(
    api: Any,
    location: Location,
    service: Service,
    people: int,
    django_assert_num_queries: Any,
) -> None:
    StaffFactory.create_batch(people, location=location)
    api.get(URL, asking(service))

    # The studio's version and the ledger: catalogue, hours and rules are remembered.
    with django_assert_num_queries(2):
        answer = api.get(URL, asking(service))

    assert len(answer.json()["days"][0]["slots"][0]["staff"]) == people


def test_the_public_is_limited_by_the_catalogues_rate(
    api: Any, service: Service, settings: Any
) -> None:
    settings.THROTTLE_RATES = {**settings.THROTTLE_RATES, "catalogue": "2/min"}

    answers = [api.get(URL, asking(service)) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert int(answers[-1]["Retry-After"]) > 0


def test_na_08_a_persons_resource_is_nobodys_business(
    api: Any, service: Service, therapist: StaffMember
) -> None:
    body = api.get(URL, asking(service)).content.decode()

    assert str(Resource.objects.get(kind=ResourceKind.STAFF).pk) not in body


def test_a_couple_is_shown_starts_at_which_two_are_free(
    api: Any, location: Location, service: Service, therapist: StaffMember
) -> None:
    StaffFactory.create(location=location, location__hours=(time(9), time(11)))
    url = asking(service, party=2)

    walls = [slot["start"][11:16] for slot in api.get(URL, url).json()["days"][0]["slots"]]

    assert walls == ["09:00", "09:15", "09:30", "09:45"]
    assert api.get(URL, asking(service, party=3)).json()["days"][0]["slots"] == []
    for wrong in (0, 5, "dos"):
        assert api.get(URL, asking(service, party=wrong)).status_code == 400


def test_an_addition_makes_the_visit_longer(
    api: Any, service: Service, therapist: StaffMember
) -> None:
    stones = AddOn.objects.create(name="Piedras", extra_minutes=30, price=30_000)
    stones.services.set([service])
    therapist.weekly_hours.update(ends=time(10, 50))

    answer = api.get(URL, asking(service, add_ons=str(stones.pk))).json()

    assert answer["duration_minutes"] == 90
    assert [slot["start"][11:16] for slot in answer["days"][0]["slots"]] == ["09:00"]
    refused = api.get(URL, asking(service, add_ons=str(uuid4())))
    assert refused.json()["code"] == "SPA-ADD-ON-NOT-OFFERED"
