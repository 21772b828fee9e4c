"""`waitlist`: joining, listing, leaving, answering (SPA-12)."""

from datetime import time, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from spa.models import Appointment, Service, StaffMember, WaitlistEntry, WaitlistOffer, WeeklyHours
from spa.tests.conftest import Book, coming
from spa.tests.ledger import nothing_changes, pay
from spa.tests.waitlist import hand_on
from users.models import User
from users.tests.factories import UserFactory

URL = "/api/v1/waitlist"
TEN = coming(3, 10)
DAY = TEN.date().isoformat()


@pytest.fixture
def taken(book: Book) -> Appointment:
    """In three days at ten, the only start of that day, is somebody else's already."""
    WeeklyHours.objects.update(starts=time(10), ends=time(11, 10))
    now = timezone.now()
    other = UserFactory.create().pk
    return pay(book(client_id=other, start=TEN, now=now), now=now).appointment


@pytest.fixture
def asked(taken: Appointment, service: Service) -> dict[str, Any]:
    """That day, whenever."""
    return {"services": [str(service.pk)], "date_from": DAY, "date_to": DAY}


def join(caller: Any, asked: Any) -> Any:
    return caller.post(URL, asked, format="json")


def answer(caller: Any, offer: WaitlistOffer, word: str, *, key: str | None = None) -> Any:
    return caller.post(
        f"{URL}/offers/{offer.pk}/{word}",
        {},
        format="json",
        headers={"Idempotency-Key": key or str(uuid4())},
    )


@pytest.fixture
def offer(api: Any, client_user: User, asked: Any, taken: Appointment) -> WaitlistOffer:
    """The client's open offer."""
    assert join(api.as_(client_user), asked).status_code == 201
    hand_on(taken, now=timezone.now())
    return WaitlistOffer.objects.get()


def test_joining_answers_the_entry_field_by_field(
    api: Any, client_user: User, asked: dict[str, Any], taken: Appointment, therapist: StaffMember
) -> None:
    body = asked | {
        "location": str(taken.location_id), "staff": str(therapist.pk),
        "time_from": "09:00", "time_to": "12:00", "notes": "Mejor temprano",
    }  # fmt: skip

    answer = join(api.as_(client_user), body)

    assert answer.status_code == 201
    entry = WaitlistEntry.objects.get()
    assert answer.json() == {
        "id": str(entry.pk),
        "status": "waiting",
        "client": str(client_user.pk),
        "location": str(taken.location_id),
        "services": asked["services"],
        "staff": str(therapist.pk),
        "party_size": 1,
        "date_from": DAY,
        "date_to": DAY,
        "time_from": "09:00:00",
        "time_to": "12:00:00",
        "notes": "Mejor temprano",
        "joined_at": answer.json()["joined_at"],
        "offers": [],
    }
    assert api.as_(client_user).get(URL).json()["results"] == [answer.json()]


def test_an_offer_is_shown_with_its_deadline_and_over_is_over(
    api: Any, client_user: User, offer: WaitlistOffer, therapist: StaffMember
) -> None:
    caller = api.as_(client_user)

    (entry,) = caller.get(URL).json()["results"]

    assert entry["status"] == "offered"
    assert entry["offers"] == [
        {
            "id": str(offer.pk),
            "status": "open",
            "start": TEN.isoformat(),
            "end": (TEN + timedelta(hours=1)).isoformat(),
            "staff": str(therapist.pk),
            "expires_at": offer.expires_at.astimezone(TEN.tzinfo).isoformat(),
            "appointment": None,
        }
    ]
    # Nobody has tidied it away, and still it is not shown as if it could be had.
    past = timezone.now() - timedelta(minutes=1)
    WaitlistOffer.objects.update(offered_at=past - timedelta(hours=1), expires_at=past)
    (entry,) = caller.get(URL).json()["results"]
    assert (entry["status"], entry["offers"][0]["status"]) == ("waiting", "expired")


def test_accepting_answers_the_visit_and_a_repeat_answers_the_same(
    api: Any, client_user: User, offer: WaitlistOffer
) -> None:
    caller, key = api.as_(client_user), str(uuid4())

    first = answer(caller, offer, "accept", key=key)
    with nothing_changes():
        again = answer(caller, offer, "accept", key=key)

    assert first.status_code == 201
    assert again.content == first.content
    assert again["Idempotency-Replayed"] == "true"
    body = first.json()
    assert (body["status"], body["start"]) == ("pending_payment", TEN.isoformat())
    assert body["payment"]["amount"] == "48000.00"
    (entry,) = caller.get(URL).json()["results"]
    assert (entry["status"], entry["offers"][0]["appointment"]) == ("booked", body["id"])
    other_key = answer(caller, offer, "accept")
    assert Appointment.objects.filter(channel="waitlist").count() == 1
    assert (other_key.status_code, other_key.json()["code"]) == (409, "SPA-OFFER-CLOSED")


def test_accepting_needs_a_key(api: Any, client_user: User, offer: WaitlistOffer) -> None:
    with nothing_changes():
        found = api.as_(client_user).post(f"{URL}/offers/{offer.pk}/accept", {}, format="json")

    assert found.json()["code"] == "CORE-IDEMPOTENCY-KEY-MISSING"


