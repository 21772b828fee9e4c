"""Reading the occupancy ledger."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from core.db import fetch
from spa.domain.availability import Busy, LaneBusy

# An occupancy lasts at most a day (spa_occupancy_lasts_at_most_a_day), so whatever is running when
# the window begins started less than a day before: a plain index on the start serves the query.
LONGEST = timedelta(days=1)

# One row per resource: a row per visit would cost more to fetch than to compute with.
BUSY = """
SELECT resource_id,
       array_agg(extract(epoch FROM lower(during))::bigint ORDER BY lower(during)),
       array_agg(extract(epoch FROM upper(during))::bigint ORDER BY lower(during)){lanes}
  FROM spa_occupancy
 WHERE resource_id = ANY(%(resources)s)
   AND lower(during) >= %(from)s AND lower(during) < %(until)s
   AND (hold_expires_at IS NULL OR hold_expires_at > %(now)s)
   AND source_id <> ALL(%(ignoring)s::uuid[])
 GROUP BY resource_id
"""
PLAIN = BUSY.format(lanes="")
WITH_LANES = BUSY.format(
    lanes="""
     , array_agg(lower(lanes) ORDER BY lower(during)),
       array_agg(upper(lanes) ORDER BY lower(during))"""
)


def read_busy(
    *,
    resource_ids: Collection[UUID],
    begin: datetime,
    end: datetime,
    now: datetime,
    ignoring: Collection[UUID] = (),
) -> Busy:
    """The busy time of some resources between two instants, as pairs of Unix seconds. One query.

    A hold that has ended counts as free: who needs its time removes it (SPA-07). So does the time
    of the bookings `ignoring`: who moves is not in one's own way (NA-10).
    """
    rows = _rows(PLAIN, resource_ids, begin, end, now, ignoring)
    return {resource_id: list(zip(starts, ends, strict=True)) for resource_id, starts, ends in rows}


def read_lanes(
    *,
    resource_ids: Collection[UUID],
    begin: datetime,
    end: datetime,
    now: datetime,
    ignoring: Collection[UUID] = (),
) -> LaneBusy:
    """The same as `read_busy`, with the lanes each booking takes. One query."""
    rows = _rows(WITH_LANES, resource_ids, begin, end, now, ignoring)
    return {
        resource_id: list(zip(starts, ends, first, last, strict=True))
        for resource_id, starts, ends, first, last in rows
    }


def _rows(
    statement: str,
    resource_ids: Collection[UUID],
    begin: datetime,
    end: datetime,
    now: datetime,
    ignoring: Collection[UUID],
) -> list[tuple[Any, ...]]:
    values: dict[str, Any] = {
        "resources": list(resource_ids),
        "from": begin - LONGEST,
        "until": end,
        "now": now,
        "ignoring": list(ignoring),
    }
    return fetch(statement, values)
