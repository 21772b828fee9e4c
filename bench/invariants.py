"""What must hold on the occupancy ledger, in plain SQL that knows nothing of its constraint."""

from collections.abc import Sequence
from uuid import UUID

import psycopg

from spa.selectors.overlaps import AMONG, OVERLAPS

# Visits that stand and do not have exactly the time they say they have.
ASTRAY = """
SELECT count(*)
  FROM spa_appointment AS visit
 WHERE visit.id = ANY(%(visits)s::uuid[])
   AND NOT (SELECT count(*) = 1 AND bool_and(taken.during && tstzrange(starts_at, ends_at)
                                             AND lower(taken.during) = starts_at)
              FROM spa_occupancy AS taken WHERE taken.source_id = visit.id)
"""


def count_overlaps(url: str, *, resources: Sequence[UUID] | None = None) -> int:
    """Pairs that claim the same time of the same resource, of these resources or of all."""
    if resources is None:
        return _count(url, OVERLAPS, {})
    return _count(url, OVERLAPS + AMONG, {"resources": list(resources)})


def count_astray(url: str, *, visits: Sequence[UUID]) -> int:
    """Which of these visits, one person each, have other time than their own, or none."""
    return _count(url, ASTRAY, {"visits": list(visits)})


def _count(url: str, question: str, values: dict[str, object]) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute(question, values).fetchone()
        return int(row[0]) if row else 0
