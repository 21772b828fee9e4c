"""Offering time that came free to those who wait for it, in order (SPA-12, NA-15)."""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from uuid import UUID
from zoneinfo import ZoneInfo

from core.db import execute, requires_transaction
from core.errors import DomainError
from core.ids import uuid7
from core.models import Location
from core.outbox import publish
from core.selectors.settings import get_settings
from spa import errors
from spa.domain.bits import instant_of_bit
from spa.domain.policy import BookingPolicy
from spa.domain.waiting import SkipReason, Span, offer_ends, starts_to_offer
from spa.events import WaitlistOffered
from spa.models import BookingSettings, WaitlistEntry, WaitlistOffer
from spa.selectors.availability import Free, Question, find_free
from spa.selectors.ranking import most_usable
from spa.selectors.waitlist import had_by, line, question_of, shape_of, wish_of
from spa.steps.limits import refuse_who_may_not_book
from spa.steps.occupancy import Source
from spa.steps.preferences import preferred_staff
from spa.steps.taking import Crew, take_time
from spa.steps.waitlist import OFFER_KIND, end_overdue, is_line_empty, lock_line

# Rivals may take a start that looked free; after so many times the next in the line has a turn.
TRIES = 3
UNSAID = frozenset({SkipReason.NOT_FREE, SkipReason.OTHER_TIMES})
# What somebody waits for: whoever waits for the same is answered by the same look at the ledger.
Key = tuple[tuple[UUID, ...], UUID | None, int]

KEEP_REASONS = """
INSERT INTO spa_waitlistskip (entry_id, reason, first_at, last_at, freed_from, freed_to)
SELECT entry_id, reason, %(now)s, %(now)s, %(from)s, %(to)s
  FROM unnest(%(entries)s::uuid[], %(reasons)s::text[]) AS skip (entry_id, reason)
    ON CONFLICT ON CONSTRAINT spa_waitlistskip_once_a_reason
    DO UPDATE SET last_at = EXCLUDED.last_at, freed_from = EXCLUDED.freed_from,
                  freed_to = EXCLUDED.freed_to
"""


@requires_transaction
def pass_on(
    *,
    location_id: UUID,
    freed: Collection[Span] | None,
    now: datetime,
    entry_id: UUID | None = None,
) -> int:
    """Offer what came free at a place to those who wait for it, in order; returns how many offers.

    `None` looks through all that is free. Offers whose time to answer is over end first, and their
    time goes on with the rest. Who is looked at and passed over keeps the reason. `entry_id`: to
    this one only, whoever else waits.
    """
    if is_line_empty(location_id=location_id):
        return 0
    lock_line(location_id=location_id)
    ended = end_overdue(location_id=location_id, now=now)
    policy = get_settings(BookingSettings).policy
    if freed is not None:
        freed = [span for span in (*freed, *ended) if span.ends > now]
    if not policy.waitlist_enabled or (freed is not None and not freed):
        return 0
    zone = Location.objects.get(pk=location_id).zone
    turn = _Turn(policy, zone, freed, now)
    first, last = turn.days
    for entry in line(location_id=location_id, date_from=first, date_to=last, entry_id=entry_id):
        turn.look_at(entry)
    turn.keep_reasons()
    return turn.offered


