"""Coming onto the waitlist (SPA-12)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import UUID

from core.db import requires_transaction
from core.selectors.settings import get_settings
from spa import errors
from spa.domain.bits import instant_of_bit
from spa.domain.waiting import EntryStatus, Wish
from spa.models import BookingSettings, WaitlistEntry, WaitlistService
from spa.selectors.availability import Question, find_free, refuse_too_many
from spa.selectors.waitlist import ask_for_party
from users.steps.locks import lock_welcome_person

HOW_MANY_ALTERNATIVES = 3


@dataclass(frozen=True, slots=True)
class Search:
    """What somebody would take: services in sequence for so many people, where, with whom, when.

    Days and hours are wall time of the place, both ends included; hours say when a visit begins.
    """

    service_ids: Sequence[UUID]
    location_id: UUID | None
    staff_id: UUID | None
    party_size: int
    date_from: date
    date_to: date
    time_from: time | None = None
    time_to: time | None = None
    notes: str = ""


@requires_transaction
def join(
    search: Search, *, client_id: UUID, actor_id: UUID, priority: int, now: datetime
) -> WaitlistEntry:
    """Let somebody wait. Who could book what they look for this moment is told to do so.

    Raises `WaitlistOff`, `WaitlistDaysInvalid`, `WaitlistTimeFree` (with alternatives),
    `WaitlistLimitReached`, the refusals of `ask`, `PersonUnknown` and `Banned`.
    """
    settings = get_settings(BookingSettings)
    if not settings.policy.waitlist_enabled:
        raise errors.WaitlistOff
    question = ask_for_party(
        search.service_ids,
        party_size=search.party_size,
        location_id=search.location_id,
        staff_id=search.staff_id,
        now=now,
    )
    refuse_too_many(question)
    _refuse_days(question, search, now)
    _refuse_needless(question, search, now)
    lock_welcome_person(person_id=client_id)
    _refuse_too_many(client_id, settings.waitlist_entries_limit)
    entry = WaitlistEntry.objects.create(
        client_id=client_id,
        location_id=question.place.id,
        staff_id=search.staff_id,
        party_size=search.party_size,
        date_from=search.date_from,
        date_to=search.date_to,
        time_from=search.time_from,
        time_to=search.time_to,
        priority=priority,
        joined_at=now,
        joined_by_id=actor_id,
        notes=search.notes,
    )
    WaitlistService.objects.bulk_create(
        WaitlistService(entry=entry, service_id=service_id, position=position)
        for position, service_id in enumerate(search.service_ids)
    )
    return entry


def _refuse_days(question: Question, search: Search, now: datetime) -> None:
    zone, policy = question.place.zone, question.policy
    today = now.astimezone(zone).date()
    last = policy.latest_start(now).astimezone(zone).date()
    if not today <= search.date_from <= search.date_to <= last:
        raise errors.WaitlistDaysInvalid(horizon_days=policy.horizon_days)


def _refuse_needless(question: Question, search: Search, now: datetime) -> None:
    """An offer keeps time for nothing paid, so nobody waits for what they could book."""
    free = find_free(question, first_day=search.date_from, last_day=search.date_to, now=now).offers
    wish = Wish(
        question.place.zone, search.date_from, search.date_to, search.time_from, search.time_to
    )
    starts = (instant_of_bit(bit) for bit in free.start_bits())
    wanted = [start for start in starts if wish.allows(start)][:HOW_MANY_ALTERNATIVES]
    if wanted:
        raise errors.WaitlistTimeFree(
            alternatives=[
                {
                    "start": start.astimezone(question.place.zone).isoformat(),
                    "staff": next((str(worker.id) for worker in free.workers_at(start)), None),
                }
                for start in wanted
            ]
        )


def _refuse_too_many(client_id: UUID, limit: int) -> None:
    """Counted under the person's lock: parallel requests cannot pass the limit (NA-12)."""
    mine = WaitlistEntry.objects.filter(client_id=client_id, status=EntryStatus.WAITING)
    if mine.count() >= limit:
        raise errors.WaitlistLimitReached(limit=limit)
