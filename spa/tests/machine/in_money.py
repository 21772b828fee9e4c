"""Every peso that somebody has is where the tables say it is."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import connection

from finances.models import Payment
from spa.domain.classes import CERTAIN
from spa.domain.lifecycle import AppointmentStatus
from spa.models import ClientPackage

if TYPE_CHECKING:
    from spa.tests.machine.world import World

# What was paid for these is held for their clients; of the others it has been shared out.
HELD_FOR = {
    AppointmentStatus.PENDING_PAYMENT,
    AppointmentStatus.CONFIRMED,
    AppointmentStatus.CHECKED_IN,
    AppointmentStatus.EXPIRED,
}
# Voids are people's business at the gateway: what the money had paid for stays as it is.
BY_PARTY = """
SELECT party, -sum(amount) FROM finances_ledgerentry AS entry
  JOIN finances_ledgertransaction AS movement ON movement.id = entry.transaction_id
 WHERE account_id = %s AND movement.kind <> 'payment_voided' GROUP BY party
"""


def all_that_the_gateway_approved_is_booked(world: "World") -> None:
    rows = _rows(
        "SELECT coalesce(sum(amount), 0) FROM finances_ledgerentry"
        " WHERE account_id = 'gateway_clearing'"
    )
    assert rows == [(world.bank.taken,)]


def what_is_held_was_paid_for_what_is_still_to_be(world: "World") -> None:
    """For each person: deposits held are what visits and classes to come say is paid for them."""
    wanted: dict[Any, Decimal] = defaultdict(Decimal)
    for visit in world.census.visits:
        if visit.status in HELD_FOR:
            wanted[visit.client_id] += visit.paid
    for place in world.census.places:
        if place.status in CERTAIN and place.session.status == "scheduled":
            wanted[place.client_id] += place.paid
    assert _balances("deposits_held") == _some(wanted)


def sessions_to_come_are_worth_what_is_deferred(world: "World") -> None:
    wanted: dict[Any, Decimal] = defaultdict(Decimal)
    for package in world.census.packages:
        left = package.sessions_total - package.sessions_settled
        wanted[package.payer_id] += _worth(package, left)
    assert _balances("deferred_packages") == _some(wanted)


def what_has_happened_is_earned(world: "World") -> None:
    """Visits that were served and classes that were given, by money or by a package's session."""
    packages = {package.pk: package for package in world.census.packages}
    sessions = {"spa.appointment": Decimal(0), "spa.enrolment": Decimal(0)}
    for use in (use for use in world.census.uses if use.state == "fulfilled"):
        sessions[use.source_kind] += _worth(packages[use.client_package_id], use.sessions)
    served = [visit.paid for visit in world.census.visits_that({"completed"})]
    given = [
        place.paid
        for place in world.census.places
        if place.status in CERTAIN and place.session.status == "done"
    ]
    assert _earned("revenue_services") == sum(served, sessions["spa.appointment"])
    assert _earned("revenue_classes") == sum(given, sessions["spa.enrolment"])


FATES = """
SELECT ended.id FROM (
    SELECT id, paid, 'spa.appointment.cancelled' AS cause FROM spa_appointment
     WHERE status = 'cancelled'
     UNION ALL
    SELECT place.id, paid, 'spa.enrolment' FROM spa_enrolment AS place
      JOIN spa_classsession AS session ON session.id = place.session_id
     WHERE place.status IN ('left', 'cancelled')
        OR (session.status = 'done' AND place.status IN ('enrolled', 'attended', 'absent'))
    ) AS ended
 WHERE paid <> (
       SELECT coalesce(sum(amount), 0) FROM finances_ledgerentry AS entry
         JOIN finances_ledgertransaction AS movement ON movement.id = entry.transaction_id
        WHERE account_id = 'deposits_held' AND cause_kind = ended.cause AND cause_id = ended.id)
     + (SELECT coalesce(sum(returned), 0) FROM finances_credituse WHERE payable_id = ended.id)
"""