def test_after_the_deadline_accepting_is_a_conflict(
    api: Any, client_user: User, offer: WaitlistOffer
) -> None:
    past = timezone.now() - timedelta(minutes=1)
    WaitlistOffer.objects.update(offered_at=past - timedelta(hours=1), expires_at=past)

    found = answer(api.as_(client_user), offer, "accept")

    assert (found.status_code, found.json()["code"]) == (409, "SPA-OFFER-EXPIRED")


def test_declining_answers_the_entry_that_goes_on_waiting(
    api: Any, client_user: User, offer: WaitlistOffer
) -> None:
    found = answer(api.as_(client_user), offer, "decline")

    assert found.status_code == 200
    body = found.json()
    assert (body["status"], body["offers"][0]["status"]) == ("waiting", "declined")


def test_leaving_and_leaving_again(api: Any, client_user: User, asked: dict[str, Any]) -> None:
    caller = api.as_(client_user)
    path = f"{URL}/{join(caller, asked).json()['id']}"

    assert caller.delete(path).status_code == 204
    with nothing_changes():
        assert caller.delete(path).json()["code"] == "SPA-WAITLIST-ENTRY-CLOSED"
    assert caller.get(f"{URL}?status=waiting").json()["count"] == 0
    assert caller.get(f"{URL}?status=left").json()["count"] == 1


def test_nobody_sees_or_touches_what_is_somebody_elses(
    api: Any, client_user: User, staff_user: User, offer: WaitlistOffer
) -> None:
    stranger = api.as_(UserFactory.create())

    with nothing_changes():
        codes = [
            stranger.delete(f"{URL}/{offer.entry_id}").json()["code"],
            answer(stranger, offer, "decline").json()["code"],
        ]
        assert stranger.get(URL).json()["count"] == 0
    assert codes == ["SPA-WAITLIST-ENTRY-NOT-FOUND", "SPA-OFFER-NOT-FOUND"]
    assert answer(stranger, offer, "accept").json()["code"] == "SPA-OFFER-NOT-FOUND"
    assert not Appointment.objects.filter(channel="waitlist").exists()
    assert api.as_(staff_user).get(URL).json()["count"] == 1


def test_the_desk_lets_a_client_wait_with_priority_and_accepts_for_them(
    api: Any, client_user: User, staff_user: User, asked: dict[str, Any], taken: Appointment
) -> None:
    desk = api.as_(staff_user)

    found = join(desk, asked | {"client": str(client_user.pk), "priority": 5})

    entry = WaitlistEntry.objects.get()
    assert found.status_code == 201
    assert (entry.client_id, entry.joined_by_id, entry.priority) == (
        client_user.pk, staff_user.pk, 5,
    )  # fmt: skip
    hand_on(taken, now=timezone.now())
    body = answer(desk, WaitlistOffer.objects.get(), "accept").json()
    visit = Appointment.objects.get(pk=body["id"])
    assert (visit.client_id, visit.booked_by_id) == (client_user.pk, staff_user.pk)


@pytest.mark.parametrize("field", ["client", "priority", "status"])
def test_na_01_a_client_cannot_join_for_others_or_jump_the_line(
    api: Any, client_user: User, asked: dict[str, Any], field: str
) -> None:
    with nothing_changes():
        found = join(api.as_(client_user), asked | {field: str(uuid4())})

    assert (found.status_code, found.json()["code"]) == (400, "CORE-INPUT-INVALID")


@pytest.mark.parametrize(
    "wrong",
    [
        {"services": []},
        {"party_size": 0},
        {"party_size": 5},
        {"date_to": "2020-01-01"},
        {"time_from": "12:00", "time_to": "11:59"},
        {"notes": "x" * 501},
    ],
)
def test_what_makes_no_sense_is_refused(
    api: Any, client_user: User, asked: dict[str, Any], wrong: dict[str, Any]
) -> None:
    with nothing_changes():
        found = join(api.as_(client_user), asked | wrong)

    assert (found.status_code, found.json()["code"]) == (400, "CORE-INPUT-INVALID")


def test_free_times_are_named_instead(
    api: Any, client_user: User, asked: dict[str, Any], therapist: StaffMember
) -> None:
    later = coming(5, 10)

    found = join(api.as_(client_user), asked | {"date_to": later.date().isoformat()})

    assert (found.status_code, found.json()["code"]) == (409, "SPA-WAITLIST-TIME-FREE")
    starts = [free["start"] for free in found.json()["facts"]["alternatives"]]
    assert starts == [coming(4, 10).isoformat(), later.isoformat()]


@pytest.mark.parametrize("count", [1, 6])
def test_the_number_of_queries_does_not_grow_with_the_entries(
    api: Any,
    staff_user: User,
    asked: dict[str, Any],
    taken: Appointment,
    count: int,
    django_assert_num_queries: Any,
) -> None:
    for _ in range(count):
        assert join(api.as_(UserFactory.create()), asked).status_code == 201
    hand_on(taken, now=timezone.now())
    caller = api.as_(staff_user)
    caller.get(URL)

    # The session, the count, the entries with their places, their services, their offers.
    with django_assert_num_queries(5):
        found = caller.get(URL)

    assert len(found.json()["results"]) == count
