"""Visits: booked, moved, cancelled, served, missed, paid at the desk."""

from collections.abc import Collection
from datetime import time, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from spa.domain.lifecycle import AHEAD, AppointmentStatus
from spa.models import Appointment
from spa.selectors.availability import Wish
from spa.selectors.pricing import Wishes
from spa.services.attendance import (
    check_in,
    check_in_by_code,
    complete,
    mark_no_show,
    undo_check_in,
)
from spa.services.booking import book_appointment
from spa.services.cancellation import cancel_appointment
from spa.services.counter import OWES_A_BALANCE, pay_balance, take_payment
from spa.services.desk_booking import Favour, book_for_client
from spa.services.quote import quote_visit
from spa.services.rescheduling import reschedule_appointment
from spa.services.strikes import answer_appeal, appeal_strike, waive_strike
from spa.steps.cancelling import Cancelling
from spa.steps.moving import Moving
from spa.tests.machine.studio import VOUCHER, WALLS, instant, is_vip
from spa.tests.machine.world import World, days, people, which
from users.services.bans import ban_person, welcome_again

CHECKED_IN, NO_SHOW = AppointmentStatus.CHECKED_IN, AppointmentStatus.NO_SHOW
CONFIRMED = AppointmentStatus.CONFIRMED
walls = st.sampled_from(WALLS)
parties = st.sampled_from(["one", "one", "one", "two", "longer", "sequence"])
means = st.sampled_from(["money", "voucher", "what they have", "what they have"])
# Minutes after a visit should begin; else nobody looks at the clock.
whens = st.sampled_from([-5, 1, 40, None])


class Bookings(World):
    """Single visits are booked."""

    @rule(who=people, what=which, day=days, wall=walls, party=parties, by=means)
    def somebody_books(
        self, who: int, what: int, day: int, wall: time, party: str, by: str
    ) -> None:
        words = self._order(who, what, day, wall, party, by)
        booked = self.do(book_appointment, is_vip=is_vip(self.person(who)), **words)
        if booked is not None:
            assert booked.appointment.client_id == self.person(who).pk

    @rule(who=people, what=which, day=days, wall=walls, by=means)
    def somebody_asks_and_books(self, who: int, what: int, day: int, wall: time, by: str) -> None:
        """What was quoted is what is booked, or why not."""
        words = self._order(who, what, day, wall, "one", by)
        words["is_vip"] = is_vip(self.person(who))
        quote = self.do(quote_visit, **words)
        booked = self.do(book_appointment, **words)
        if booked is not None:
            assert quote is not None
            assert quote.refusal is None
            price = quote.draft.priced.price
            assert (price.total, price.deposit) == (
                booked.appointment.total,
                booked.appointment.deposit,
            )

    @rule(who=people, what=which, day=days, wall=walls, override=st.booleans(), free=st.booleans())
    def the_desk_books(
        self, who: int, what: int, day: int, wall: time, override: bool, free: bool
    ) -> None:
        self.do(
            book_for_client,
            actor_id=self.desk,
            favour=Favour(override, free, reason="es amiga de la casa"),
            **self._order(who, what, day, wall, "one", "money"),
        )

    def _order(
        self, who: int, what: int, day: int, wall: time, party: str, by: str
    ) -> dict[str, Any]:
        person, service = self.person(who), self.one(what, self.studio.services)
        services = [service.pk]
        if party == "sequence":
            services.append(self.studio.taste.pk)
        mine = self.census.packages_of(person.pk)
        packages = [package for package in mine if service.pk in package.service_ids]
        return {
            "client_id": person.pk,
            "service_ids": services,
            "start": instant(self.day(day), wall),
            "staff_id": self.studio.therapists[0].pk if what >= 10 else None,
            "location_id": None,
            "notes": "",
            "now": self.now,
            "add_on_ids": [self.studio.oils.pk] if party == "longer" else [],
            "guests": [Wish([service.pk])] if party == "two" else [],
            "wishes": Wishes(
                voucher=VOUCHER if by == "voucher" else "",
                package=packages[0].code if by == "what they have" and packages else "",
                use_credit=by == "what they have",
            ),
        }


