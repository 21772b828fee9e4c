"""Ended holds in the way of somebody: each kind of hold is ended by who knows it (SPA-07)."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from typing import Protocol
from uuid import UUID

from core.db import requires_transaction
from spa.models import Occupancy


class EndHolds(Protocol):
    """Ends those of some holds whose time is over, and gives their time back.

    Must skip what somebody else has locked, never wait for it; returns how many it ended.
    """

    def __call__(self, *, source_ids: Collection[UUID], now: datetime) -> int: ...


_enders: dict[str, EndHolds] = {}


def register_hold(kind: str, end: EndHolds) -> None:
    """Called once per kind from `AppConfig.ready()`: `register_hold("spa.appointment", …)`."""
    if _enders.setdefault(kind, end) is not end:
        raise RuntimeError(f"{kind} is already registered")


@requires_transaction
def end_holds_in_the_way(
    *, resource_ids: Collection[UUID], begin: datetime, end: datetime, now: datetime
) -> int:
    """Remove ended holds from some resources' time, for whoever needs it; returns how many."""
    ended = Occupancy.objects.filter(
        resource_id__in=resource_ids, during__overlap=(begin, end), hold_expires_at__lte=now
    )
    sources: dict[str, set[UUID]] = defaultdict(set)
    for kind, source_id in ended.values_list("source_kind", "source_id"):
        sources[kind].add(source_id)
    return sum(_enders[kind](source_ids=sources[kind], now=now) for kind in sorted(sources))
