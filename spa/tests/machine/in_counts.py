"""No counter is negative or above its bound, and what is set aside belongs to somebody."""

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from finances.models import CreditUse, Voucher, VoucherUse
from spa.domain.classes import CERTAIN, HOLDING, OPEN
from spa.domain.lifecycle import STANDING

if TYPE_CHECKING:
    from spa.tests.machine.world import World

SPENT = {"fulfilled", "forfeited", "expired", "refunded"}
ANSWER = timedelta(minutes=5)


def seats_are_counted_right(world: "World") -> None:
    for session in world.census.classes:
        places = [place for place in world.census.places if place.session_id == session.pk]
        holding = sum(place.status in HOLDING for place in places)
        assert session.seats_taken == holding <= session.capacity
        people = [place.client_id for place in places if place.status in OPEN]
        assert len(people) == len(set(people))


def nobody_waits_beside_a_free_seat(world: "World") -> None:
    """Unless it is too near to ask anybody, or who waits was not welcome for a while."""
    welcome = {str(person.pk) for person in world.studio.people} - world.census.ever_banned
    waiting = {
        place.session_id
        for place in world.census.places
        if place.status == "waiting" and str(place.client_id) in welcome
    }
    for session in world.census.classes_ahead(world.now):
        if session.pk in waiting and session.starts_at - world.now >= ANSWER:
            assert session.seats_taken == session.capacity


def sessions_are_counted_right(world: "World") -> None:
    """A package's sessions are left, or used for something, or settled."""
    for package in world.census.packages:
        uses = [use for use in world.census.uses if use.client_package_id == package.pk]
        used = sum(use.sessions for use in uses if use.state == "used")
        spent = sum(use.sessions for use in uses if use.state in SPENT)
        assert package.sessions_settled == spent
        if package.status == "pending_payment":
            assert (package.sessions_left, used, spent) == (0, 0, 0)
        else:
            assert package.sessions_left == package.sessions_total - used - spent >= 0


def what_uses_a_session_stands(world: "World") -> None:
    """A session is used by what is still to be, and comes back with what will not be."""
    visits = {visit.pk: visit.status for visit in world.census.visits}
    places = {place.pk: place for place in world.census.places}
    for use in world.census.uses:
        if use.source_id not in visits and use.source_id not in places:
            assert use.state in {"expired", "refunded"}, use.pk
            continue
        place = places.get(use.source_id)
        status = place.status if place else visits.get(use.source_id)
        stands = (
            place.status in CERTAIN and place.session.status == "scheduled"
            if place
            else status in STANDING
        )
        assert (use.state == "used") == stands or use.state in {"forfeited", "fulfilled"}, use.pk
        if use.state == "restored":
            assert status in {"expired", "cancelled", "left"}, use.pk
        if use.state == "forfeited":
            assert status not in {"pending_payment", "expired", "enrolled"}, use.pk


def what_is_set_aside_waits_for_what_is_unpaid(world: "World") -> None:
    """Credit and vouchers are reserved for what is still to be paid, nothing else (NA-21)."""
    unpaid = {visit.pk for visit in world.census.visits_that({"pending_payment"})}
    unpaid |= {p.pk for p in world.census.places if p.status == "pending_payment"}
    unpaid |= {p.pk for p in world.census.packages if p.status == "pending_payment"}
    for uses in (CreditUse.objects, VoucherUse.objects):
        kept = set(uses.filter(state="reserved").values_list("payable_id", flat=True))
        assert kept <= unpaid, kept - unpaid


def vouchers_keep_their_limits(world: "World") -> None:
    for voucher in Voucher.objects.all():
        counted = list(VoucherUse.objects.filter(voucher=voucher, state__in=["reserved", "used"]))
        assert voucher.uses == len(counted) <= (voucher.total_limit or len(counted))
        people = [use.client_id for use in counted]
        assert all(people.count(person) <= (voucher.per_person_limit or 99) for person in people)


def no_lot_is_negative(world: "World") -> None:
    for lot in world.census.lots:
        assert lot.remaining >= 0, lot.pk
        assert lot.reserved >= 0, lot.pk
        assert lot.remaining + lot.reserved <= lot.amount, lot.pk


def one_offer_at_a_time_and_only_to_who_waits(world: "World") -> None:
    entries = [offer.entry_id for offer in world.census.offers if offer.status == "open"]
    assert len(entries) == len(set(entries))
    waiting = {entry.pk for entry in world.census.entries if entry.status == "waiting"}
    assert set(entries) <= waiting
    visits = [offer.appointment_id for offer in world.census.offers if offer.appointment_id]
    assert len(visits) == len(set(visits))


INVARIANTS: list[Callable[["World"], None]] = [
    seats_are_counted_right,
    nobody_waits_beside_a_free_seat,
    sessions_are_counted_right,
    what_uses_a_session_stands,
    what_is_set_aside_waits_for_what_is_unpaid,
    vouchers_keep_their_limits,
    no_lot_is_negative,
    one_offer_at_a_time_and_only_to_who_waits,
]
