"""Time goes by, and what the studio does by itself when it does."""

from collections.abc import Callable
from datetime import datetime, timedelta

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
from spa.services.archive import archive_old_visits
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


def _no_shows(world: World) -> None:
    for visit_id in list_overdue(now=world.now):
        world.do(note_no_show, appointment_id=visit_id, now=world.now)


def _seats(world: World) -> None:
    for session_id in list_sessions_with_ended_holds(now=world.now):
        world.do(expire_seats, session_id=session_id, now=world.now)


def _classes(world: World) -> None:
    for session_id in list_sessions_to_finish(now=world.now):
        world.do(finish_session, session_id=session_id, now=world.now)
    world.do(make_sessions, schedule_id=world.studio.yoga.pk, now=world.now)


def _until_nothing(act: Callable[..., object]) -> Callable[[World], None]:
    """Run a task until it has nothing more to do, as workers do."""

    def run(world: World) -> None:
        while world.do(act, now=world.now):
            pass

    return run


TASKS: dict[str, Callable[[World], None]] = {
    "holds": _until_nothing(expire_unpaid_holds),
    "seats": _seats,
    "offers": _until_nothing(expire_offers),
    "waitlist": _until_nothing(sweep_waitlist),
    "no-shows": _no_shows,
    "reminders": _until_nothing(remind_clients),
    "deposits of series": _until_nothing(ask_for_deposits),
    "classes": _classes,
    "packages that end soon": _until_nothing(remind_of_packages),
    "packages that ended": _until_nothing(expire_packages),
    "packages unpaid": _until_nothing(lapse_unpaid_packages),
    "credit that ends soon": _until_nothing(tell_next_of_ending_credit),
    "credit that ended": _until_nothing(expire_ended_credit),
    "payments": _until_nothing(poll_next),
    "archive": _until_nothing(archive_old_visits),
}


class TimePasses(World):
    """The clock only goes forward; tasks run when they run."""

    tasks = TASKS

    @rule(minutes=st.sampled_from(MINUTES))
    def time_goes_by(self, minutes: int) -> None:
        self.go_to(self.now + timedelta(minutes=minutes))

    @precondition(lambda self: self.awaited())
    @rule(number=which, after=st.sampled_from([-1, 0, 31, 61]))
    def the_hour_comes(self, number: int, after: int) -> None:
        """It is about time for a visit or a class."""
        hour = self.one(number, self.awaited()) + timedelta(minutes=after)
        self.go_to(max(self.now, hour))

    def awaited(self) -> list[datetime]:
        """When something begins that somebody comes to."""
        visits = [visit.starts_at for visit in self.census.visits_that(STANDING)]
        places = [place for place in self.census.places if place.status == "enrolled"]
        return sorted({*visits, *(place.session.starts_at for place in places)})

    @rule(minutes=st.sampled_from(MINUTES))
    def time_goes_by_as_usual(self, minutes: int) -> None:
        """Beat and the workers are awake: whatever is due is done, and everybody hears of it."""
        self.go_to(self.now + timedelta(minutes=minutes))
        self.do(self._everything_due)

    def _everything_due(self) -> None:
        for task in self.tasks.values():
            task(self)
        self._deliver()

    @rule(tasks=st.lists(st.sampled_from(sorted(TASKS)), min_size=1, max_size=4, unique=True))
    def the_studio_tidies_up(self, tasks: list[str]) -> None:
        """Tasks run when they run: any of them, in any order, late or twice."""
        for task in tasks:
            TASKS[task](self)

    @precondition(lambda self: self.census.is_owed)
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

    @precondition(lambda self: self.census.is_unsent)
    @rule()
    def messages_are_sent(self) -> None:
        while self.do(send_due, now=self.now):
            pass


def _lose_receipts(*, count: int) -> None:
    newest = OutboxMessage.objects.order_by("-pk").values_list("pk", flat=True)[:count]
    OutboxMessage.objects.filter(pk__in=list(newest)).update(status="PENDING", done_at=None)
