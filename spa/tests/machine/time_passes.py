"""Time goes by, and what the studio does by itself when it does."""

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from core import outbox
from core.models import OutboxMessage
from finances.services.credit import expire_ended_credit, tell_next_of_ending_credit
from finances.services.polling import poll_next
from notifications.services.sending import send_due
from spa.domain.lifecycle import STANDING
from spa.selectors.attendance import list_overdue
from spa.selectors.classes import list_sessions_to_finish, list_sessions_with_ended_holds
from spa.services.class_planning import make_sessions
from spa.services.classes import finish_session
from spa.services.enrolment import expire_seats
from spa.services.expiry import expire_unpaid_holds
from spa.services.no_shows import note_no_show
from spa.services.package_endings import (
    expire_packages,
    lapse_unpaid_packages,
    remind_of_packages,
)
from spa.services.reminders import remind_clients
from spa.services.series_deposits import ask_for_deposits
from spa.services.waitlist_sweep import expire_offers, sweep_waitlist
from spa.tests.machine.world import World, which

MINUTES = [1, 6, 21, 21, 61, 61, 180, 12 * 60, 24 * 60, 5 * 24 * 60]


class TimePasses(World):
    """The clock only goes forward; tasks run when they run."""

    @rule(minutes=st.sampled_from(MINUTES))
    def time_goes_by(self, minutes: int) -> None:
        self.go_to(self.now + timedelta(minutes=minutes))

    @precondition(lambda self: self.census.visits_that(STANDING))
    @rule(number=which, after=st.sampled_from([-1, 0, 31]))
    def the_hour_comes(self, number: int, after: int) -> None:
        """It is about time for a visit."""
        visit = self.one(number, self.census.visits_that(STANDING))
        self.go_to(max(self.now, visit.starts_at + timedelta(minutes=after)))

    @rule()
    def holds_end(self) -> None:
        self.do(expire_unpaid_holds, now=self.now)
        for session_id in list_sessions_with_ended_holds(now=self.now):
            self.do(expire_seats, session_id=session_id, now=self.now)

    @rule()
    def offers_end(self) -> None:
        self.do(expire_offers, now=self.now)

    @rule()
    def the_waitlist_is_swept(self) -> None:
        self.do(sweep_waitlist, now=self.now)

    @rule()
    def a_minute_passes_at_the_desk(self) -> None:
        """Reminders, absences, deposits of series that come near."""
        self.do(remind_clients, now=self.now)
        self.do(ask_for_deposits, now=self.now)
        for visit_id in list_overdue(now=self.now):
            self.do(note_no_show, appointment_id=visit_id, now=self.now)

    @rule()
    def the_hour_strikes(self) -> None:
        """Credit and packages that come to their end, classes that are over or to be made."""
        for tidy in (remind_of_packages, expire_packages, lapse_unpaid_packages):
            self.do(tidy, now=self.now)
        while self.do(tell_next_of_ending_credit, now=self.now):
            pass
        self.do(expire_ended_credit, now=self.now)
        for session_id in list_sessions_to_finish(now=self.now):
            self.do(finish_session, session_id=session_id, now=self.now)
        self.do(make_sessions, schedule_id=self.studio.yoga.pk, now=self.now)

    @rule()
    def payments_are_polled(self) -> None:
        """The gateway is asked about whatever is due, as if no event had ever come."""
        while self.do(poll_next, now=self.now):
            pass

    @rule(twice=st.booleans(), number=which)
    def the_outbox_is_delivered(self, twice: bool, number: int) -> None:
        """All that is owed; maybe some of it once more, as when a receipt is lost."""
        self._deliver()
        if twice:
            self.do(_lose_receipts, count=1 + number)
            self._deliver()

    def _deliver(self) -> None:
        while self.do(outbox.deliver_due, now=self.now):
            pass

    @rule()
    def messages_are_sent(self) -> None:
        while self.do(send_due, now=self.now):
            pass


def _lose_receipts(*, count: int) -> None:
    newest = OutboxMessage.objects.order_by("-pk").values_list("pk", flat=True)[:count]
    OutboxMessage.objects.filter(pk__in=list(newest)).update(status="PENDING", done_at=None)