class Visits(Bookings):
    """And live."""

    @precondition(lambda self: self.census.visits_that(AHEAD))
    @rule(number=which, day=days, wall=walls, shift=st.sampled_from([None, None, -15, 15]))
    def its_client_moves_it(self, number: int, day: int, wall: time, shift: int | None) -> None:
        """To another time, or a little within its own."""
        visit = self.one(number, self.census.visits_that(AHEAD))
        start = instant(self.day(day), wall)
        if shift is not None:
            start = visit.starts_at + timedelta(minutes=shift)
        moving = Moving(start=start, actor_id=visit.client_id, by_staff=False)
        self._move(visit.pk, visit.client_id, moving)

    @precondition(lambda self: self.census.visits_that(AHEAD))
    @rule(number=which, day=days, wall=walls, with_whom=st.booleans(), override=st.booleans())
    def the_desk_moves_it(
        self, number: int, day: int, wall: time, with_whom: bool, override: bool
    ) -> None:
        visit = self.one(number, self.census.visits_that(AHEAD))
        moving = Moving(
            start=instant(self.day(day), wall),
            actor_id=self.desk,
            by_staff=True,
            staff_id=self.studio.therapists[number % 2].pk if with_whom else None,
            is_override=override,
            counts=False,
            reason="lo pidió",
        )
        self._move(visit.pk, None, moving)

    def _move(self, visit_id: Any, client_id: Any, moving: Moving) -> None:
        self.do(
            reschedule_appointment,
            appointment_id=visit_id,
            client_id=client_id,
            moving=moving,
            now=self.now,
        )

    @precondition(lambda self: self.census.visits)
    @rule(number=which, again=st.booleans())
    def its_client_cancels(self, number: int, again: bool) -> None:
        """Early or late, maybe what is over already."""
        visits = self.census.visits if again else self.census.visits_that(AHEAD)
        if visits:
            visit = self.one(number, visits)
            self._cancel(visit.pk, visit.client_id, Cancelling(visit.client_id, by_staff=False))

    @precondition(lambda self: self.census.visits_that(AHEAD))
    @rule(number=which, waived=st.booleans())
    def the_desk_cancels(self, number: int, waived: bool) -> None:
        visit = self.one(number, self.census.visits_that(AHEAD))
        why = Cancelling(self.desk, by_staff=True, is_waived=waived, reason="enferma")
        self._cancel(visit.pk, None, why)

    def _cancel(self, visit_id: Any, client_id: Any, why: Cancelling) -> None:
        self.do(
            cancel_appointment, appointment_id=visit_id, client_id=client_id, why=why, now=self.now
        )

    @precondition(lambda self: self.census.visits_that({CONFIRMED, NO_SHOW}))
    @rule(number=which, by_code=st.booleans(), when=whens)
    def somebody_arrives(self, number: int, by_code: bool, when: int | None) -> None:
        """Also somebody noted as absent, who came after all."""
        visit = self._when_it_is_time({CONFIRMED, NO_SHOW}, number, when)
        if by_code and visit.status == CONFIRMED:
            self.do(
                check_in_by_code,
                code=visit.check_in_code,
                actor_id=self.desk,
                now=self.now,
            )
        else:
            self._at_the_desk(check_in, visit.pk, reason="llegó tarde")

    @precondition(lambda self: self.census.visits_that({CHECKED_IN}))
    @rule(
        number=which,
        what=st.sampled_from([complete, complete, undo_check_in, mark_no_show]),
        when=whens,
    )
    def who_is_here_is_served(self, number: int, what: Any, when: int | None) -> None:
        """Or it was somebody else who came."""
        visit = self._when_it_is_time({CHECKED_IN}, number, when)
        reason = {} if what is complete else {"reason": "era otra persona"}
        self._at_the_desk(what, visit.pk, **reason)

    @precondition(lambda self: self.census.visits_that({CONFIRMED}))
    @rule(number=which, what=st.sampled_from([complete, mark_no_show]), when=whens)
    def the_desk_closes_it(self, number: int, what: Any, when: int | None) -> None:
        self._at_the_desk(what, self._when_it_is_time({CONFIRMED}, number, when).pk)

    def _when_it_is_time(
        self, statuses: Collection[str], number: int, minutes: int | None
    ) -> Appointment:
        """One of the visits at these; the clock goes on to its hour."""
        visit = self.one(number, self.census.visits_that(statuses))
        if minutes is not None:
            self.go_to(max(self.now, visit.starts_at + timedelta(minutes=minutes)))
        return visit

    def _at_the_desk(self, act: Any, visit_id: Any, **words: str) -> None:
        self.do(act, appointment_id=visit_id, actor_id=self.desk, now=self.now, **words)

    @precondition(lambda self: self.census.visits_that(AHEAD | OWES_A_BALANCE))
    @rule(
        number=which,
        method=st.sampled_from(["cash", "card", "transfer"]),
        share=st.sampled_from([40, 50, 100]),
        tip=st.sampled_from([0, 0, 5_000]),
    )
    def somebody_pays_at_the_desk(self, number: int, method: str, share: int, tip: int) -> None:
        """A deposit or a balance, wholly or in part."""
        visit = self.one(number, self.census.visits_that(AHEAD | OWES_A_BALANCE))
        owed = visit.total - visit.paid
        self.do(
            take_payment,
            appointment_id=visit.pk,
            method=method,
            amount=(owed * share / 100).quantize(Decimal(1)),
            tip=Decimal(tip),
            actor_id=self.desk,
            now=self.now,
        )

    @precondition(lambda self: self.census.visits_that(OWES_A_BALANCE))
    @rule(number=which)
    def somebody_would_pay_the_balance(self, number: int) -> None:
        visit = self.one(number, self.census.visits_that(OWES_A_BALANCE))
        self.do(pay_balance, appointment_id=visit.pk, client_id=visit.client_id, now=self.now)

    @precondition(lambda self: self.census.strikes)
    @rule(number=which, waived=st.booleans())
    def a_strike_is_looked_at(self, number: int, waived: bool) -> None:
        """Its client appeals, or the desk waives it by itself."""
        strike = self.one(number, self.census.strikes)
        words = {"strike_id": strike.pk, "now": self.now}
        if waived:
            self.do(waive_strike, reason="llovía", actor_id=self.desk, **words)
        else:
            self.do(appeal_strike, client_id=strike.client_id, text="llovía", **words)

    @precondition(lambda self: self.census.appeals)
    @rule(number=which, upheld=st.booleans())
    def an_appeal_is_answered(self, number: int, upheld: bool) -> None:
        self.do(
            answer_appeal,
            strike_id=self.one(number, self.census.appeals),
            is_upheld=upheld,
            answer="lo vimos",
            actor_id=self.desk,
            now=self.now,
        )

    @precondition(lambda self: self.census.visits_that(AHEAD) and not self.census.banned)
    @rule(number=which)
    def somebody_is_banned(self, number: int) -> None:
        """With visits ahead, and maybe with places in classes."""
        visit = self.one(number, self.census.visits_that(AHEAD))
        self._about_a_person(ban_person, visit.client_id)

    @precondition(lambda self: self.census.banned)
    @rule()
    def somebody_is_welcome_again(self) -> None:
        self._about_a_person(welcome_again, min(self.census.banned))

    def _about_a_person(self, act: Any, person_id: Any) -> None:
        admin = self.studio.admin.pk
        self.do(act, person_id=person_id, reason="lo vimos", actor_id=admin, now=self.now)