class _Turn:
    """One walk along the line, with what is free worked out once for all who wait for the same."""

    def __init__(
        self, policy: BookingPolicy, zone: ZoneInfo, freed: Collection[Span] | None, now: datetime
    ) -> None:
        self._policy, self._zone, self._freed, self._now = policy, zone, freed, now
        self._deadline = partial(
            offer_ends,
            now=now,
            minutes=policy.waitlist_offer_minutes,
            notice_minutes=policy.minimum_notice_minutes,
        )
        self._questions: dict[Key, Question | SkipReason] = {}
        self._free: dict[Key, Free] = {}
        self._skipped: list[tuple[UUID, SkipReason]] = []
        self.offered = 0

    @property
    def days(self) -> tuple[date, date]:
        """The first and the last local day on which something may be free."""
        if self._freed is None:
            horizon = self._policy.latest_start(self._now)
            return self._local(self._now), self._local(horizon)
        begins = min(span.begins for span in self._freed)
        ends = max(span.ends for span in self._freed)
        return self._local(begins), self._local(ends)

    def look_at(self, entry: WaitlistEntry) -> None:
        """Make an offer, or remember why not."""
        outcome = self._try(entry)
        if isinstance(outcome, SkipReason):
            self._skipped.append((entry.pk, outcome))
        else:
            self.offered += 1

    def keep_reasons(self) -> None:
        """Write down who was passed over, and why: one statement."""
        told = self._skipped
        if self._freed is None:
            # Nothing came free, so nobody was passed over for want of room or for their wishes.
            told = [skip for skip in told if skip[1] not in UNSAID]
        freed = self._freed or ()
        values = {
            "now": self._now,
            "from": min((span.begins for span in freed), default=None),
            "to": max((span.ends for span in freed), default=None),
            "entries": [entry_id for entry_id, _ in told],
            "reasons": [reason.value for _, reason in told],
        }
        execute(KEEP_REASONS, values)

    def _try(self, entry: WaitlistEntry) -> WaitlistOffer | SkipReason:
        key = _key(entry)
        question = self._question(key, entry)
        if isinstance(question, SkipReason):
            return question
        for _ in range(TRIES):
            free = self._free_for(key, question)
            starts = self._starts(entry, question, free)
            if isinstance(starts, SkipReason):
                return starts
            if refusal := self._refusal(entry):
                return refusal
            # Whether it is won or lost: what looked free is not any more.
            self._free.clear()
            start = most_usable(question, free.offers, starts)
            if offer := self._take(entry, question, free, start):
                return offer
        return SkipReason.LOST

    def _starts(
        self, entry: WaitlistEntry, question: Question, free: Free
    ) -> Sequence[datetime] | SkipReason:
        return starts_to_offer(
            [instant_of_bit(bit) for bit in free.offers.start_bits()],
            wish=wish_of(entry),
            shape=shape_of(question),
            freed=self._freed,
            had=had_by(entry),
            deadline=self._deadline,
        )

    def _take(
        self, entry: WaitlistEntry, question: Question, free: Free, start: datetime
    ) -> WaitlistOffer | None:
        offer_id, expires_at = uuid7(), self._deadline(start)
        crew = take_time(
            question,
            free,
            source=Source(OFFER_KIND, offer_id),
            start=start,
            hold_expires_at=expires_at,
            now=self._now,
            preferred_staff_id=_preferred(entry),
        )
        if crew is None or expires_at is None:
            return None
        return _made(offer_id, entry, question, crew, start, expires_at, self._now)

    def _question(self, key: Key, entry: WaitlistEntry) -> Question | SkipReason:
        if key not in self._questions:
            try:
                self._questions[key] = question_of(entry, now=self._now)
            except errors.StaffNotAble:
                self._questions[key] = SkipReason.STAFF_NOT_ABLE
            except DomainError:
                self._questions[key] = SkipReason.NOT_OFFERED
        return self._questions[key]

    def _free_for(self, key: Key, question: Question) -> Free:
        if key not in self._free:
            first, last = self.days
            self._free[key] = find_free(question, first_day=first, last_day=last, now=self._now)
        return self._free[key]

    def _refusal(self, entry: WaitlistEntry) -> SkipReason | None:
        """Why this person may not book, looked at without a lock: accepting looks again."""
        client = entry.client
        if client.banned_at is not None or not client.is_active:
            return SkipReason.BARRED
        try:
            refuse_who_may_not_book(
                client_id=client.pk,
                is_vip=client.role == "vip",
                policy=self._policy,
                now=self._now,
            )
        except errors.DebtOpen:
            return SkipReason.DEBT_OPEN
        except DomainError:
            return SkipReason.LIMIT_REACHED
        return None

    def _local(self, instant: datetime) -> date:
        return instant.astimezone(self._zone).date()


def _key(entry: WaitlistEntry) -> Key:
    services = tuple(wanted.service_id for wanted in entry.wanted.all())
    return services, entry.staff_id, entry.party_size


def _preferred(entry: WaitlistEntry) -> UUID | None:
    return None if entry.staff_id else preferred_staff(client_id=entry.client_id)


def _made(
    offer_id: UUID,
    entry: WaitlistEntry,
    question: Question,
    crew: Crew,
    start: datetime,
    expires_at: datetime,
    now: datetime,
) -> WaitlistOffer:
    """The stored offer, whose time is taken, and the message it owes."""
    offer = WaitlistOffer(
        id=offer_id,
        entry=entry,
        starts_at=start,
        ends_at=start + timedelta(minutes=question.need.duration),
        staff_id=crew.worker.id if crew.worker else None,
        crew={"claims": [claim.dump() for claim in crew.claims(start)]},
        offered_at=now,
        expires_at=expires_at,
    )
    offer.save(force_insert=True)
    publish(
        WaitlistOffered(
            event_id=offer_id,
            offer_id=offer_id,
            client_id=entry.client_id,
            starts_at=start,
            timezone=entry.location.timezone,
            location=entry.location.name,
            service=question.title,
            expires_at=expires_at,
        )
    )
    return offer
