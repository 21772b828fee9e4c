"""`GET appointments` with filters, and one visit as a calendar file (SPA-11, SPA-19, SPA-22)."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from core.models import Location
from spa.models import Appointment, Service, StaffMember
from spa.tests.conftest import MONDAY_TEN, NOW, Book, local
from spa.tests.factories import LocationFactory, ServiceFactory, StaffFactory
from users.tests.factories import UserFactory

URL = "/api/v1/appointments"


@pytest.fixture
def tokyo() -> Location:
    """A place where it is tomorrow when it is evening in Bogotá."""
    return LocationFactory.create(timezone="Asia/Tokyo", name="Tokio")


@pytest.fixture
def visits(certain: Book, tokyo: Location, therapist: StaffMember) -> dict[str, Appointment]:
    """Of four people: Monday, Tuesday and a cancelled Wednesday in Bogotá, Tuesday in Tokyo."""
    hana = StaffFactory.create(location=tokyo)
    there = ServiceFactory.create(locations=[tokyo], deposit_percent=0)
    found = {
        name: certain(client_id=UserFactory.create().pk, start=local(day, 10)).appointment
        for name, day in {"monday": 7, "tuesday": 8, "wednesday": 9}.items()
    }
    # Monday evening in Bogotá.
    start = datetime(2026, 12, 8, 9, tzinfo=ZoneInfo("Asia/Tokyo"))
    found["tokyo"] = certain(
        client_id=UserFactory.create().pk,
        start=start,
        service_ids=[there.pk],
        staff_id=hana.pk,
    ).appointment
    Appointment.objects.filter(pk=found["wednesday"].pk).update(
        status="cancelled", cancelled_at=NOW
    )
    return found


def listed(caller: Any, visits: dict[str, Appointment], query: str) -> list[str]:
    """The names of the visits that are listed."""
    names = {str(visit.pk): name for name, visit in visits.items()}
    answer = caller.get(f"{URL}?{query}")
    assert answer.status_code == 200, answer.content
    return [names[row["id"]] for row in answer.json()["results"]]


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["wednesday", "tuesday", "tokyo", "monday"]),
        ("ordering=starts_at", ["monday", "tokyo", "tuesday", "wednesday"]),
        ("status=cancelled", ["wednesday"]),
        ("status=confirmed", ["tuesday", "tokyo", "monday"]),
        ("status=cancelled&status=confirmed", ["wednesday", "tuesday", "tokyo", "monday"]),
        ("from=2026-12-08", ["wednesday", "tuesday", "tokyo"]),
        ("to=2026-12-07", ["monday"]),
        ("from=2026-12-08&to=2026-12-08", ["tuesday", "tokyo"]),
        ("from=2026-12-09&to=2026-12-09&status=confirmed", []),
        ("archived=true", []),
        ("archived=false&page_size=2", ["wednesday", "tuesday"]),
    ],
)
def test_staff_find_visits_by_status_and_by_day_on_the_wall_of_the_place(
    api: Any, staff_user: Any, visits: dict[str, Appointment], query: str, names: list[str]
) -> None:
    assert listed(api.as_(staff_user), visits, query) == names


def test_staff_find_visits_by_who_and_where(
    api: Any,
    staff_user: Any,
    visits: dict[str, Appointment],
    therapist: StaffMember,
    tokyo: Location,
) -> None:
    caller = api.as_(staff_user)

    assert listed(caller, visits, f"location={tokyo.pk}") == ["tokyo"]
    assert listed(caller, visits, f"staff={therapist.pk}&to=2026-12-08") == ["tuesday", "monday"]
    assert listed(caller, visits, f"staff={therapist.pk}&location={tokyo.pk}") == []
    assert listed(caller, visits, f"staff={uuid4()}") == []
    # Somebody who only serves the second of two services serves the visit too.
    second = StaffFactory.create()
    line = visits["tuesday"].items.get()
    line.pk, line.position, line.staff = uuid4(), 1, second
    line.save(force_insert=True)
    assert listed(caller, visits, f"staff={second.pk}") == ["tuesday"]


def test_archived_visits_are_listed_only_when_asked_for_and_can_always_be_read(
    api: Any, staff_user: Any, visits: dict[str, Appointment]
) -> None:
    old = visits["wednesday"]
    Appointment.objects.filter(pk=old.pk).update(archived_at=NOW)
    caller, client = api.as_(staff_user), api.as_(old.client)

    assert listed(caller, visits, "") == ["tuesday", "tokyo", "monday"]
    assert listed(caller, visits, "archived=true") == ["wednesday"]
    assert listed(client, visits, "") == []
    assert listed(client, visits, "archived=true") == ["wednesday"]
    assert client.get(f"{URL}/{old.pk}").status_code == 200


def test_no_filter_shows_a_client_somebody_elses_visit(
    api: Any, visits: dict[str, Appointment], therapist: StaffMember
) -> None:
    caller = api.as_(visits["monday"].client)

    for query in ("", f"staff={therapist.pk}", "from=2026-12-01", "status=confirmed"):
        assert listed(caller, visits, query) == ["monday"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("status=done", "status.0"),
        ("from=hoy", "from"),
        ("from=0001-01-01", "from"),
        ("to=9999-12-31", "to"),
        ("from=2026-12-08&to=2026-12-07", "to"),
        ("staff=alguien", "staff"),
        ("location=1", "location"),
        ("archived=quizas", "archived"),
        ("ordering=notes", "ordering"),
    ],
)
def test_a_filter_nobody_understands_is_refused(
    api: Any, staff_user: Any, query: str, field: str
) -> None:
    answer = api.as_(staff_user).get(f"{URL}?{query}")

    assert (answer.status_code, answer.json()["code"]) == (400, "CORE-INPUT-INVALID")
    assert [row["field"] for row in answer.json()["errors"]] == [field]


def test_a_filtered_page_costs_what_any_page_costs(
    api: Any,
    staff_user: Any,
    visits: dict[str, Appointment],
    therapist: StaffMember,
    django_assert_num_queries: Any,
) -> None:
    caller = api.as_(staff_user)
    query = f"status=confirmed&from=2026-12-01&to=2026-12-31&staff={therapist.pk}"
    caller.get(URL)

    # The session, the count, the visits with their places, their services, their payments.
    with django_assert_num_queries(5):
        caller.get(f"{URL}?{query}")


def test_the_desk_sees_what_comes_soonest_first_and_the_others_when_it_asks(
    client: Any, admin_user: Any, visits: dict[str, Appointment]
) -> None:
    admin_user.is_staff = admin_user.is_superuser = True
    admin_user.save(update_fields=["is_staff", "is_superuser"])
    client.force_login(admin_user)
    now = timezone.now()
    moments = {"monday": now - timedelta(days=2), "tuesday": now, "wednesday": now}
    for name, start in moments.items():
        Appointment.objects.filter(pk=visits[name].pk).update(
            starts_at=start, ends_at=start + timedelta(hours=1)
        )
    Appointment.objects.filter(pk=visits["wednesday"].pk).update(archived_at=NOW)

    def shown(query: str) -> list[str]:
        page = client.get(reverse("admin:spa_appointment_changelist") + query)
        names = {visit.pk: name for name, visit in visits.items()}
        return [names[visit.pk] for visit in page.context["cl"].result_list]

    coming = set(visits) - set(moments)
    assert shown("")[0] == "tuesday"
    assert set(shown("")) == coming | {"tuesday"}
    assert shown("?when=today") == ["tuesday"]
    assert shown("?when=past") == ["monday"]
    assert shown("?when=archived") == ["wednesday"]
    assert set(shown("?when=all")) == set(visits)


def file_of(caller: Any, visit: Appointment) -> Any:
    """The one event of the visit's file."""
    answer = caller.get(f"{URL}/{visit.pk}/ics")
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    assert answer["Content-Disposition"] == 'attachment; filename="cita.ics"'
    (event,) = Calendar.from_ical(answer.content).walk("VEVENT")
    return event


