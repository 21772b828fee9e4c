"""What the database holds, to be laid beside what clients were told.

Plain SQL over the tables as they are: it asks no constraint, no counter and no code of the product
whether they are right. A fact is a subject and what is true of it; what was told and what is held
must name the same subjects and say the same of each.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from core.db import fetch

Facts = Mapping[UUID, object]

# Visits that stand, and time on the ledger, whichever of the two is missing. A visit's time is
# whole when every row is that of the visit and one of them is of who serves it.
VISITS = """
WITH visit AS (
    SELECT visit.id, visit.client_id, visit.staff_id, visit.starts_at, visit.ends_at,
           visit.reschedules, member.resource_id
      FROM spa_appointment AS visit JOIN spa_staffmember AS member ON member.id = visit.staff_id
     WHERE visit.staff_id = ANY(%(staff)s)
       AND visit.status IN ('pending_payment', 'confirmed')),
taken AS (
    SELECT source_id, count(*) AS rows, array_agg(resource_id) AS resources,
           array_agg(during) AS times
      FROM spa_occupancy
     WHERE resource_id = ANY(%(resources)s) AND source_kind = 'spa.appointment'
     GROUP BY source_id)
SELECT coalesce(visit.id, taken.source_id), visit.client_id, visit.staff_id, visit.starts_at,
       visit.reschedules, coalesce(taken.rows, 0),
       coalesce(visit.resource_id = ANY(taken.resources)
                AND tstzrange(visit.starts_at, visit.ends_at) = ALL(taken.times), false)
  FROM visit FULL JOIN taken ON taken.source_id = visit.id
"""
VISITS_OF = """
SELECT person.id, count(visit.id)
  FROM unnest(%(people)s::uuid[]) AS person (id)
  LEFT JOIN spa_appointment AS visit
    ON visit.client_id = person.id AND visit.status IN ('pending_payment', 'confirmed')
 GROUP BY person.id
"""
CANCELLED = """
SELECT visit.id,
       (SELECT count(*) FROM spa_appointmenttransition AS step
         WHERE step.appointment_id = visit.id AND step.to_status = 'cancelled'),
       (SELECT count(*) FROM spa_occupancy AS taken WHERE taken.source_id = visit.id),
       (SELECT sum(package.sessions_left) FROM spa_clientpackage AS package
         WHERE package.id = ANY(%(packages)s) AND package.client_id = visit.client_id)
  FROM spa_appointment AS visit
 WHERE visit.id = ANY(%(visits)s) AND visit.status = 'cancelled'
"""
SEATS = """
SELECT session.id, session.seats_taken,
       array_remove(array_agg(place.client_id ORDER BY place.client_id), NULL)
  FROM spa_classsession AS session
  LEFT JOIN spa_enrolment AS place
    ON place.session_id = session.id
   AND place.status IN ('offered', 'pending_payment', 'enrolled', 'attended', 'absent')
 WHERE session.id = ANY(%(sessions)s)
 GROUP BY session.id
"""
PACKAGES = """
SELECT package.id, package.sessions_left,
       (SELECT count(*) FROM spa_packageuse AS used
         WHERE used.client_package_id = package.id AND used.state = 'used'),
       (SELECT count(*) FROM spa_enrolment AS place
         WHERE place.client_id = package.client_id AND place.package_use_id IN
               (SELECT id FROM spa_packageuse WHERE client_package_id = package.id)
           AND place.status = 'enrolled')
  FROM spa_clientpackage AS package
 WHERE package.id = ANY(%(packages)s)
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """A visit that stands: whose, with whom, when, moved how often, on how many whole rows."""

    client: UUID | None
    staff: UUID | None
    start: datetime | None
    moves: int | None
    rows: int
    is_whole: bool


@dataclass(frozen=True, slots=True)
class Cancelled:
    """A visit that was given up: how often, what of its time is left, and of its package."""

    times: int
    rows: int
    sessions_left: int


@dataclass(frozen=True, slots=True)
class Seats:
    """A class: its counter, and who really has a seat."""

    counted: int
    people: frozenset[UUID]


@dataclass(frozen=True, slots=True)
class Used:
    """A package: its counter, the uses on record, and the places they pay for."""

    sessions_left: int
    uses: int
    places: int


def read_visits(*, staff: Collection[UUID], resources: Collection[UUID]) -> dict[UUID, Standing]:
    """The visits these people serve, and whatever else takes these resources for a visit."""
    rows = _read(VISITS, staff=staff, resources=resources)
    return {visit_id: Standing(*about) for visit_id, *about in rows}


def count_visits(*, people: Collection[UUID]) -> dict[UUID, int]:
    """How many visits each of these clients has ahead."""
    return dict(_read(VISITS_OF, people=people))


def read_cancelled(
    *, visits: Collection[UUID], packages: Collection[UUID]
) -> dict[UUID, Cancelled]:
    """What became of visits that were given up, and of the packages that paid for them."""
    rows = _read(CANCELLED, visits=visits, packages=packages)
    return {visit_id: Cancelled(*about) for visit_id, *about in rows}


def read_seats(*, sessions: Collection[UUID]) -> dict[UUID, Seats]:
    """Who is in these classes."""
    rows = _read(SEATS, sessions=sessions)
    return {session_id: Seats(counted, frozenset(held)) for session_id, counted, held in rows}


def read_packages(*, packages: Collection[UUID]) -> dict[UUID, Used]:
    """What was used of these packages."""
    return {package_id: Used(*about) for package_id, *about in _read(PACKAGES, packages=packages)}


def _read(statement: str, **values: Collection[UUID]) -> list[tuple[Any, ...]]:
    return fetch(statement, {name: list(ids) for name, ids in values.items()})


def compare(told: Facts, held: Facts) -> list[str]:
    """One line for each subject of which not the same was told and is held."""
    return [
        _("%(what)s: se prometió %(told)s, hay %(held)s")
        % {"what": subject, "told": told.get(subject), "held": held.get(subject)}
        for subject in sorted({*told, *held})
        if told.get(subject) != held.get(subject)
    ]
