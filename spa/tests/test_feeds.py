"""Calendars to subscribe to, and calendars of elsewhere (SPA-22)."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import transaction
from icalendar import Calendar

from spa import errors
from spa.models import Appointment, CalendarFeed, CalendarImport, Occupancy, StaffMember
from spa.services.calendar_imports import EVERY, read_next_calendar
from spa.steps.outside_time import take_outside_time
from spa.tests.conftest import MONDAY_TEN, NOW, Book, rule_that
from spa.tests.ledger import count_overlaps
from users.models import User

HOUR = timedelta(hours=1)
FEED = "/api/v1/me/calendar-feed"


def confirmed(book: Book, **changes: Any) -> Appointment:
    """A visit that is certain."""
    visit = book(**changes).appointment
    Appointment.objects.filter(pk=visit.pk).update(status="confirmed", hold_expires_at=None)
    return visit


def subscribe(api: Any, person: User) -> str:
    """The address of somebody's calendar, as a path."""
    parts = urlsplit(api.as_(person).post(FEED).json()["url"])
    return f"{parts.path}?{parts.query}"


def events(answer: Any) -> list[Any]:
    """What a calendar program would show."""
    return list(Calendar.from_ical(answer.content).walk("VEVENT"))


def test_a_feed_shows_my_visits_without_signing_in(
    api: Any, client_user: User, book: Book, therapist: StaffMember
) -> None:
    visit = confirmed(book)

    answer = api.get(subscribe(api, client_user))

    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert "private" in answer["Cache-Control"]
    (event,) = events(answer)
    assert (event.start, event.end) == (MONDAY_TEN, MONDAY_TEN + HOUR)
    assert str(event["UID"]) == f"visit-{visit.pk}@studiozens"
    assert str(event["SUMMARY"]) == visit.title
    assert visit.location.address in str(event["LOCATION"])


def test_a_cancelled_visit_is_struck_out_and_not_forgotten(
    api: Any, client_user: User, book: Book
) -> None:
    visit = confirmed(book)
    address = subscribe(api, client_user)
    (before,) = events(api.get(address))
    Appointment.objects.filter(pk=visit.pk).update(
        status="cancelled", cancelled_at=NOW, updated_at=visit.updated_at + HOUR
    )

    (after,) = events(api.get(address))

    assert str(after["STATUS"]) == "CANCELLED"
    assert after["UID"] == before["UID"]
    assert int(after["SEQUENCE"]) > int(before["SEQUENCE"])


def test_the_team_sees_whom_they_serve_but_not_who_it_is(
    api: Any, staff_user: User, client_user: User, book: Book, therapist: StaffMember
) -> None:
    StaffMember.objects.filter(pk=therapist.pk).update(user=staff_user)
    confirmed(book)

    answer = api.get(subscribe(api, staff_user))

    assert len(events(answer)) == 1
    assert client_user.first_name.encode() not in answer.content
    assert client_user.phone.encode() not in answer.content


def test_nobody_sees_the_visits_of_somebody_else(api: Any, staff_user: User, book: Book) -> None:
    confirmed(book)

    assert events(api.get(subscribe(api, staff_user))) == []


def test_a_new_address_ends_the_old_one_and_only_a_digest_is_kept(
    api: Any, client_user: User
) -> None:
    old = subscribe(api, client_user)
    new = subscribe(api, client_user)

    assert api.get(new).status_code == 200
    refused = api.get(old)
    assert (refused.status_code, refused.json()["code"]) == (404, "SPA-FEED-NOT-FOUND")
    token = new.partition("token=")[2]
    assert not CalendarFeed.objects.filter(token_digest=token).exists()
    assert CalendarFeed.objects.filter(person=client_user, revoked_at=None).count() == 1


def test_a_revoked_address_and_one_that_never_was_say_the_same(api: Any, client_user: User) -> None:
    address = subscribe(api, client_user)
    api.as_(client_user).delete(FEED)

    gone, never = api.get(address), api.get("/api/v1/me/calendar.ics?token=x")

    assert gone.status_code == never.status_code == 404
    assert gone.json()["code"] == never.json()["code"]
    assert api.get("/api/v1/me/calendar.ics").status_code == 404


@pytest.mark.parametrize("barred", [{"banned_at": NOW}, {"is_active": False}])
def test_na_02_who_may_not_come_in_has_no_calendar_either(
    api: Any, client_user: User, barred: dict[str, Any]
) -> None:
    address = subscribe(api, client_user)
    User.objects.filter(pk=client_user.pk).update(**barred)

    assert api.get(address).status_code == 404


def test_what_has_not_changed_is_not_sent_again(api: Any, client_user: User, book: Book) -> None:
    visit = confirmed(book)
    address = subscribe(api, client_user)
    tag = api.get(address)["ETag"]

    unchanged = api.get(address, headers={"If-None-Match": tag})
    Appointment.objects.filter(pk=visit.pk).update(updated_at=visit.updated_at + HOUR)
    changed = api.get(address, headers={"If-None-Match": tag})

    assert (unchanged.status_code, unchanged.content) == (304, b"")
    assert changed.status_code == 200


@pytest.mark.parametrize("visits", [1, 5])
def test_a_feed_costs_the_same_however_long(
    api: Any, client_user: User, book: Book, django_assert_num_queries: Any, visits: int
) -> None:
    rule_that(client_active_limit=50, hourly_bookings_limit=50)
    for number in range(visits):
        confirmed(book, start=MONDAY_TEN + timedelta(days=number))
    address = subscribe(api, client_user)

    with django_assert_num_queries(2):  # whose it is, and their visits
        api.get(address)


