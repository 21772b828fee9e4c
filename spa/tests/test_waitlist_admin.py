"""The waitlist as a receptionist handles it (SPA-12)."""

from datetime import time, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from core.models import AuditEntry, Location, OutboxMessage
from spa.events import ScheduleOpened
from spa.models import (
    Appointment,
    Service,
    StaffMember,
    WaitlistEntry,
    WaitlistOffer,
    WeeklyHours,
)
from spa.tests.conftest import Book, coming
from spa.tests.ledger import nothing_changes, pay
from spa.tests.waitlist import colleague, hand_on, offers, wait
from users.models import User
from users.tests.factories import UserFactory

LIST = "admin:spa_waitlistentry_changelist"
ADD = "admin:spa_waitlistentry_add"
TEN = coming(3, 10)


@pytest.fixture
def desk(admin_user: User) -> Client:
    """The browser of somebody at the desk."""
    admin_user.is_staff = admin_user.is_superuser = True
    admin_user.save(update_fields=["is_staff", "is_superuser"])
    found = Client()
    found.force_login(admin_user)
    return found


@pytest.fixture
def taken(book: Book) -> Appointment:
    """In three days at ten, the only start of that day, is somebody's already."""
    WeeklyHours.objects.update(starts=time(10), ends=time(11, 10))
    now = timezone.now()
    other = UserFactory.create().pk
    return pay(book(client_id=other, start=TEN, now=now), now=now).appointment


@pytest.fixture
def filled_in(taken: Appointment, service: Service, client_user: User) -> dict[str, Any]:
    """What the desk types while the client is on the phone."""
    return {
        "client": client_user.pk,
        "location": taken.location_id,
        "services": [service.pk],
        "party_size": 1,
        "date_from": TEN.date().isoformat(),
        "date_to": TEN.date().isoformat(),
        "priority": 3,
        "notes": "Llama su hermana",
    }


def waiting(**changes: Any) -> WaitlistEntry:
    days = {"date_from": TEN.date(), "date_to": TEN.date()}
    return wait(now=timezone.now(), **days | changes)


def said(answer: Any) -> list[str]:
    return [str(message) for message in get_messages(answer.wsgi_request)]


def act(desk: Client, action: str, *entries: WaitlistEntry) -> Any:
    chosen = {"action": action, "_selected_action": [entry.pk for entry in entries]}
    return desk.post(reverse(LIST), chosen)


def test_somebody_who_calls_is_written_down_and_it_is_on_record(
    desk: Client, filled_in: dict[str, Any], admin_user: User, client_user: User
) -> None:
    answer = desk.post(reverse(ADD), filled_in)

    assert answer.status_code == 302, answer.context["errors"]
    entry = WaitlistEntry.objects.get()
    assert (entry.client_id, entry.joined_by_id) == (client_user.pk, admin_user.pk)
    assert (entry.priority, entry.notes, entry.status) == (3, "Llama su hermana", "waiting")
    assert [wanted.service_id for wanted in entry.wanted.all()] == filled_in["services"]
    assert AuditEntry.objects.get(action="spa.waitlistentry.added").subject_id == str(entry.pk)


def test_a_refusal_is_told_and_keeps_what_was_filled_in(
    desk: Client, filled_in: dict[str, Any]
) -> None:
    later = coming(4, 10).date().isoformat()

    with nothing_changes():
        answer = desk.post(reverse(ADD), filled_in | {"date_to": later})

    assert "hay horarios libres" in said(answer)[0]
    page = desk.get(answer["Location"])
    assert later in page.content.decode()


def test_nobody_waits_for_nothing(desk: Client, filled_in: dict[str, Any]) -> None:
    with nothing_changes():
        answer = desk.post(reverse(ADD), filled_in | {"services": []})

    assert answer.status_code == 200
    assert "Elige al menos un servicio" in answer.content.decode()


