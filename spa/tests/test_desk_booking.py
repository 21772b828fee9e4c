"""Booking for a client at the desk: the same booking, and favours with a reason (SPA-05, NA-47)."""

from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import uuid4

import pytest

from core.errors import DomainError
from core.models import Location
from core.testing import deliver_outbox, race
from notifications.models import Notification
from spa import errors
from spa.models import Appointment, Occupancy, Service, StaffMember
from spa.services.desk_booking import Favour, book_for_client
from spa.tests.conftest import MONDAY_TEN, NOW, Book, coming, local
from spa.tests.factories import StaffFactory
from spa.tests.ledger import count_overlaps, nothing_changes, payment_of
from spa.tests.test_booking_races import names
from spa.tests.visits import audited
from users import errors as people
from users.tests.factories import UserFactory

LIMITS = Favour(is_override=True, reason="Lo pide")
FREE = Favour(waives_deposit=True, reason="Clienta de siempre")


@pytest.fixture
def client(db: None) -> Any:
    """Somebody who calls."""
    return UserFactory.create()


@pytest.fixture
def desk(book: Book, client: Any, staff_user: Any) -> Any:
    """Book Monday at ten for the client who calls."""
    asked = {key: value for key, value in book.keywords.items() if key != "is_vip"}
    people = {"client_id": client.pk, "actor_id": staff_user.pk, "favour": Favour()}
    return partial(book_for_client, **asked | people)


def test_the_visit_is_the_clients_and_says_who_booked_it(
    desk: Any, client: Any, staff_user: Any
) -> None:
    booked = desk(notes="Llamó por teléfono")

    visit = Appointment.objects.get()
    assert (visit.client_id, visit.booked_by_id) == (client.pk, staff_user.pk)
    assert (visit.channel, visit.status) == ("staff", "pending_payment")
    assert (visit.deposit, visit.notes) == (Decimal("48000.00"), "Llamó por teléfono")
    assert visit.transitions.get().actor_id == staff_user.pk
    assert booked.payment is not None
    assert payment_of(visit).client_id == client.pk
    assert Occupancy.objects.get().hold_expires_at == NOW + timedelta(minutes=20)
    assert audited("spa.appointment.booked-against-the-rules") == []


@pytest.mark.parametrize(("role", "price"), [("vip", 100_000), ("client", 120_000)])
def test_it_is_the_booking_the_client_would_have_made(
    desk: Any, book: Book, client: Any, role: str, price: int
) -> None:
    client.role = role
    client.save(update_fields=["role"])
    Service.objects.update(vip_price=100_000)

    theirs = desk().appointment
    own = book(client_id=client.pk, is_vip=role == "vip", start=local(8, 10)).appointment

    agreed = ("total", "deposit", "title", "currency", "staff_id", "location_id", "status")
    assert [getattr(theirs, name) for name in agreed] == [getattr(own, name) for name in agreed]
    assert theirs.total == price
    assert theirs.policy["hold_minutes"] == own.policy["hold_minutes"]


def test_a_waived_deposit_makes_the_visit_certain_at_once(
    desk: Any, client: Any, staff_user: Any
) -> None:
    booked = desk(favour=FREE)

    visit = Appointment.objects.get()
    assert (visit.status, visit.deposit, visit.total) == (
        "confirmed", Decimal(0), Decimal("120000.00"),
    )  # fmt: skip
    assert (visit.policy["deposit"], visit.policy["balance"]) == ("0.00", "120000.00")
    assert (booked.payment, visit.hold_expires_at) == (None, None)
    assert Occupancy.objects.get().hold_expires_at is None
    (entry,) = audited("spa.appointment.booked-against-the-rules")
    assert (entry.actor_id, entry.subject_id) == (staff_user.pk, str(visit.pk))
    assert entry.facts == {
        "limits_overridden": False,
        "deposit_waived": True,
        "reason": "Clienta de siempre",
    }
    deliver_outbox()
    message = Notification.objects.get()
    assert (message.person_id, message.template) == (client.pk, "booking_confirmed")


