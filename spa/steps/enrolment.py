"""Seats of a class: taken, kept for a while, given to the next in line (SPA-21, NA-15, NA-18).

A seat is taken by one conditional UPDATE of the class's counter; everything else about the people
in a class happens under the lock of its row. `seats_taken` is always the number of enrolments that
hold a seat: the two change in one transaction. Order of locks: person, payment, class, package.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, QuerySet

from core.db import fetch, requires_transaction
from core.money import ZERO
from core.selectors.settings import get_settings
from finances.steps.credit import release_credit, use_credit
from finances.steps.payments import expire_payments
from spa import errors
from spa.domain.classes import ENROLMENT_LIFE, HELD, EnrolmentStatus
from spa.domain.lifecycle import AppointmentStatus
from spa.domain.policy import BookingPolicy
from spa.domain.waiting import offer_ends
from spa.events import ClassEnrolled, ClassSeatExpired, ClassSeatOffered
from spa.metrics import ENROLMENTS
from spa.models import Appointment, BookingSettings, ClassSession, Enrolment
from spa.steps.classes import announce_to

ENROLMENT_KIND = "spa.enrolment"
PAID = ["status", "paid", "credit_used", "hold_expires_at", "closed_at", "updated_at"]
GONE = {"hold_expires_at": None, "paid": ZERO, "credit_used": ZERO}

# The guard against overselling (NA-18): rivals wait for the row, and then see the count they left.
TAKE = """
UPDATE spa_classsession
   SET seats_taken = seats_taken + %(seats)s, updated_at = %(now)s
 WHERE id = %(session)s AND status = 'scheduled' AND starts_at > %(now)s
   AND seats_taken + %(seats)s <= capacity
