"""Taking and giving back time on the occupancy ledger (SPA-05)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from core.db import execute, fetch, requires_transaction
from spa.models import Occupancy

# One statement in one order: rivals wait for each other's commit and never deadlock. Plain inserts
# under the same constraint deadlock, and a lock would be held while the application thinks.
CLAIM = """
INSERT INTO spa_occupancy (resource_id, lanes, during, source_kind, source_id, hold_expires_at)
SELECT resource_id,
       CASE WHEN lane IS NULL THEN '[0,)'::int4range ELSE int4range(lane, lane + 1) END,
       tstzrange(begins, ends), %(kind)s, %(source)s, %(expires)s
  FROM unnest(%(resources)s::uuid[], %(begins)s::timestamptz[], %(ends)s::timestamptz[],
              %(lanes)s::int[])
    AS claim (resource_id, begins, ends, lane)
 ORDER BY resource_id, begins, lane
    ON CONFLICT ON CONSTRAINT spa_occupancy_no_overlap DO NOTHING
RETURNING resource_id, lower(during), CASE WHEN upper_inf(lanes) THEN NULL ELSE lower(lanes) END
"""

RELEASE = "DELETE FROM spa_occupancy WHERE source_id = ANY(%s)"

KEEP = """
   UPDATE spa_occupancy SET hold_expires_at = NULL
    WHERE source_id = ANY(%(sources)s)
RETURNING source_id
"""


PROLONG = """
UPDATE spa_occupancy AS held
   SET hold_expires_at = new.until
  FROM unnest(%(sources)s::uuid[], %(until)s::timestamptz[]) AS new (source_id, until)
 WHERE held.source_id = new.source_id
"""


@dataclass(frozen=True, slots=True)
class Source:
    """Whose time it is: `kind` and id of what was booked."""

    kind: str
    id: UUID


@dataclass(frozen=True, slots=True)
class Claim:
    """A resource for the half-open interval, buffers included: the whole of it, or one lane."""

    resource_id: UUID
    begins: datetime
    ends: datetime
    lane: int | None = None

    def dump(self) -> dict[str, Any]:
        """The claim as JSON values, to be frozen on a visit."""
        return {
            "resource": str(self.resource_id),
            "begins": self.begins.isoformat(),
            "ends": self.ends.isoformat(),
            "lane": self.lane,
        }

    @classmethod
    def load(cls, values: Mapping[str, Any]) -> Self:
        """The claim that `dump` wrote."""
        return cls(
            UUID(values["resource"]),
            datetime.fromisoformat(values["begins"]),
            datetime.fromisoformat(values["ends"]),
            values["lane"],
        )


@requires_transaction
def occupy(
    *, source: Source, claims: Sequence[Claim], hold_expires_at: datetime | None
) -> frozenset[Claim]:
    """Take what is free of the claims; returns those that were not, empty on success.

    Waits for rivals who are not done yet. Who wants all or nothing calls `win`.
    """
    values = {
        "kind": source.kind,
        "source": source.id,
        "expires": hold_expires_at,
        "resources": [claim.resource_id for claim in claims],
        "begins": [claim.begins for claim in claims],
        "ends": [claim.ends for claim in claims],
        "lanes": [claim.lane for claim in claims],
    }
    taken = set(fetch(CLAIM, values))
    return frozenset(
        claim for claim in claims if (claim.resource_id, claim.begins, claim.lane) not in taken
    )


@requires_transaction
def release(*, source_ids: Sequence[UUID]) -> None:
    """Give back all the time of some bookings."""
    execute(RELEASE, [list(source_ids)])


@requires_transaction
def keep(*, source_ids: Collection[UUID]) -> frozenset[UUID]:
    """Turn held time into taken time; returns which of the bookings still had any."""
    return frozenset(source_id for (source_id,) in fetch(KEEP, {"sources": list(source_ids)}))


@requires_transaction
def prolong(*, until: Mapping[UUID, datetime]) -> None:
    """Hold the time of some bookings until another moment, each its own. One UPDATE."""
    execute(PROLONG, {"sources": list(until), "until": list(until.values())})


@requires_transaction
def hand_over(*, source: Source, to: Source, hold_expires_at: datetime | None) -> int:
    """Make one booking's time another's; it is free at no moment in between. Returns its rows."""
    held = Occupancy.objects.filter(source_kind=source.kind, source_id=source.id)
    return held.update(source_kind=to.kind, source_id=to.id, hold_expires_at=hold_expires_at)