def every_peso_of_what_is_over_has_gone_somewhere(world: "World") -> None:
    """Given back, earned or forfeited: all that was paid has left what is held, once.

    Credit that comes back does so lot by lot, each for a cause of its own.
    """
    assert _rows(FATES) == []


def what_a_cancelled_class_cost_came_back(world: "World") -> None:
    for place in world.census.places:
        if place.status == "cancelled":
            assert place.returned == place.paid


def _worth(package: ClientPackage, sessions: int) -> Decimal:
    """Prices are such that nothing is rounded."""
    return package.paid * sessions / package.sessions_total


def nobody_owes_or_has_more_than_the_price(world: "World") -> None:
    for visit in world.census.visits:
        assert 0 <= visit.credit_used <= visit.paid <= visit.total, visit.pk
        assert 0 <= visit.deposit <= visit.total, visit.pk
    for place in world.census.places:
        assert 0 <= place.returned <= place.paid <= place.price, place.pk


def what_a_visit_says_is_paid_somebody_paid(world: "World") -> None:
    """By the gateway, at the desk or with credit; a series' money is spread over its visits."""
    paid = _paid_for("spa.appointment")
    came_after_all = {row[0] for row in _rows(CAME_AFTER_ALL)}
    for visit in world.census.visits:
        if visit.series_id is None and visit.pk not in came_after_all:
            assert visit.paid == paid.get(visit.pk, 0), visit.pk
    paid = _paid_for("spa.enrolment")
    for place in world.census.places:
        if place.status not in {"expired", "left", "cancelled", "pending_payment"}:
            assert place.paid == paid.get(place.pk, 0), place.pk


CAME_AFTER_ALL = """
SELECT appointment_id FROM spa_appointmenttransition
 WHERE from_status = 'no_show' AND to_status = 'checked_in'
"""
PAID_FOR = """
SELECT payable_id, sum(amount) FROM (
    SELECT payable_kind, payable_id, amount FROM finances_payment WHERE allocation = 'accepted'
     UNION ALL SELECT payable_kind, payable_id, amount FROM finances_counterpayment
     UNION ALL SELECT payable_kind, payable_id, amount FROM finances_credituse WHERE state = 'used'
) AS paid WHERE payable_kind = %s GROUP BY payable_id
"""


def _paid_for(kind: str) -> dict[Any, Decimal]:
    return dict(_rows(PAID_FOR, [kind]))


def a_payment_is_settled_once_and_says_how(world: "World") -> None:
    """Its money was accepted or became credit; nothing that is not approved has been either."""
    for payment in world.census.payments:
        is_settled = payment.status in {"approved", "voided"}
        assert is_settled == bool(payment.allocation), payment.pk
    assert Payment.objects.filter(status="flagged").count() == 0


def _earned(account: str) -> Decimal:
    return sum(_balances(account).values(), Decimal(0))


def _balances(account: str) -> dict[Any, Decimal]:
    return _some(dict(_rows(BY_PARTY, [account])))


def _some(amounts: Mapping[Any, Decimal]) -> dict[Any, Decimal]:
    return {party: amount for party, amount in amounts.items() if amount}


def _rows(sql: str, values: list[Any] | None = None) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values or [])
        return cursor.fetchall()


INVARIANTS: list[Callable[["World"], None]] = [
    all_that_the_gateway_approved_is_booked,
    what_is_held_was_paid_for_what_is_still_to_be,
    sessions_to_come_are_worth_what_is_deferred,
    what_has_happened_is_earned,
    every_peso_of_what_is_over_has_gone_somewhere,
    what_a_cancelled_class_cost_came_back,
    nobody_owes_or_has_more_than_the_price,
    what_a_visit_says_is_paid_somebody_paid,
    a_payment_is_settled_once_and_says_how,
]
