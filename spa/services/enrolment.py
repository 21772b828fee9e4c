"""Coming into a class, and leaving it (SPA-21, NA-15, NA-18)."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from core import audit
from core.ids import uuid7
from core.money import ZERO
from core.selectors.settings import get_settings
from core.use_cases import use_case
from finances.selectors.payments import present_payment
from finances.steps.credit import reserve_credit, use_credit
from finances.steps.payments import open_payment
from spa import errors
from spa.domain.classes import HELD, EnrolmentStatus, seat_terms
from spa.domain.policy import BookingPolicy
from spa.events import ClassEnrolled
from spa.models import BookingSettings, ClassSession, Enrolment
from spa.selectors.classes import find_place, get_session
from spa.steps.classes import announce_to, lock_session, refuse_closed
from spa.steps.enrolment import (
    ENROLMENT_KIND,
    answer_by,
    count_reached,
    expire_held,
    list_in_class,
    refuse_too_many_holds,
    take_seats,
)
from spa.steps.enrolment_money import cover_by_package
from spa.steps.leaving import end_place
from users.selectors.people import get_contact
from users.steps.locks import lock_welcome_person


@dataclass(frozen=True, slots=True)
class Wish:
    """How somebody wants to come in: what pays for it, and whether they would wait in line."""

    package_id: UUID | None = None
    use_credit: bool = False
    wait: bool = False


@dataclass(frozen=True, slots=True)
class Placed:
    """Somebody's place in a class, and the payment it waits for, if any."""

    enrolment: Enrolment
    payment: dict[str, Any] | None


@use_case
def enrol(
    *, client_id: UUID, session_id: UUID, wish: Wish, actor_id: UUID, now: datetime
) -> Placed:
    """Take a seat, accept the one that is offered, or wait in line if the class is full.

    The seat is kept until it is paid; covered by a package or free of charge it is certain at once.
    Raises `ClassNotFound`, `ClassCancelled`, `ClassStarted`, `ClassFull`, `AlreadyInClass`,
    `OpenHoldsLimitReached`, the refusals of `lock_welcome_person` and of `cover_by_package`.
    """
    lock_welcome_person(person_id=client_id)
    session = get_session(session_id=session_id)
    policy = get_settings(BookingSettings).policy
    place = _standing(session, client_id, now=now)
    has_seat = (place and place.status == EnrolmentStatus.OFFERED) or _win_seat(session, now=now)
    place = place or Enrolment(id=uuid7(), client_id=client_id, joined_at=now)
    _agree(place, session, policy, is_vip=get_contact(person_id=client_id).is_vip)
    if has_seat:
        placed = _take_up(place, wish, policy, now=now)
    else:
        placed = _put_in_line(place, wish, policy, now=now)
    if actor_id != client_id:
        _record("enrolled", placed.enrolment, actor_id, now=now)
    return placed


@use_case
def leave(
    *, client_id: UUID, session_id: UUID, actor_id: UUID, waive_reason: str, now: datetime
) -> Enrolment:
    """Give a place up; what was paid comes back as the terms agreed to say, or whole if waived.

    Also the way to decline an offer and to go out of the line. The seat is offered to the next. A
    repeat changes nothing. Raises `ClassNotFound`, `NotInClass`, `ClassCancelled`, `ClassStarted`.
    """
    session = lock_session(session_id=session_id)
    place = find_place(session_id=session.pk, client_id=client_id)
    if place is None:
        return _left_before(session, client_id)
    refuse_closed(session, now=now)
    place.session = session
    end_place(place, is_waived=bool(waive_reason), now=now)
    if actor_id != client_id:
        _record("left", place, actor_id, now=now, reason=waive_reason)
    return place


@use_case
def expire_seats(*, session_id: UUID, now: datetime) -> int:
    """End the unpaid seats and offers of a class whose time is over; returns how many."""
    return expire_held(lock_session(session_id=session_id), now=now)


def _standing(session: ClassSession, client_id: UUID, *, now: datetime) -> Enrolment | None:
    """The person's offer or place in line; nothing if they are not in the class."""
    if find_place(session_id=session.pk, client_id=client_id) is None:
        return None
    # Offers end, and seats are paid, under the lock of the class: only there it is certain.
    locked = lock_session(session_id=session.pk)
    place = find_place(session_id=session.pk, client_id=client_id)
    if place and place.status in HELD and place.hold_expires_at and place.hold_expires_at <= now:
        expire_held(locked, now=now)
        return None
    if place and place.status not in {EnrolmentStatus.WAITING, EnrolmentStatus.OFFERED}:
        raise errors.AlreadyInClass(status=place.status)
    return place


