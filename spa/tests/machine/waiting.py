"""Time that is taken, comes free and is passed on: the waitlist, and blocks."""

from datetime import time, timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from core.outbox import deliver_due
from spa.domain.lifecycle import AHEAD
from spa.domain.waiting import EntryStatus, OfferStatus
from spa.models import Appointment, WaitlistEntry, WaitlistOffer
from spa.selectors.pricing import Wishes
from spa.services.blocking import block_time, lift_block
from spa.services.cancellation import cancel_appointment
from spa.services.schedule import Shift, replace_hours
from spa.services.waitlist import decline_offer, join_waitlist, leave_waitlist, offer_now
from spa.services.waitlist_acceptance import accept_offer
from spa.steps.cancelling import Cancelling
from spa.steps.waitlist_joining import Search
from spa.tests.machine.studio import BOGOTA, WALLS, instant
from spa.tests.machine.world import World, days, people, which

mostly = st.sampled_from([True, True, True, False])
answers = st.sampled_from(["yes", "yes", "yes", "no", "credit"])


class Waiting(World):
    """Who finds nothing free waits, and is asked when something is."""

    def taken(self) -> list[Appointment]:
        """What is in somebody's way."""
        standing = self.census.visits_that(AHEAD)
        return [visit for visit in standing if visit.starts_at > self.now]

    def waiting(self) -> list[WaitlistEntry]:
        return [e for e in self.census.entries if e.status == EntryStatus.WAITING]

    def on_offer(self) -> list[WaitlistOffer]:
        return [offer for offer in self.census.offers if offer.status == OfferStatus.OPEN]

    @precondition(lambda self: self.taken())
    @rule(number=which, who=people, whom=mostly, urgent=st.booleans())
    def somebody_waits_for_it(self, number: int, who: int, whom: bool, urgent: bool) -> None:
        """For the time of a visit that stands, with whoever serves it or with anybody."""
        visit = self.one(number, self.taken())
        local = visit.starts_at.astimezone(BOGOTA)
        search = Search(
            service_ids=[item.service_id for item in visit.items.filter(chain=0, add_on=None)],
            location_id=None,
            staff_id=visit.staff_id if whom else None,
            party_size=1,
            date_from=local.date(),
            date_to=local.date(),
            time_from=local.time(),
            time_to=local.time(),
        )
        self._join(who, search, self.desk if urgent else None)

    @rule(who=people, day=days, wall=st.sampled_from(WALLS), party=st.sampled_from([1, 2, 2, 2]))
    def somebody_waits_for_a_start(self, who: int, day: int, wall: time, party: int) -> None:
        search = Search(
            service_ids=[self.studio.massage.pk],
            location_id=None,
            staff_id=None,
            party_size=party,
            date_from=self.day(day),
            date_to=self.day(day),
            time_from=wall,
            time_to=wall,
        )
        self._join(who, search, None)

    def _join(self, who: int, search: Search, desk: Any) -> None:
        person = self.person(who).pk
        self.do(
            join_waitlist,
            search=search,
            client_id=person,
            actor_id=desk or person,
            priority=5 if desk else 0,
            now=self.now,
        )

    @precondition(lambda self: self.wanted())
    @rule(number=which, at_once=st.none() | answers)
    def what_somebody_waits_for_comes_free(self, number: int, at_once: str | None) -> None:
        """Whoever has it cancels at the desk; those who wait are asked, and maybe answer."""
        visit = self.one(number, self.wanted())
        why = Cancelling(self.desk, by_staff=True, is_waived=True, reason="enferma")
        self.do(cancel_appointment, appointment_id=visit.pk, client_id=None, why=why, now=self.now)
        self.do(deliver_due, now=self.now)
        self._maybe_answer(number, at_once)

    def wanted(self) -> list[Appointment]:
        """Visits that begin when somebody would."""
        wishes = {(entry.date_from, entry.time_from) for entry in self.waiting()}
        local = ((visit, visit.starts_at.astimezone(BOGOTA)) for visit in self.taken())
        return [visit for visit, at in local if (at.date(), at.time()) in wishes]

    @precondition(lambda self: self.on_offer())
    @rule(number=which, answer=answers)
    def an_offer_is_answered(self, number: int, answer: str) -> None:
        self._answer(self.one(number, self.on_offer()), answer)

    def _maybe_answer(self, number: int, answer: str | None) -> None:
        """An offer stands for an hour, and much else happens in an hour."""
        if answer is not None and self.on_offer():
            self._answer(self.one(number, self.on_offer()), answer)

    def _answer(self, offer: WaitlistOffer, answer: str) -> None:
        mine = {"offer_id": offer.pk, "client_id": offer.entry.client_id, "now": self.now}
        if answer == "no":
            self.do(decline_offer, **mine)
        else:
            wishes = Wishes(use_credit=answer == "credit")
            self.do(accept_offer, actor_id=offer.entry.client_id, wishes=wishes, **mine)

    @precondition(lambda self: self.waiting())
    @rule(number=which)
    def somebody_waits_no_more(self, number: int) -> None:
        entry = self.one(number, self.waiting())
        self.do(leave_waitlist, entry_id=entry.pk, client_id=entry.client_id, now=self.now)

    @precondition(lambda self: self.waiting())
    @rule(number=which, at_once=st.none() | answers)
    def the_desk_asks_out_of_turn(self, number: int, at_once: str | None) -> None:
        entry = self.one(number, self.waiting())
        self.do(offer_now, entry_id=entry.pk, actor_id=self.desk, now=self.now)
        self._maybe_answer(number, at_once)

    @rule(
        number=which,
        day=days,
        wall=st.sampled_from(WALLS),
        hours=st.sampled_from([1, 3, 30]),
        rule=st.sampled_from(["", "", "FREQ=DAILY;COUNT=3"]),
        if_busy=st.sampled_from(["refuse", "skip"]),
    )
    def time_is_blocked(
        self, number: int, day: int, wall: time, hours: int, rule: str, if_busy: str
    ) -> None:
        begin = instant(self.day(day), wall)
        self.do(
            block_time,
            resource_id=self.studio.therapists[number % 2].resource_id,
            kind="time_off",
            reason="curso",
            begin=begin,
            end=begin + timedelta(hours=hours),
            rule=rule if hours < 24 else "",
            if_busy=if_busy,
            actor_id=self.desk,
            now=self.now,
        )

    @precondition(lambda self: self.census.blocks)
    @rule(number=which, whole=st.booleans())
    def a_block_is_lifted(self, number: int, whole: bool) -> None:
        block = self.one(number, self.census.blocks)
        ahead = block.occurrences.filter(ends_at__gt=self.now).order_by("starts_at").first()
        self.do(
            lift_block,
            block_id=block.pk,
            occurrence_id=None if whole or ahead is None else ahead.pk,
            actor_id=self.desk,
            now=self.now,
        )

    @rule(number=which, ends=st.sampled_from([time(12), time(13), time(15)]))
    def somebody_works_other_hours(self, number: int, ends: time) -> None:
        shifts = [
            Shift(self.studio.place.pk, weekday, time(9), ends, None, None)
            for weekday in range(1, 8)
        ]
        self.do(
            replace_hours,
            staff_id=self.studio.therapists[number % 2].pk,
            shifts=shifts,
            actor_id=self.desk,
            now=self.now,
        )