@pytest.mark.parametrize("favour", [Favour(is_override=True), Favour(waives_deposit=True)])
def test_no_favour_without_a_reason(desk: Any, favour: Favour) -> None:
    with nothing_changes(), pytest.raises(errors.ReasonMissing):
        desk(favour=favour)


def test_the_clients_limits_bind_the_desk_unless_it_says_why(desk: Any, certain: Book) -> None:
    certain(client_id=desk.keywords["client_id"])
    later = partial(desk, start=local(8, 10))

    with nothing_changes(), pytest.raises(errors.ActiveLimitReached):
        later()
    with nothing_changes(), pytest.raises(errors.ActiveLimitReached):
        later(favour=FREE)
    later(favour=LIMITS)

    assert Appointment.objects.filter(channel="staff").count() == 1
    (entry,) = audited("spa.appointment.booked-against-the-rules")
    assert entry.facts["limits_overridden"] is True


def test_a_debt_binds_the_desk_unless_it_says_why(desk: Any, certain: Book) -> None:
    certain(client_id=desk.keywords["client_id"], start=local(8, 10))
    Appointment.objects.update(status="completed", completed_at=NOW)

    with nothing_changes(), pytest.raises(errors.DebtOpen):
        desk()
    desk(favour=LIMITS)

    assert Appointment.objects.filter(channel="staff").count() == 1


def test_who_walks_in_is_served_now_when_the_desk_says_why(desk: Any) -> None:
    now = MONDAY_TEN - timedelta(minutes=2)

    with nothing_changes(), pytest.raises(errors.SlotTooSoon):
        desk(now=now)
    with nothing_changes(), pytest.raises(errors.SlotTooSoon):
        desk(now=MONDAY_TEN + timedelta(minutes=1), favour=LIMITS)
    visit = desk(now=now, favour=LIMITS).appointment

    assert (visit.starts_at, visit.hold_expires_at) == (MONDAY_TEN, MONDAY_TEN)


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"start": local(7, 10, 7)}, errors.SlotNotOffered),
        ({"start": local(7, 21)}, errors.SlotNotOffered),
        ({"start": NOW + timedelta(days=61)}, errors.SlotTooFar),
        ({"service_ids": [uuid4()]}, errors.ServiceNotOffered),
        ({"staff_id": uuid4()}, errors.StaffNotAble),
        ({"client_id": uuid4()}, people.PersonUnknown),
    ],
)
def test_na_12_no_favour_makes_possible_what_is_not(
    desk: Any, changes: dict[str, Any], refusal: type[DomainError]
) -> None:
    favour = Favour(is_override=True, waives_deposit=True, reason="Lo pide")

    with nothing_changes(), pytest.raises(refusal):
        desk(**{"favour": favour, **changes})


def test_nobody_books_for_who_is_banned(desk: Any, client: Any) -> None:
    client.banned_at = NOW
    client.save(update_fields=["banned_at"])

    for favour in (Favour(), LIMITS):
        with nothing_changes(), pytest.raises(people.Banned):
            desk(favour=favour)


def test_a_taken_start_is_taken_for_the_desk_too(desk: Any, book: Book) -> None:
    book()

    with nothing_changes(), pytest.raises(errors.SlotTaken) as refused:
        desk(favour=LIMITS)

    assert len(refused.value.facts["alternatives"]) == 3


@pytest.mark.django_db(transaction=True)
def test_the_desk_and_clients_race_for_one_slot_and_one_wins(desk: Any, book: Book) -> None:
    callers = UserFactory.create_batch(4)
    calls = [partial(desk, client_id=person.pk, favour=FREE) for person in callers]
    calls += [partial(book, client_id=person.pk) for person in UserFactory.create_batch(4)]

    outcomes = race(calls)

    assert names(outcomes) == {"Booked": 1, "SlotTaken": 7}
    assert count_overlaps() == 0


