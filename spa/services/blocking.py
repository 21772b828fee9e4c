"""Blocking time of people and rooms, once or again and again (SPA-02, SPA-03)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from core import audit
from core.use_cases import use_case
from spa import errors
from spa.domain.blocking import Interval
from spa.domain.recurrence import MOST, Rule, RuleRefused, TooManyDays
from spa.models import Block, BlockKind, BlockOccurrence, OccurrenceStatus
from spa.selectors.agenda import Entry, list_entries
from spa.selectors.resources import get_resource, zone_of
from spa.steps.blocking import lift_occurrences, take_occurrences
from spa.steps.team import announce_open_time

LONGEST = timedelta(days=92)
MOST_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Blocked:
    """A block, and each time it happens as far as the ledger has it."""

    block: Block
    occurrences: list[BlockOccurrence]


@use_case
def block_time(
    *,
    resource_id: UUID,
    kind: str,
    reason: str,
    begin: datetime,
    end: datetime,
    rule: str,
    if_busy: Literal["refuse", "skip"],
    actor_id: UUID,
    now: datetime,
) -> Blocked:
    """Keep `[begin, end)` of a resource from being booked, and again as `rule` (RFC 5545) says.

    With `if_busy="skip"` the dates on which something is booked are left out, and kept as refused.
    Raises `ResourceNotFound`, `PeriodInvalid`, the refusals of a rule, and
    `TimeBusy` with what is in the way.
    """
    resource = get_resource(resource_id=resource_id)
    if not timedelta(0) < end - begin <= LONGEST:
        raise errors.PeriodInvalid(days=LONGEST.days)
    zone = zone_of(resource)
    block = Block(
        resource=resource,
        kind=BlockKind(kind),
        reason=reason,
        starts_at=begin,
        ends_at=end,
        timezone=zone.key,
        rule=rule,
        created_by_id=actor_id,
    )
    intervals = _intervals(begin, end, rule, zone)
    block.save(force_insert=True)
    occurrences = take_occurrences(block, intervals, now=now)
    refused = [o for o in occurrences if o.status == OccurrenceStatus.REFUSED]
    if refused and if_busy == "refuse":
        raise errors.TimeBusy(conflicts=_in_the_way(resource_id, refused, zone, now))
    _record(block, "blocked", actor_id, now)
    return Blocked(block, occurrences)


@use_case
def lift_block(
    *, block_id: UUID, occurrence_id: UUID | None, actor_id: UUID, now: datetime
) -> None:
    """Give blocked time back: one occurrence, or all that has not passed, for good.

    Raises `BlockNotFound`, also for a block that was lifted before.
    """
    block = Block.objects.filter(pk=block_id, lifted_at=None).select_for_update(no_key=True).first()
    if block is None:
        raise errors.BlockNotFound
    standing = block.occurrences.filter(ends_at__gt=now).exclude(status=OccurrenceStatus.LIFTED)
    if occurrence_id is not None:
        standing = standing.filter(pk=occurrence_id)
    found = list(standing)
    if occurrence_id is None:
        block.lifted_at = now
        block.save(update_fields=["lifted_at", "updated_at"])
    elif not found:
        raise errors.BlockNotFound
    lift_occurrences(found, now=now)
    announce_open_time(block.resource)
    _record(block, "lifted", actor_id, now)


def _intervals(begin: datetime, end: datetime, rule: str, zone: ZoneInfo) -> list[Interval]:
    """Each time a block happens, in UTC; again at the same time on the wall, for as long."""
    first, lasts = begin.astimezone(zone), end - begin
    if not rule:
        return [(begin.astimezone(UTC), end.astimezone(UTC))]
    try:
        found = Rule.parse(rule).occurrences(first=first.date(), wall=first.time(), zone=zone)
    except RuleRefused as exc:
        raise errors.RuleInvalid(part=exc.part) from exc
    except TooManyDays as exc:
        raise errors.RuleTooLong(most=MOST) from exc
    starts = [occurrence.start for occurrence in found if occurrence.start is not None]
    if any(later - earlier < lasts for earlier, later in pairwise(starts)):
        raise errors.PeriodInvalid(days=min(b - a for a, b in pairwise(starts)).days)
    return [(start, start + lasts) for start in starts]


def _in_the_way(
    resource_id: UUID, refused: Sequence[BlockOccurrence], zone: ZoneInfo, now: datetime
) -> list[dict[str, str]]:
    """The first things that are booked where the block should be, for the desk to move."""
    found: list[Entry] = []
    for occurrence in refused[:MOST_SHOWN]:
        found += list_entries(
            resource_ids=[resource_id], begin=occurrence.starts_at, end=occurrence.ends_at, now=now
        )
    return [
        {
            "kind": entry.kind,
            "id": str(entry.id),
            "title": entry.title,
            "start": entry.begins.astimezone(zone).isoformat(),
            "end": entry.ends.astimezone(zone).isoformat(),
        }
        for entry in found[:MOST_SHOWN]
    ]


def _record(block: Block, what: str, actor_id: UUID, now: datetime) -> None:
    audit.record(
        action=f"spa.block.{what}",
        subject_kind="spa.block",
        subject_id=block.pk,
        actor_id=actor_id,
        now=now,
        facts={"resource": str(block.resource_id), "kind": block.kind, "rule": block.rule},
    )