# Calendars of elsewhere


class _Elsewhere(BaseHTTPRequestHandler):
    status, body = 200, b""

    def do_GET(self) -> None:
        self.send_response(type(self).status)
        self.end_headers()
        self.wfile.write(type(self).body)

    def log_message(self, *args: Any) -> None:
        """Tests keep quiet."""


def calendar_of(*spans: tuple[datetime, datetime]) -> bytes:
    """A calendar file with these events."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//x//y//ES"]
    for number, (begin, end) in enumerate(spans):
        moments = [f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}" for moment in (begin, end)]
        lines += ["BEGIN:VEVENT", f"UID:{number}", f"DTSTART:{moments[0]}", f"DTEND:{moments[1]}"]
        lines += ["SUMMARY:Cita con mi médico", "END:VEVENT"]
    return "\r\n".join([*lines, "END:VCALENDAR", ""]).encode()


Says = Callable[..., None]


@pytest.fixture
def elsewhere(therapist: StaffMember, settings: Any) -> Iterator[Says]:
    """The therapist's private calendar, on a server of its own; says what it is told to say."""
    settings.FETCH_PRIVATE_ADDRESSES = True
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Elsewhere)
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    url = f"http://127.0.0.1:{server.server_address[1]}/private.ics"
    CalendarImport.objects.create(staff=therapist, name="Personal", url=url, next_fetch_at=NOW)

    def says(*spans: tuple[datetime, datetime], status: int = 200, body: bytes = b"") -> None:
        _Elsewhere.status, _Elsewhere.body = status, body or calendar_of(*spans)

    yield says
    server.shutdown()
    server.server_close()


pytest_db = pytest.mark.django_db(transaction=True)


@pytest_db
def test_busy_elsewhere_is_busy_here(elsewhere: Says, book: Book) -> None:
    elsewhere((MONDAY_TEN - HOUR, MONDAY_TEN + HOUR / 2))

    assert read_next_calendar(now=NOW)

    source = CalendarImport.objects.get()
    assert (source.busy_count, source.problem, source.fetched_at) == (1, "", NOW)
    assert source.next_fetch_at == NOW + EVERY
    with pytest.raises(errors.SlotTaken):
        book()
    assert book(start=MONDAY_TEN + HOUR / 2).appointment


@pytest_db
def test_what_is_booked_here_stays_and_the_rest_is_taken(elsewhere: Says, book: Book) -> None:
    book()
    elsewhere((MONDAY_TEN - HOUR, MONDAY_TEN + 3 * HOUR))

    read_next_calendar(now=NOW)

    taken = Occupancy.objects.filter(source_kind="spa.import").order_by("during")
    pause = timedelta(minutes=10)
    assert [(row.during.lower, row.during.upper) for row in taken] == [
        (MONDAY_TEN - HOUR, MONDAY_TEN),
        (MONDAY_TEN + HOUR + pause, MONDAY_TEN + 3 * HOUR),
    ]
    assert count_overlaps() == 0


@pytest_db
def test_what_is_gone_there_is_free_here_at_the_next_reading(elsewhere: Says, book: Book) -> None:
    elsewhere((MONDAY_TEN, MONDAY_TEN + HOUR))
    read_next_calendar(now=NOW)
    assert not read_next_calendar(now=NOW + EVERY / 2)
    elsewhere()

    assert read_next_calendar(now=NOW + EVERY)

    assert book().appointment


@pytest_db
@pytest.mark.parametrize(
    "answer", [{"status": 500}, {"body": b"<html>sign in</html>"}, {"status": 302}]
)
def test_a_calendar_that_cannot_be_read_keeps_its_busy_time_and_says_why(
    elsewhere: Says, book: Book, answer: dict[str, Any]
) -> None:
    elsewhere((MONDAY_TEN, MONDAY_TEN + HOUR))
    read_next_calendar(now=NOW)
    elsewhere(**answer)

    assert read_next_calendar(now=NOW + EVERY)

    assert CalendarImport.objects.get().problem
    with pytest.raises(errors.SlotTaken):
        book()


@pytest_db
def test_an_address_inside_our_network_is_never_asked(
    elsewhere: Says, book: Book, settings: Any
) -> None:
    settings.FETCH_PRIVATE_ADDRESSES = False
    elsewhere((MONDAY_TEN, MONDAY_TEN + HOUR))

    read_next_calendar(now=NOW)

    assert CalendarImport.objects.get().problem
    assert not Occupancy.objects.exists()


@pytest_db
def test_a_calendar_that_was_switched_off_is_not_read(elsewhere: Says) -> None:
    CalendarImport.objects.update(is_active=False)

    assert not read_next_calendar(now=NOW)


@pytest_db
def test_a_new_reading_leaves_what_has_passed_and_takes_long_times_in_days(
    elsewhere: Says, therapist: StaffMember
) -> None:
    source = CalendarImport.objects.select_related("staff").get()
    passed = (NOW - 2 * HOUR, NOW - HOUR)
    trip = (NOW + HOUR, NOW + timedelta(days=2, hours=5))

    with transaction.atomic():
        first = take_outside_time(source, [passed, trip], now=NOW - timedelta(days=1))
        again = take_outside_time(source, [(NOW + HOUR, NOW + 2 * HOUR)], now=NOW)

    # The hour that has passed and three pieces; then the one hour that is still to come.
    assert (first, again) == (4, 1)
    rows = Occupancy.objects.filter(source_id=source.pk).order_by("during")
    assert [row.during.lower for row in rows] == [passed[0], trip[0]]
