"""What takes time on the ledger, in words: for calendars, and to say what is in the way."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from spa.models import (
    Appointment,
    BlockOccurrence,
    CalendarImport,
    ClassSession,
    Occupancy,
    WaitlistOffer,
)
from spa.selectors.busy import LONGEST


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that takes time of one resource; buffers included from `begins` to `ends`.

    `kind` is the ledger's word (`spa.appointment`, `spa.block`, …), `title` and `status` what a
    receptionist reads.
    """

    kind: str
    id: UUID
    resource_id: UUID
    begins: datetime
    ends: datetime
    title: str
    status: str
    client_id: UUID | None = None
    client: str = ""
    is_hold: bool = False
    first_lane: int = 0
    # The lane before which it ends; `None` for all there are.
    last_lane: int | None = None

    def takes(self, lane: int) -> bool:
        """Whether it takes a lane of the resource."""
        return self.first_lane <= lane and (self.last_lane is None or lane < self.last_lane)


@dataclass(frozen=True, slots=True)
class Words:
    """How a source is called on a calendar."""

    title: str
    status: str = ""
    client_id: UUID | None = None
    client: str = ""


def list_entries(
    *, resource_ids: Collection[UUID], begin: datetime, end: datetime, now: datetime
) -> list[Entry]:
    """Everything that takes time of these resources between two instants, earliest first.

    Ended holds are left out. One query for the ledger, and one for each kind of thing on it.
    """
    rows = list(
        Occupancy.objects.filter(
            Q(hold_expires_at=None) | Q(hold_expires_at__gt=now),
            resource_id__in=resource_ids,
            # An occupancy lasts a day at most: the index on its start finds what still runs.
            during__startswith__gte=begin - LONGEST,
            during__startswith__lt=end,
            during__endswith__gt=begin,
        ).order_by("during", "pk")
    )
    words = _words_of(rows)
    return [_entry(row, words[row.source_id]) for row in rows]


def _entry(row: Occupancy, words: Words) -> Entry:
    return Entry(
        kind=row.source_kind,
        id=row.source_id,
        resource_id=row.resource_id,
        begins=row.during.lower,
        ends=row.during.upper,
        title=words.title,
        status=words.status,
        client_id=words.client_id,
        client=words.client,
        is_hold=row.hold_expires_at is not None,
        first_lane=row.lanes.lower,
        last_lane=row.lanes.upper,
    )


def _words_of(rows: Iterable[Occupancy]) -> dict[UUID, Words]:
    ids: dict[str, set[UUID]] = defaultdict(set)
    for row in rows:
        ids[row.source_kind].add(row.source_id)
    words: dict[UUID, Words] = defaultdict(lambda: Words("Ocupado"))
    for kind, sources in ids.items():
        if kind in _READERS:
            words |= _READERS[kind](sources)
    return words


def _visits(ids: Collection[UUID]) -> dict[UUID, Words]:
    visits = Appointment.objects.filter(pk__in=ids).select_related("client")
    return {
        visit.pk: Words(visit.title, visit.status, visit.client_id, visit.client.full_name)
        for visit in visits
    }


def _blocks(ids: Collection[UUID]) -> dict[UUID, Words]:
    occurrences = BlockOccurrence.objects.filter(pk__in=ids).select_related("block")
    return {
        occurrence.pk: Words(occurrence.block.reason or occurrence.block.get_kind_display())
        for occurrence in occurrences
    }


def _imports(ids: Collection[UUID]) -> dict[UUID, Words]:
    # What somebody does elsewhere is theirs: the calendar says that they are busy, not with what.
    return {source.pk: Words(source.name) for source in CalendarImport.objects.filter(pk__in=ids)}


def _classes(ids: Collection[UUID]) -> dict[UUID, Words]:
    sessions = ClassSession.objects.filter(pk__in=ids).select_related("class_type")
    return {
        session.pk: Words(
            f"{session.class_type.name} ({session.seats_taken}/{session.capacity})", session.status
        )
        for session in sessions
    }


def _offers(ids: Collection[UUID]) -> dict[UUID, Words]:
    offers = WaitlistOffer.objects.filter(pk__in=ids).select_related("entry__client")
    return {
        offer.pk: Words(
            "Oferta de la lista de espera",
            offer.status,
            offer.entry.client_id,
            offer.entry.client.full_name,
        )
        for offer in offers
    }


_READERS: dict[str, Callable[[Collection[UUID]], dict[UUID, Words]]] = {
    "spa.appointment": _visits,
    "spa.class_session": _classes,
    "spa.waitlist_offer": _offers,
    "spa.block": _blocks,
    "spa.import": _imports,
}