def test_the_line_is_shown_in_order_with_a_constant_number_of_queries(
    desk: Client, taken: Appointment, django_assert_max_num_queries: Any
) -> None:
    waiting()
    urgent = waiting(priority=9)
    hand_on(taken, now=timezone.now())
    desk.get(reverse(LIST))

    with django_assert_max_num_queries(20) as few:
        page = desk.get(reverse(LIST)).content.decode()
    for _ in range(6):
        waiting()
    with django_assert_max_num_queries(len(few)):
        desk.get(reverse(LIST))

    assert page.index(str(urgent.pk)) < page.index("En espera")
    assert f"{TEN:%d/%m %H:%M}" in page


def test_the_page_of_somebody_who_waits_says_why_they_were_passed_over(
    desk: Client, taken: Appointment
) -> None:
    first, second = waiting(), waiting()
    hand_on(taken, now=timezone.now())

    pages = [
        desk.get(reverse("admin:spa_waitlistentry_change", args=[e.pk])).content.decode()
        for e in (first, second)
    ]

    assert "Esperando respuesta" in pages[0]
    assert "No cabe en lo que se liberó" in pages[1]


def test_only_the_priority_of_somebody_who_waits_is_changed(
    desk: Client, taken: Appointment
) -> None:
    entry = waiting()
    url = reverse("admin:spa_waitlistentry_change", args=[entry.pk])

    rows = {
        f"{rows}-{count}_FORMS": 0 for rows in ("offers", "skips") for count in ("TOTAL", "INITIAL")
    }

    answer = desk.post(url, {"priority": 7, "party_size": 4, "status": "left", **rows})

    assert answer.status_code == 302
    entry.refresh_from_db()
    assert (entry.priority, entry.party_size, entry.status) == (7, 1, "waiting")


def test_the_desk_offers_what_is_free_to_whom_it_chooses(
    desk: Client, taken: Appointment, location: Location
) -> None:
    _, chosen = waiting(), waiting()
    colleague(location)

    answer = act(desk, "offer", chosen)

    assert offers() == [(chosen.pk, "open")]
    assert said(answer) == ["Se hizo 1 oferta."]


def test_the_desk_takes_somebody_off_and_their_offer_goes_on(
    desk: Client, taken: Appointment
) -> None:
    first, second = waiting(), waiting()
    hand_on(taken, now=timezone.now())

    act(desk, "take_off", first)
    again = act(desk, "take_off", first)

    first.refresh_from_db()
    assert first.status == "left"
    assert offers() == [(first.pk, "declined"), (second.pk, "open")]
    assert said(again) == ["Esta espera ya terminó."]


def test_somebody_without_the_right_cannot_offer_or_take_off(
    taken: Appointment, location: Location, staff_user: User
) -> None:
    entry = waiting()
    colleague(location)
    staff_user.is_staff = True
    staff_user.save(update_fields=["is_staff"])
    browser = Client()
    browser.force_login(staff_user)

    answer = act(browser, "offer", entry)

    assert answer.status_code == 403
    assert not WaitlistOffer.objects.exists()
    # Who may look at the list may not act on it.
    staff_user.user_permissions.set(Permission.objects.filter(codename="view_waitlistentry"))
    for action in ("offer", "take_off"):
        with nothing_changes():
            assert act(browser, action, entry).status_code == 200


def test_new_hours_at_the_desk_are_told_to_the_waitlist(
    desk: Client, therapist: StaffMember, location: Location
) -> None:
    url = reverse("admin:spa_staffmember_change", args=[therapist.pk])
    form = {
        "display_name": therapist.display_name,
        "position": 0,
        "is_bookable": "on",
        "weekly_hours-TOTAL_FORMS": 0,
        "weekly_hours-INITIAL_FORMS": 0,
        "exceptions-TOTAL_FORMS": 0,
        "exceptions-INITIAL_FORMS": 0,
    }
    opened = OutboxMessage.objects.filter(topic=ScheduleOpened.topic)

    assert desk.post(url, form).status_code == 302
    assert not opened.exists()
    extra = {"date": (TEN + timedelta(days=1)).date().isoformat(), "location": location.pk}
    hours = extra | {"starts": "20:00", "ends": "21:10", "reason": ""}
    form["exceptions-TOTAL_FORMS"] = 1
    form |= {f"exceptions-0-{name}": value for name, value in hours.items()}
    assert desk.post(url, form).status_code == 302

    assert [message.payload["location_id"] for message in opened] == [str(location.pk)]