@pytest.mark.django_db(transaction=True)
def test_the_desk_and_the_client_together_never_exceed_the_clients_limits(
    desk: Any, book: Book, location: Location
) -> None:
    StaffFactory.create_batch(7, location=location)
    own = partial(book, client_id=desk.keywords["client_id"])

    outcomes = race([own, desk] * 4)

    assert names(outcomes) == {"Booked": 3, "OpenHoldsLimitReached": 5}


URL = "/api/v1/appointments"


@pytest.fixture
def asked(service: Service, therapist: StaffMember, client: Any) -> dict[str, Any]:
    """A visit of the client who calls, in three days at ten."""
    start = coming(3, 10).isoformat()
    return {"client": str(client.pk), "services": [str(service.pk)], "start": start}


def post(caller: Any, body: Any, *, key: str | None = None) -> Any:
    """`POST appointments` under a key of its own."""
    return caller.post(URL, body, format="json", headers={"Idempotency-Key": key or str(uuid4())})


def test_staff_book_over_the_same_address_for_any_client(
    api: Any, staff_user: Any, client: Any, asked: dict[str, Any]
) -> None:
    answer = post(api.as_(staff_user), asked, key="k")
    again = post(api.as_(staff_user), asked, key="k")

    body = answer.json()
    assert (answer.status_code, body["status"]) == (201, "pending_payment")
    assert again.content == answer.content
    mine = api.as_(client).get(f"{URL}/{body['id']}").json()
    assert mine == body
    assert Appointment.objects.get().client_id == client.pk


def test_staff_waive_the_deposit_and_the_limits_with_a_reason(
    api: Any, staff_user: Any, asked: dict[str, Any]
) -> None:
    caller = api.as_(staff_user)
    favours = {"waive_deposit": True, "override": True, "reason": "Cortesía"}

    first = post(caller, asked | favours)
    second = post(caller, asked | favours | {"start": coming(4, 10).isoformat()})

    assert [row.json()["status"] for row in (first, second)] == ["confirmed"] * 2
    assert [row.json()["payment"] for row in (first, second)] == [None] * 2
    assert len(audited("spa.appointment.booked-against-the-rules")) == 2


def test_staff_who_name_nobody_book_for_themselves(
    api: Any, staff_user: Any, asked: dict[str, Any]
) -> None:
    del asked["client"]

    assert post(api.as_(staff_user), asked).status_code == 201

    visit = Appointment.objects.get()
    assert (visit.client_id, visit.channel) == (staff_user.pk, "client")
    assert visit.booked_by_id is None


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"override": True}, "reason"),
        ({"waive_deposit": True}, "reason"),
        ({"waive_deposit": True, "reason": "Sí", "client": None}, "client"),
        ({"client": "alguien"}, "client"),
        ({"status": "confirmed"}, "status"),
    ],
)
def test_na_01_a_malformed_favour_is_refused_and_leaves_no_trace(
    api: Any, staff_user: Any, asked: dict[str, Any], changes: dict[str, Any], field: str
) -> None:
    with nothing_changes():
        answer = post(api.as_(staff_user), asked | changes)

    assert answer.status_code == 400
    assert [row["field"] for row in answer.json()["errors"]] == [field]


@pytest.mark.parametrize("field", ["client", "override", "waive_deposit", "reason"])
def test_na_01_a_client_cannot_do_themselves_a_favour(
    api: Any, client: Any, asked: dict[str, Any], field: str
) -> None:
    value = {"client": asked.pop("client"), "reason": "Sí"}.get(field, True)

    with nothing_changes():
        answer = post(api.as_(client), asked | {field: value})

    assert answer.status_code == 400
    assert [row["field"] for row in answer.json()["errors"]] == [field]


def test_a_client_nobody_knows_is_not_found(
    api: Any, staff_user: Any, asked: dict[str, Any]
) -> None:
    answer = post(api.as_(staff_user), asked | {"client": str(uuid4())})

    assert (answer.status_code, answer.json()["code"]) == (404, "USERS-PERSON-UNKNOWN")