def _win_seat(session: ClassSession, *, now: datetime) -> bool:
    """Take a seat; if there is none, those whose time to pay is over make room (SPA-07)."""
    if take_seats(session, now=now):
        return True
    locked = lock_session(session_id=session.pk)
    refuse_closed(locked, now=now)
    expire_held(locked, now=now)
    return take_seats(session, now=now)


def _agree(place: Enrolment, session: ClassSession, policy: BookingPolicy, *, is_vip: bool) -> None:
    """Freeze price and terms as they are now, in memory."""
    taught = session.class_type
    hours = taught.cancellation_hours
    place.session = session
    place.currency = taught.currency
    place.price = policy.price_for(
        taught.price, own_vip_price=None, is_vip=is_vip, currency=taught.currency
    )
    place.policy = seat_terms(
        start=session.starts_at,
        zone=session.location.zone,
        hours=policy.free_cancellation_hours if hours is None else hours,
        late_credit_percent=policy.late_cancellation_credit_percent,
    )


def _put_in_line(place: Enrolment, wish: Wish, policy: BookingPolicy, *, now: datetime) -> Placed:
    if place.status == EnrolmentStatus.WAITING:
        raise errors.AlreadyInClass(status=place.status)
    can_wait = policy.waitlist_enabled and bool(answer_by(place.session, policy, now=now))
    if not wish.wait or not can_wait:
        raise errors.ClassFull(can_wait=can_wait)
    place.status = EnrolmentStatus.WAITING.value
    _store(place)
    return Placed(place, None)


def _take_up(place: Enrolment, wish: Wish, policy: BookingPolicy, *, now: datetime) -> Placed:
    """The seat is theirs: say what pays for it, and keep it until then."""
    if wish.package_id is not None:
        cover_by_package(place, wish.package_id, now=now)
        place.price = ZERO
    elif wish.use_credit and place.price:
        place.paid = place.credit_used = _reserved(place, now=now)
    due = place.price - place.paid
    if due:
        refuse_too_many_holds(client_id=place.client_id, policy=policy, now=now)
    status = EnrolmentStatus.PENDING_PAYMENT if due else EnrolmentStatus.ENROLLED
    place.status = status.value
    place.hold_expires_at = policy.hold_ends(now, place.session.starts_at) if due else None
    _store(place)
    if place.hold_expires_at is None:
        if place.credit_used:
            use_credit(payable_kind=ENROLMENT_KIND, payable_ids=[place.pk], now=now)
        announce_to([place], ClassEnrolled)
        return Placed(place, None)
    payment = open_payment(
        kind="class",
        payable_kind=ENROLMENT_KIND,
        payable_id=place.pk,
        client_id=place.client_id,
        amount=due,
        currency=place.currency,
        expires_at=place.hold_expires_at,
        now=now,
    )
    return Placed(place, present_payment(payment))


def _reserved(place: Enrolment, *, now: datetime) -> Decimal:
    return reserve_credit(
        client_id=place.client_id,
        up_to=place.price,
        currency=place.currency,
        payable_kind=ENROLMENT_KIND,
        payable_id=place.pk,
        now=now,
    )


def _store(place: Enrolment) -> None:
    place.save()
    count_reached([place])


def _left_before(session: ClassSession, client_id: UUID) -> Enrolment:
    left = list_in_class(session, [EnrolmentStatus.LEFT]).filter(client_id=client_id)
    place = left.order_by("-closed_at", "-pk").first()
    if place is None:
        raise errors.NotInClass
    place.session = session
    return place


def _record(
    what: str, place: Enrolment, actor_id: UUID, *, now: datetime, reason: str = ""
) -> None:
    audit.record(
        action=f"spa.enrolment.{what}",
        subject_kind=ENROLMENT_KIND,
        subject_id=place.pk,
        actor_id=actor_id,
        now=now,
        facts={"client": str(place.client_id), "status": place.status, "reason": reason},
    )
