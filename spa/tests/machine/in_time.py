"""Nobody and nothing is in two places at once, and the ledger of time says why each is busy."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import connection

from spa.domain.lifecycle import AppointmentStatus
from spa.models import BlockOccurrence, Occupancy
from spa.steps.occupancy import Claim
from spa.tests.ledger import count_overlaps

if TYPE_CHECKING:
    from spa.tests.machine.world import World

# Whose time is theirs, also once it has passed, until the archive takes it off the ledger.
HAVE_TIME = frozenset(AppointmentStatus) - {AppointmentStatus.EXPIRED, AppointmentStatus.CANCELLED}
Row = tuple[str, UUID, UUID, datetime, datetime, int | None, datetime | None]


def nothing_overlaps(world: "World") -> None:
    assert count_overlaps() == 0


def who_has_time_has_it_and_nobody_else_has_any(world: "World") -> None:
    """Row by row: exactly what visits, offers, classes and blocks claim, no row more and none less.

    Blocks of more than a day are rows of a day each: only how much there is of them is compared.
    """
    found = Counter(_on_the_ledger())
    wanted = Counter([*_visits(world), *_offers(world), *_classes(world)])
    assert found == wanted, {"too many": found - wanted, "missing": wanted - found}
    assert _blocked_on_the_ledger() == _blocked()


def _on_the_ledger() -> Iterator[Row]:
    for row in Occupancy.objects.exclude(source_kind="spa.block"):
        yield (
            row.source_kind,
            row.source_id,
            row.resource_id,
            row.during.lower,
            row.during.upper,
            None if row.lanes.upper is None else row.lanes.lower,
            row.hold_expires_at,
        )


def _claimed(kind: str, source_id: UUID, claims: Any, until: datetime | None) -> Iterator[Row]:
    for values in claims:
        claim = Claim.load(values)
        yield (
            kind, source_id, claim.resource_id, claim.begins, claim.ends, claim.lane, until
        )  # fmt: skip


def _visits(world: "World") -> Iterator[Row]:
    for visit in world.census.visits_that(HAVE_TIME):
        is_held = visit.status == AppointmentStatus.PENDING_PAYMENT
        until = visit.hold_expires_at if is_held else None
        if visit.archived_at is not None:
            continue
        yield from _claimed("spa.appointment", visit.pk, visit.claims, until)


def _offers(world: "World") -> Iterator[Row]:
    for offer in world.census.offers:
        if offer.status == "open":
            claims = offer.crew["claims"]
            yield from _claimed("spa.waitlist_offer", offer.pk, claims, offer.expires_at)


def _classes(world: "World") -> Iterator[Row]:
    teams = {staff.pk: staff.resource_id for staff in world.studio.team}
    for session in world.census.classes:
        if session.status != "cancelled":
            for resource_id in (teams[session.instructor_id], session.room_id):
                if resource_id is not None:
                    yield (
                        "spa.class_session",
                        session.pk,
                        resource_id,
                        session.starts_at,
                        session.ends_at,
                        None,
                        None,
                    )


def _blocked() -> dict[UUID, tuple[datetime, datetime]]:
    standing = BlockOccurrence.objects.filter(status="taken")
    return {block.pk: (block.starts_at, block.ends_at) for block in standing}


def _blocked_on_the_ledger() -> dict[UUID, tuple[datetime, datetime]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT source_id, min(lower(during)), max(upper(during)) FROM spa_occupancy"
            " WHERE source_kind = 'spa.block' GROUP BY source_id"
        )
        return {row[0]: (row[1], row[2]) for row in cursor.fetchall()}


def history_leads_to_where_each_visit_stands(world: "World") -> None:
    """Each step begins where the one before it ended, and the last one ended here."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT visit.id FROM spa_appointment AS visit"
            "  LEFT JOIN LATERAL ("
            "       SELECT array_agg(from_status ORDER BY id) AS came,"
            "              array_agg(to_status ORDER BY id) AS went"
            "         FROM spa_appointmenttransition"
            "        WHERE appointment_id = visit.id) AS step ON true"
            " WHERE came IS NULL OR came[1] <> '' OR went[cardinality(went)] <> status"
            "    OR came[2:] <> went[:cardinality(went) - 1]"
        )
        assert cursor.fetchall() == []


INVARIANTS: list[Callable[["World"], None]] = [
    nothing_overlaps,
    who_has_time_has_it_and_nobody_else_has_any,
    history_leads_to_where_each_visit_stands,
]
