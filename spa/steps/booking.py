"""Drafting and storing visits: every way to a visit goes through here (NA-47, SPA-08, SPA-26).

First a draft is priced, then its time is taken, then it is stored with all it uses. Services put
these together; whoever holds the time already (a waitlist's offer) skips the middle.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from core.db import requires_transaction
from core.ids import uuid7
from finances.selectors.payments import present_payment
from finances.steps.payments import open_payment
from spa.domain.lifecycle import VISIT, AppointmentStatus
from spa.domain.policy import BookingPolicy
from spa.domain.pricing import Charge
from spa.domain.studio import Treatment
from spa.events import AppointmentConfirmed
from spa.models import Appointment, AppointmentItem, PackageUse
from spa.models.appointments import Channel
from spa.selectors.availability import Question
from spa.selectors.pricing import NO_WISHES, VisitPrice, Wishes, price_visit
from spa.steps.fulfil import use_reserved
from spa.steps.lifecycle import announce, remember, transition
from spa.steps.occupancy import Source
from spa.steps.pricing import take_what_it_uses
from spa.steps.taking import Crew


@dataclass(frozen=True, slots=True)
class Order:
    """For whom a visit is booked, when, and what the booking says besides."""

    client_id: UUID
    is_vip: bool
    start: datetime
    notes: str = ""
    wishes: Wishes = NO_WISHES
    channel: Channel = Channel.CLIENT
    # Who books, when it is not the client.
    booked_by: UUID | None = None
    series_id: UUID | None = None
    occurrence: date | None = None
    # The visit is certain without the deposit the rules ask for.
    waives_deposit: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """A visit as it will be stored, its people and rooms still open, and what it costs."""

    question: Question
    appointment: Appointment
    priced: VisitPrice

    @property
    def source(self) -> Source:
        """Whose time it takes."""
        return Source(VISIT, self.appointment.pk)

    @property
    def uses_what_is_reserved(self) -> bool:
        """Whether credit or a voucher waits to be used when the visit becomes certain."""
        return bool(self.priced.price.credit or self.priced.vouchers)


@dataclass(frozen=True, slots=True)
class Booked:
    """A new visit, its services, and the payment it waits for, if any."""

    appointment: Appointment
    items: list[AppointmentItem]
    payment: dict[str, Any] | None
    zone: ZoneInfo


def charges_of(question: Question, *, is_vip: bool) -> list[Charge]:
    """What the services and additions of a visit cost before anything comes off, line by line."""
    return [
        charge
        for served in question.need.served
        for charge in (
            _charge(question.policy, served.part.treatment, is_vip=is_vip),
            *(
                Charge(
                    service_id=served.part.treatment.id,
                    list_price=add_on.price,
                    deposit_percent=served.part.treatment.deposit_percent,
                    is_add_on=True,
                )
                for add_on in served.part.add_ons
            ),
        )
    ]


def _charge(policy: BookingPolicy, treatment: Treatment, *, is_vip: bool) -> Charge:
    price = policy.price_for(
        treatment.price,
        own_vip_price=treatment.vip_price,
        is_vip=is_vip,
        currency=treatment.currency,
    )
    return Charge(
        service_id=treatment.id,
        list_price=price,
        is_vip_price=price < treatment.price,
        deposit_percent=treatment.deposit_percent,
        deposit_amount=treatment.deposit_amount,
    )


def draft_visit(question: Question, order: Order, *, now: datetime) -> Draft:
    """The visit priced and with its terms, as of `now`; nothing is taken or written.

    Raises the refusals of `price_visit`.
    """
    place, policy, start = question.place, question.policy, order.start
    priced = price_visit(
        charges_of(question, is_vip=order.is_vip),
        currency=question.currency,
        policy=policy,
        location_id=place.id,
        client_id=order.client_id,
        is_vip=order.is_vip,
        wishes=order.wishes,
        start=start,
        now=now,
    )
    if order.waives_deposit:
        priced = priced.without_deposit
    price = priced.price
    owed = price.due_now > 0
    begins = start.astimezone(UTC)
    appointment = Appointment(
        id=uuid7(),
        location_id=place.id,
        client_id=order.client_id,
        title=question.title,
        status=(AppointmentStatus.PENDING_PAYMENT if owed else AppointmentStatus.CONFIRMED).value,
        starts_at=begins,
        ends_at=begins + timedelta(minutes=question.need.duration),
        currency=price.currency,
        total=price.total,
        discount=price.discount,
        deposit=price.deposit,
        policy=policy.terms(
            start=start,
            zone=place.zone,
            total=price.total,
            deposit=price.deposit,
            currency=price.currency,
        ),
        hold_expires_at=policy.hold_ends(now, start) if owed else None,
        booked_at=now,
        channel=order.channel,
        booked_by_id=order.booked_by,
        notes=order.notes,
        series_id=order.series_id,
        occurrence=order.occurrence,
    )
    return Draft(question, appointment, priced)


@requires_transaction
def store_visit(draft: Draft, crew: Crew, *, actor_id: UUID, now: datetime) -> Booked:
    """Write a drafted visit whose time `crew` has taken, with all it uses and owes.

    What is owed opens a payment, nothing owed confirms it. Raises the refusals of
    `take_what_it_uses`.
    """
    visit, question = draft.appointment, draft.question
    items = write_visits([(draft, crew)], actor_id=actor_id, now=now)
    if visit.hold_expires_at is None:
        announce([visit], AppointmentConfirmed)
        return Booked(visit, items, None, question.place.zone)
    payment = open_payment(
        kind="deposit",
        payable_kind=VISIT,
        payable_id=visit.pk,
        client_id=visit.client_id,
        amount=draft.priced.price.due_now,
        currency=visit.currency,
        expires_at=visit.hold_expires_at,
        now=now,
    )
    return Booked(visit, items, present_payment(payment), question.place.zone)


@requires_transaction
def write_visits(
    taken: Sequence[tuple[Draft, Crew]], *, actor_id: UUID, now: datetime
) -> list[AppointmentItem]:
    """Write drafted visits whose time is taken, their lines and the first row of their history.

    Three statements, and those of what each visit uses. Payments and facts are the caller's.
    """
    items: list[AppointmentItem] = []
    for draft, crew in taken:
        visit = draft.appointment
        visit.staff_id = crew.worker.id if crew.worker else None
        visit.claims = [claim.dump() for claim in crew.claims(visit.starts_at)]
        items += _items(draft, crew, take_what_it_uses(visit, draft.priced, now=now))
        if visit.status == AppointmentStatus.CONFIRMED and draft.uses_what_is_reserved:
            use_reserved([visit], now=now)
    visits = Appointment.objects.bulk_create([draft.appointment for draft, _crew in taken])
    AppointmentItem.objects.bulk_create(items)
    remember([transition(visit, "", now=now, actor_id=actor_id) for visit in visits])
    return items


def _items(draft: Draft, crew: Crew, use: PackageUse | None) -> list[AppointmentItem]:
    lines = draft.priced.price.lines
    items = items_of(draft.appointment, draft.question, crew, [line.price for line in lines])
    for item, line in zip(items, lines, strict=True):
        item.discount, item.package_use = line.discount, use if line.is_covered else None
    return items


def items_of(
    visit: Appointment, question: Question, crew: Crew, prices: Sequence[Decimal]
) -> list[AppointmentItem]:
    """The lines of a visit, person by person, with who serves each and where; nothing is written.

    `prices` are those of the lines, in the order of `charges_of`.
    """
    items: list[AppointmentItem] = []
    positions: dict[int, int] = {}
    for served in question.need.served:
        begin = visit.starts_at + timedelta(minutes=served.begin)
        treatment = served.part.treatment
        lines: list[tuple[UUID | None, int]] = [(None, treatment.duration)]
        lines += [(add_on.id, add_on.extra_minutes) for add_on in served.part.add_ons]
        worker, room = crew.worker_of(served.staff), crew.room_of(served.room)
        for add_on_id, minutes in lines:
            position = positions[served.chain] = positions.get(served.chain, -1) + 1
            end = begin + timedelta(minutes=minutes)
            items.append(
                AppointmentItem(
                    appointment=visit,
                    service_id=treatment.id,
                    add_on_id=add_on_id,
                    chain=served.chain,
                    position=position,
                    staff_id=worker.id if worker else None,
                    room_id=room.resource_id if room else None,
                    price=prices[len(items)],
                    starts_at=begin,
                    ends_at=end,
                )
            )
            begin = end
    return items
