"""Classes to test with: a schedule, its sessions, people who come and pay."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.utils import timezone

from core.models import Location
from finances.domain.accounts import Account
from finances.models import CreditLot
from finances.selectors.payments import list_payments_of
from finances.steps.credit import issue_credit
from finances.steps.settlement import settle
from finances.types import Allocation, PaymentView, Settled
from spa.domain.classes import HOLDING
from spa.models import (
    ClassSchedule,
    ClassSession,
    ClassType,
    Enrolment,
    ResourceKind,
    StaffMember,
)
from spa.services.class_planning import make_sessions
from spa.services.enrolment import Placed, Wish, enrol, leave
from spa.steps.enrolment import ENROLMENT_KIND
from spa.steps.enrolment_settlement import EnrolmentPayable
from spa.tests.conftest import NOW, coming
from spa.tests.factories import RoomFactory, StaffFactory
from spa.tests.ledger import approved
from users.tests.factories import UserFactory

PRICE = Decimal("40000.00")
MONDAY = date(2026, 12, 7)
URL = "/api/v1/classes/sessions"
LATE = NOW + timedelta(minutes=21)


def class_type(**changes: Any) -> ClassType:
    """An hour of yoga for three people at 40 000 COP each."""
    values = {"name": "Yoga suave", "duration_minutes": 60, "price": PRICE, "capacity": 3}
    return ClassType.objects.create(**values | changes)


def schedule(location: Location, **changes: Any) -> ClassSchedule:
    """Mondays at ten from the first of December on, with somebody of the team, without a room."""
    values: dict[str, Any] = {
        "location": location,
        "weekdays": [1],
        "starts": time(10),
        "valid_from": date(2026, 12, 1),
        **changes,
    }
    values.setdefault("class_type", None)
    values["class_type"] = values["class_type"] or class_type()
    values.setdefault("instructor", None)
    values["instructor"] = values["instructor"] or StaffFactory.create(location=location)
    return ClassSchedule.objects.create(**values)


def session_of(found: ClassSchedule, *, day: date = MONDAY, now: datetime = NOW) -> ClassSession:
    """The class of a date, made as the task makes it."""
    make_sessions(schedule_id=found.pk, now=now)
    return ClassSession.objects.get(schedule=found, date=day)


def a_class(location: Location, **changes: Any) -> ClassSession:
    """A class on Monday at ten; `changes` are those of its type."""
    return session_of(schedule(location, class_type=class_type(**changes)))


def come(
    session: ClassSession,
    client_id: UUID | None = None,
    *,
    now: datetime = NOW,
    actor_id: UUID | None = None,
    **wish: Any,
) -> Placed:
    """Somebody, or somebody new, takes a seat."""
    client_id = client_id or UserFactory.create().pk
    return enrol(
        client_id=client_id,
        session_id=session.pk,
        wish=Wish(**wish),
        actor_id=actor_id or client_id,
        now=now,
    )


def go(
    place: Enrolment,
    *,
    now: datetime = NOW,
    actor_id: UUID | None = None,
    waive_reason: str = "",
) -> Enrolment:
    """They leave again."""
    return leave(
        client_id=place.client_id,
        session_id=place.session_id,
        actor_id=actor_id or place.client_id,
        waive_reason=waive_reason,
        now=now,
    )


def payment_of(place: Enrolment) -> PaymentView:
    """The place's payment as it is now."""
    return list_payments_of(payable_kind=ENROLMENT_KIND, payable_ids=[place.pk])[place.pk]


def pay(*places: Enrolment, now: datetime = NOW, attempt: int = 1) -> None:
    """Settle the places' payments in one batch, as the webhook's handler and the poller do."""
    seen = [approved(payment_of(place), now=now, attempt=attempt) for place in places]
    with transaction.atomic():
        settle(seen, now=now)


def arrived(place: Enrolment, *, now: datetime = NOW, amount: Decimal = PRICE) -> Settled:
    """Money for the place, as finances tells of it."""
    return Settled(
        payment_id=uuid4(),
        payable_id=place.pk,
        client_id=place.client_id,
        kind="class",
        amount=amount,
        currency="COP",
        paid_at=now,
    )


def answers(*paid: Settled, now: datetime = NOW) -> Sequence[Allocation]:
    """What places answer finances."""
    with transaction.atomic():
        return EnrolmentPayable().settle(paid=paid, now=now)


def certain(session: ClassSession, *, now: datetime = NOW) -> Enrolment:
    """Somebody with a paid place."""
    place = come(session, now=now).enrolment
    pay(place, now=now)
    place.refresh_from_db()
    return place


def waiting(session: ClassSession, *, now: datetime = NOW) -> Enrolment:
    """Somebody in line."""
    place = come(session, now=now, wait=True).enrolment
    assert place.status == "waiting"
    return place


def rich(client_id: UUID, amount: str) -> CreditLot:
    """The client has credit."""
    with transaction.atomic():
        return issue_credit(
            client_id=client_id,
            amount=Decimal(amount),
            currency="COP",
            source=Account.PROMOTIONS,
            cause_kind="test",
            cause_id=uuid4(),
            reason="prueba",
            now=NOW,
        )


def status_of(place: Enrolment) -> str:
    """Where the place stands now."""
    return Enrolment.objects.values_list("status", flat=True).get(pk=place.pk)


def assert_seats_agree() -> None:
    """The counter of each class is the number of places that hold a seat of it."""
    for session in ClassSession.objects.all():
        held = Enrolment.objects.filter(
            session=session, status__in=[status.value for status in HOLDING]
        ).count()
        assert session.seats_taken == held <= session.capacity


def teacher(location: Location, **more: Any) -> StaffMember:
    """Somebody else of the team."""
    return StaffFactory.create(location=location, **more)


def soon(location: Location, *, days: int = 3, **changes: Any) -> ClassSession:
    """A class at ten in some days: the API's clock is the real one."""
    day = coming(days, 10).date()
    found = schedule(
        location,
        class_type=class_type(**changes),
        weekdays=[day.isoweekday()],
        valid_from=day,
        valid_until=day,
        room=RoomFactory.create(location=location, kind=ResourceKind.ROOM),
    )
    return session_of(found, day=day, now=timezone.now())


def post(caller: Any, session: ClassSession, verb: str, *, key: str = "", **body: Any) -> Any:
    headers = {"Idempotency-Key": key or str(uuid4())}
    return caller.post(f"{URL}/{session.pk}/{verb}", body, format="json", headers=headers)


def now_place(session: ClassSession, client: Any, **wish: Any) -> Enrolment:
    return come(session, client.pk, now=timezone.now(), **wish).enrolment


def begin(session: ClassSession) -> None:
    """The class has begun."""
    now = timezone.now()
    ClassSession.objects.filter(pk=session.pk).update(
        starts_at=now - timedelta(minutes=1), ends_at=now + timedelta(minutes=59)
    )