RETURNING seats_taken
"""


@requires_transaction
def take_seats(session: ClassSession, *, now: datetime, seats: int = 1) -> bool:
    """Take seats of a class that is still to come, if they are free; it stays locked after."""
    found = fetch(TAKE, {"session": session.pk, "now": now, "seats": seats})
    if not found:
        return False
    ((session.seats_taken,),) = found
    return True


@requires_transaction
def move(
    enrolments: Sequence[Enrolment], target: EnrolmentStatus, *, now: datetime, **changes: Any
) -> None:
    """Bring enrolments of locked classes to `target`, with what else changes. One UPDATE.

    Raises `ValueError` for a step that is not in the table: callers choose whom they move.
    """
    for enrolment in enrolments:
        if not ENROLMENT_LIFE.allows(enrolment.status, target):
            raise ValueError(f"an enrolment that is {enrolment.status} cannot be {target}")
        for name, value in {"status": target.value, **changes}.items():
            setattr(enrolment, name, value)
    if enrolments:
        Enrolment.objects.filter(pk__in=[enrolment.pk for enrolment in enrolments]).update(
            status=target.value, updated_at=now, **changes
        )
        count_reached(enrolments)


@requires_transaction
def make_certain(places: Sequence[Enrolment], *, now: datetime) -> None:
    """Store places of locked classes as paid, spend the credit that pays with it, and say so.

    A statement each for places, credit and events, however many places there are.
    """
    if not places:
        return
    for place in places:
        place.status, place.updated_at = EnrolmentStatus.ENROLLED.value, now
        place.hold_expires_at = place.closed_at = None
    Enrolment.objects.bulk_update(places, PAID)
    by_credit = [place.pk for place in places if place.credit_used]
    if by_credit:
        use_credit(payable_kind=ENROLMENT_KIND, payable_ids=by_credit, now=now)
    announce_to(places, ClassEnrolled)
    count_reached(places)


def count_reached(enrolments: Collection[Enrolment]) -> None:
    """Count where people are in classes, once it is certain."""
    transaction.on_commit(
        partial(_count, Counter(enrolment.status for enrolment in enrolments)), robust=True
    )


def _count(reached: Counter[str]) -> None:
    for status, number in reached.items():
        ENROLMENTS.labels(status=status).inc(number)


@requires_transaction
def give_up(
    session: ClassSession,
    enrolments: Sequence[Enrolment],
    target: EnrolmentStatus,
    *,
    now: datetime,
) -> None:
    """End what is not paid yet in a locked class: its checkout closes, reserved credit goes back.

    Seats that come free are offered to the next in line.
    """
    seats = sum(enrolment.holds_seat for enrolment in enrolments)
    ids = [enrolment.pk for enrolment in enrolments]
    move(enrolments, target, now=now, closed_at=now, **GONE)
    expire_payments(payable_kind=ENROLMENT_KIND, payable_ids=ids, now=now)
    release_credit(payable_kind=ENROLMENT_KIND, payable_ids=ids, now=now)
    free_seats(session, seats, now=now)


@requires_transaction
def free_seats(session: ClassSession, count: int, *, now: datetime) -> None:
    """Give seats of a locked class back, and offer what is free to the next in line."""
    if count:
        ClassSession.objects.filter(pk=session.pk).update(
            seats_taken=F("seats_taken") - count, updated_at=now
        )
        session.seats_taken -= count
        offer_seats(session, now=now)


@requires_transaction
def offer_seats(session: ClassSession, *, now: datetime) -> None:
    """Keep each free seat of a locked class for the next in line, and tell them (NA-15).

    Nobody is asked about a class that is over, cancelled, or so near that nobody could answer.
    """
    policy = get_settings(BookingSettings).policy
    end = answer_by(session, policy, now=now)
    if not policy.waitlist_enabled or end is None:
        return
    line = list_in_class(session, [EnrolmentStatus.WAITING])
    line = line.filter(client__is_active=True, client__banned_at=None)
    asked = list(line.order_by("joined_at", "pk")[: session.capacity - session.seats_taken])
    if not asked or not take_seats(session, now=now, seats=len(asked)):
        return
    for enrolment in asked:
        enrolment.session = session
    move(asked, EnrolmentStatus.OFFERED, now=now, hold_expires_at=end)
    announce_to(asked, ClassSeatOffered, expires_at=end)


def answer_by(session: ClassSession, policy: BookingPolicy, *, now: datetime) -> datetime | None:
    """Until when a seat offered now would be kept; `None` when nobody could answer in time.

    As for visits, but for the notice: a seat can be taken until the class begins.
    """
    minutes = policy.waitlist_offer_minutes
    return offer_ends(session.starts_at, now=now, minutes=minutes, notice_minutes=0)


@requires_transaction
def expire_held(session: ClassSession, *, now: datetime) -> int:
    """End the unpaid seats and the offers of a locked class whose time is over; how many."""
    ended = list(list_in_class(session, HELD).filter(hold_expires_at__lte=now).order_by("pk"))
    unpaid = [e for e in ended if e.status == EnrolmentStatus.PENDING_PAYMENT]
    for enrolment in ended:
        enrolment.session = session
    if ended:
        give_up(session, ended, EnrolmentStatus.EXPIRED, now=now)
        announce_to(unpaid, ClassSeatExpired)
    return len(ended)


def list_in_class(
    session: ClassSession, statuses: Collection[EnrolmentStatus]
) -> QuerySet[Enrolment]:
    """The people of a locked class who stand at one of `statuses`."""
    return Enrolment.objects.filter(
        session_id=session.pk, status__in=[status.value for status in statuses]
    )


@requires_transaction
def refuse_too_many_holds(*, client_id: UUID, policy: BookingPolicy, now: datetime) -> None:
    """Unpaid visits and unpaid seats count together (SPA-17). The caller holds the person.

    Raises `OpenHoldsLimitReached`.
    """
    seats = Enrolment.objects.filter(
        client_id=client_id,
        status=EnrolmentStatus.PENDING_PAYMENT.value,
        hold_expires_at__gt=now,
    ).count()
    visits = Appointment.objects.filter(
        client_id=client_id, status=AppointmentStatus.PENDING_PAYMENT, hold_expires_at__gt=now
    ).count()
    if seats + visits >= policy.open_holds_limit:
        raise errors.OpenHoldsLimitReached(limit=policy.open_holds_limit)
