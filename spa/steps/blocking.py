"""Blocking time on the ledger, occurrence by occurrence (SPA-03)."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from core.db import requires_transaction
from core.ids import uuid7
from spa.domain.blocking import Interval, pieces
from spa.models import Block, BlockOccurrence, OccurrenceStatus
from spa.steps.occupancy import Claim, Source, release
from spa.steps.winning import win

BLOCK_KIND = "spa.block"


@requires_transaction
def take_occurrences(
    block: Block, intervals: Sequence[Interval], *, now: datetime
) -> list[BlockOccurrence]:
    """Block each interval that is free; what something else has is kept as refused.

    An occurrence is all or nothing. Returns every occurrence, in order.
    """
    occurrences = [
        BlockOccurrence(id=uuid7(), block=block, starts_at=begin, ends_at=end)
        for begin, end in intervals
    ]
    for occurrence in occurrences:
        occurrence.status = _status_after_trying(occurrence, now)
    return BlockOccurrence.objects.bulk_create(occurrences)


@requires_transaction
def lift_occurrences(occurrences: Sequence[BlockOccurrence], *, now: datetime) -> None:
    """Give time back; the rows stay, so that no repetition takes it anew."""
    ids = [occurrence.pk for occurrence in occurrences]
    release(source_ids=ids)
    BlockOccurrence.objects.filter(pk__in=ids).update(
        status=OccurrenceStatus.LIFTED, updated_at=now
    )


def _status_after_trying(occurrence: BlockOccurrence, now: datetime) -> OccurrenceStatus:
    source, resource_id = Source(BLOCK_KIND, occurrence.pk), occurrence.block.resource_id
    with transaction.atomic():
        for begin, end in pieces(occurrence.starts_at, occurrence.ends_at):
            claim = Claim(resource_id, begin, end)
            if win(source=source, claims=[claim], hold_expires_at=None, now=now):
                transaction.set_rollback(True)
                return OccurrenceStatus.REFUSED
    return OccurrenceStatus.TAKEN
