"""Looking for double bookings without asking who forbids them (SPA-05, SPA-27)."""

from collections.abc import Collection
from uuid import UUID

from core.db import fetch

# Each row against those that begin while it runs. It knows nothing of the constraint and uses
# nothing of it: an ordinary index finds the rows, arithmetic on their ends decides. `OFFSET 0`
# keeps the inner query a look into that index, row by row, however many rows there are.
OVERLAPS = """
SELECT count(*)
  FROM spa_occupancy AS one
 CROSS JOIN LATERAL (
       SELECT FROM spa_occupancy AS other
        WHERE other.resource_id = one.resource_id
          AND lower(other.during) >= lower(one.during)
          AND lower(other.during) < upper(one.during)
          AND (lower(other.during), other.id) > (lower(one.during), one.id)
          AND other.lanes && one.lanes
       OFFSET 0) AS rival
"""
AMONG = " WHERE one.resource_id = ANY(%(resources)s)"


def count_overlaps(*, resource_ids: Collection[UUID] | None = None) -> int:
    """Pairs of rows of the ledger that claim the same time of the same resource; one query.

    On the whole ledger, or of some resources.
    """
    if resource_ids is None:
        found = fetch(OVERLAPS)
    else:
        found = fetch(OVERLAPS + AMONG, {"resources": list(resource_ids)})
    return int(found[0][0])
