"""Money for a place in a class, taken at the desk (SPA-08, SPA-21)."""

from datetime import datetime
from uuid import UUID

from core.ids import uuid7
from core.money import ZERO
from core.use_cases import use_case
from finances.steps.counter import take_in_person
from finances.steps.payments import expire_payments
from spa import errors
from spa.domain.classes import EnrolmentStatus
from spa.models import Enrolment
from spa.selectors.classes import find_place
from spa.steps.classes import lock_session
from spa.steps.enrolment import ENROLMENT_KIND, make_certain


@use_case
def take_class_payment(
    *, session_id: UUID, client_id: UUID, method: str, actor_id: UUID, now: datetime
) -> Enrolment:
    """Take what a kept seat still costs; it is certain then, and its checkout closes.

    Raises `ClassNotFound`, `NotInClass`, `SeatNotPayable`, and those of `take_in_person`.
    """
    session = lock_session(session_id=session_id)
    place = find_place(session_id=session.pk, client_id=client_id)
    if place is None:
        raise errors.NotInClass
    if place.status != EnrolmentStatus.PENDING_PAYMENT:
        raise errors.SeatNotPayable
    place.session = session
    due = place.outstanding
    take_in_person(
        kind="class",
        payable_kind=ENROLMENT_KIND,
        payable_id=place.pk,
        client_id=client_id,
        amount=due,
        currency=place.currency,
        method=method,
        tip=ZERO,
        tip_party=None,
        actor_id=actor_id,
        cause_id=uuid7(),
        location_id=session.location_id,
        now=now,
    )
    place.paid += due
    make_certain([place], now=now)
    expire_payments(payable_kind=ENROLMENT_KIND, payable_ids=[place.pk], now=now)
    return place