def test_a_visit_is_a_calendar_file_that_says_when_and_where_and_nothing_private(
    api: Any, visits: dict[str, Appointment], service: Service
) -> None:
    visit = visits["monday"]
    Appointment.objects.update(notes="Embarazo de alto riesgo")
    caller = api.as_(visit.client)

    event = file_of(caller, visit)

    assert event.start == MONDAY_TEN.astimezone(UTC)
    assert event.end - event.start == timedelta(hours=1)
    assert (event["SUMMARY"], event["STATUS"]) == (service.name, "CONFIRMED")
    assert visit.location.name in event["LOCATION"]
    raw = caller.get(f"{URL}/{visit.pk}/ics").content.decode()
    assert "Embarazo" not in raw
    assert raw.startswith("BEGIN:VCALENDAR\r\n")
    assert max(len(line.encode()) for line in raw.split("\r\n")) <= 75


def test_a_file_keeps_its_name_and_counts_up_when_the_visit_changes(
    api: Any, visits: dict[str, Appointment]
) -> None:
    visit = visits["monday"]
    caller = api.as_(visit.client)
    before = file_of(caller, visit)
    Appointment.objects.filter(pk=visit.pk).update(
        starts_at=local(10, 12),
        ends_at=local(10, 13),
        updated_at=visit.updated_at + timedelta(minutes=1),
    )

    after = file_of(caller, visit)

    assert after["UID"] == before["UID"]
    assert after["SEQUENCE"] > before["SEQUENCE"]
    assert after.start == local(10, 12)


@pytest.mark.parametrize(
    ("status", "shown"),
    [("pending_payment", "TENTATIVE"), ("expired", "CANCELLED"), ("cancelled", "CANCELLED")],
)
def test_a_file_says_how_certain_the_visit_is(
    api: Any, visits: dict[str, Appointment], status: str, shown: str
) -> None:
    visit = visits["monday"]
    Appointment.objects.filter(pk=visit.pk).update(
        status=status, hold_expires_at=NOW, cancelled_at=NOW
    )

    assert file_of(api.as_(visit.client), visit)["STATUS"] == shown


def test_somebody_elses_file_does_not_exist(
    api: Any, staff_user: Any, visits: dict[str, Appointment]
) -> None:
    url = f"{URL}/{visits['monday'].pk}/ics"

    answer = api.as_(visits["tuesday"].client).get(url)

    assert (answer.status_code, answer.json()["code"]) == (404, "SPA-APPOINTMENT-NOT-FOUND")
    assert api.as_(staff_user).get(url).status_code == 200
    assert api.get(url).status_code == 401
