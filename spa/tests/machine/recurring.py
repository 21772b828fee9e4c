"""Series: looked at, booked, paid, moved, cancelled."""

from datetime import time
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from spa.domain.lifecycle import AHEAD, AppointmentStatus
from spa.domain.series import Scope, SeriesPayment
from spa.models import Appointment, AppointmentSeries
from spa.services.series import Mode, book_series
from spa.services.series_cancellation import cancel_series
from spa.services.series_deposits import pay_deposit, take_series_payment
from spa.services.series_moves import Change, Grounds, move_series
from spa.services.series_preview import Candidate, preview_series
from spa.steps.cancelling import Cancelling
from spa.steps.series_planning import SeriesOrder
from spa.tests.machine.studio import WALLS, instant
from spa.tests.machine.world import World, days, people, which

# Deposits of days near are due with the first, those of weeks to come are asked for in their time.
RULES = ["FREQ=DAILY;COUNT=3", "FREQ=DAILY;INTERVAL=2;COUNT=4", *["FREQ=WEEKLY;COUNT=3"] * 3]
scopes = st.sampled_from(list(Scope))
PENDING = AppointmentStatus.PENDING_PAYMENT


class Recurring(World):
    """Visits that repeat."""

    @rule(
        who=people,
        what=which,
        day=days,
        wall=st.sampled_from(WALLS),
        text=st.sampled_from(RULES),
        mode=st.sampled_from(list(Mode)),
        payment=st.sampled_from(list(SeriesPayment)),
        at_once=st.booleans(),
    )
    def somebody_books_a_series(
        self,
        who: int,
        what: int,
        day: int,
        wall: time,
        text: str,
        mode: Mode,
        payment: SeriesPayment,
        at_once: bool,
    ) -> None:
        """What the preview shows as free is what is booked; maybe it is paid before they leave."""
        order = SeriesOrder(
            client_id=self.person(who).pk,
            service_ids=[self.one(what, self.studio.services).pk],
            start=instant(self.day(day), wall),
            rule=text,
            payment=payment,
        )
        now = self.now
        preview = self.do(preview_series, order=order, now=now)
        booked = self.do(book_series, order=order, mode=mode, now=now)
        if booked is not None:
            assert preview is not None
            free = [slot.slot.day for slot in preview.visits if isinstance(slot, Candidate)]
            assert [visit.occurrence for visit in self.visits_of(booked.series)] == free
            assert len(booked.conflicts) == len(preview.visits) - len(free)
            if at_once:
                self._pay_at_the_desk(booked.series)

    def visits_of(self, series: AppointmentSeries) -> list[Appointment]:
        """Its visits in the order of their days."""
        mine = [visit for visit in self.census.visits if visit.series_id == series.pk]
        return sorted(mine, key=lambda visit: str(visit.occurrence))

    def running(self, *statuses: str) -> list[AppointmentSeries]:
        """Series that have visits ahead; any, if there are none."""
        ahead = {visit.series_id for visit in self.census.visits_that(AHEAD)}
        found = [series for series in self.census.series if series.pk in ahead]
        return [s for s in found if s.status in statuses] or found or self.census.series

    @precondition(lambda self: self.census.series)
    @rule(number=which)
    def a_series_is_paid_at_the_desk(self, number: int) -> None:
        self._pay_at_the_desk(self.one(number, self.running("pending")))

    def _pay_at_the_desk(self, series: AppointmentSeries) -> None:
        self.do(
            take_series_payment,
            series_id=series.pk,
            method="cash",
            actor_id=self.desk,
            now=self.now,
        )

    @precondition(lambda self: self.census.series)
    @rule(number=which, visit=which)
    def somebody_would_pay_a_deposit_early(self, number: int, visit: int) -> None:
        active = self.running("active")
        waiting = {visit.series_id for visit in self.census.visits_that({PENDING})}
        series = self.one(number, [s for s in active if s.pk in waiting] or active)
        owing = [v for v in self.visits_of(series) if v.status == PENDING]
        self.do(
            pay_deposit,
            series_id=series.pk,
            client_id=series.client_id,
            named=self.one(visit, owing or self.visits_of(series)).occurrence,
            now=self.now,
        )

    @precondition(lambda self: self.census.series)
    @rule(
        number=which,
        visit=which,
        scope=scopes,
        wall=st.none() | st.sampled_from(WALLS),
        weekday=st.none() | st.integers(1, 7),
        by_desk=st.booleans(),
        override=st.booleans(),
    )
    def a_series_is_moved(
        self,
        number: int,
        visit: int,
        scope: Scope,
        wall: time | None,
        weekday: int | None,
        by_desk: bool,
        override: bool,
    ) -> None:
        series = self.one(number, self.running())
        actor = self.desk if by_desk else series.client_id
        self.do(
            move_series,
            series_id=series.pk,
            client_id=None if by_desk else series.client_id,
            scope=scope,
            named=self._named(series, visit),
            change=Change(wall=wall, weekday=weekday),
            grounds=Grounds(actor, by_desk, by_desk and override, reason="otro turno"),
            now=self.now,
        )

    @precondition(lambda self: self.census.series)
    @rule(number=which, visit=which, scope=scopes, by_desk=st.booleans())
    def a_series_is_cancelled(self, number: int, visit: int, scope: Scope, by_desk: bool) -> None:
        series = self.one(number, self.running())
        actor = self.desk if by_desk else series.client_id
        self.do(
            cancel_series,
            series_id=series.pk,
            client_id=None if by_desk else series.client_id,
            scope=scope,
            named=self._named(series, visit),
            why=Cancelling(actor, by_staff=by_desk),
            now=self.now,
        )

    def _named(self, series: AppointmentSeries, number: int) -> Any:
        """The day of one of its visits, of one ahead if there is any."""
        visits = self.visits_of(series)
        ahead = [visit for visit in visits if visit.status in AHEAD]
        return self.one(number, ahead or visits).occurrence
