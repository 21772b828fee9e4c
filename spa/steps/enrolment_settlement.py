"""What places in classes do with money that arrived for them (FIN-13, NA-23)."""

from collections.abc import Collection, Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.utils.translation import gettext as _

from core.db import requires_transaction
from finances.steps.credit import release_credit, reserve_credit
from finances.types import Allocation, Settled
from spa.domain.classes import CERTAIN, OPEN, EnrolmentStatus, SessionStatus
from spa.models import ClassSession, Enrolment
from spa.steps.enrolment import (
    ENROLMENT_KIND,
    expire_held,
    list_in_class,
    make_certain,
    take_seats,
)


class EnrolmentPayable:
    """Places in classes, as finances knows them."""

    @requires_transaction
    def settle(self, *, paid: Sequence[Settled], now: datetime) -> Sequence[Allocation]:
        """Make the places certain that the money was meant for; an ended one takes a seat again.

        Otherwise the money is the client's credit. The number of statements does not grow with the
        batch, but for places whose hold has ended: those come after all that still have their seat.
        """
        places = _lock({told.payable_id for told in paid})
        ended = {pk for pk, place in places.items() if place.status == EnrolmentStatus.EXPIRED}
        answers: dict[UUID, Allocation] = {}
        settled: dict[UUID, Enrolment] = {}
        for told in paid:
            if told.payable_id not in ended:
                place = places.get(told.payable_id)
                answers[told.payment_id] = _allocate(place, told, settled, now)
        make_certain(list(settled.values()), now=now)
        for told in paid:
            if told.payable_id in ended:
                place = places[told.payable_id]
                answers[told.payment_id] = _rescue(place, told, now=now)
        return [answers[told.payment_id] for told in paid]

    def describe(self, *, payable_id: UUID) -> str:
        """The name of the class."""
        names = Enrolment.objects.filter(pk=payable_id)
        return names.values_list("session__class_type__name", flat=True).first() or "tu clase"


def _lock(ids: Collection[UUID]) -> dict[UUID, Enrolment]:
    """The places, their classes locked in one order: batches cannot deadlock."""
    wanted = Enrolment.objects.filter(pk__in=ids)
    sessions = (
        ClassSession.objects.filter(pk__in=set(wanted.values_list("session_id", flat=True)))
        .select_related("class_type", "location")
        .order_by("pk")
        .select_for_update(no_key=True, of=("self",))
    )
    held = {session.pk: session for session in sessions}
    places = {place.pk: place for place in wanted}
    for place in places.values():
        place.session = held[place.session_id]
    return places


def _allocate(
    place: Enrolment | None, told: Settled, settled: dict[UUID, Enrolment], now: datetime
) -> Allocation:
    if place is None:
        return Allocation.credited(branch="gone", reason=_("la inscripción ya no existe"))
    if place.pk in settled:
        return _paid_already()
    if refusal := _refusal(place, told, now):
        return refusal
    place.paid += told.amount
    settled[place.pk] = place
    return Allocation.accepted()


def _refusal(place: Enrolment, told: Settled, now: datetime) -> Allocation | None:
    """Why the money cannot be for this place, whether or not there is a seat."""
    if place.status in CERTAIN:
        return _paid_already()
    if place.session.status == SessionStatus.CANCELLED:
        return Allocation.credited(branch="cancelled", reason=_("el estudio canceló la clase"))
    if place.session.starts_at <= now:
        return Allocation.credited(branch="past", reason=_("la clase ya empezó"))
    if place.status not in {EnrolmentStatus.PENDING_PAYMENT, EnrolmentStatus.EXPIRED}:
        return Allocation.credited(branch="gone", reason=_("ya habías dejado la clase"))
    if told.amount > place.price - place.paid:
        return Allocation.credited(branch="overpaid", reason=_("la clase cuesta menos"))
    return None


def _paid_already() -> Allocation:
    return Allocation.credited(branch="twice", reason=_("la clase ya estaba pagada"))


def _rescue(place: Enrolment, told: Settled, *, now: datetime) -> Allocation:
    """Take a seat again for money that comes late; ended holds of others give way."""
    if refusal := _refusal(place, told, now):
        return refusal
    rest = place.price - told.amount
    if not _has_credit(place, rest, now=now):
        return Allocation.credited(branch="short", reason=_("faltaba saldo para pagar la clase"))
    others = list_in_class(place.session, OPEN).filter(client_id=place.client_id)
    if others.exists() or not _has_seat(place.session, now=now):
        release_credit(payable_kind=ENROLMENT_KIND, payable_ids=[place.pk], now=now)
        return Allocation.credited(branch="taken", reason=_("ya no quedaba tu cupo en la clase"))
    place.paid = place.credit_used = rest
    place.paid += told.amount
    make_certain([place], now=now)
    return Allocation.accepted(branch="retaken")


def _has_credit(place: Enrolment, rest: Decimal, *, now: datetime) -> bool:
    """Set aside again what credit was to pay of it: that went back when the hold ended."""
    if not rest:
        return True
    kept = reserve_credit(
        client_id=place.client_id,
        up_to=rest,
        currency=place.currency,
        payable_kind=ENROLMENT_KIND,
        payable_id=place.pk,
        now=now,
    )
    if kept == rest:
        return True
    release_credit(payable_kind=ENROLMENT_KIND, payable_ids=[place.pk], now=now)
    return False


def _has_seat(session: ClassSession, *, now: datetime) -> bool:
    return take_seats(session, now=now) or (
        expire_held(session, now=now) > 0 and take_seats(session, now=now)
    )
