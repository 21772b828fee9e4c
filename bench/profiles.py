"""What `--profile` can look into: a scenario's work, done in this process."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial

from django.utils import timezone

from bench.profiling import Work, print_profile
from bench.scenarios import availability, quoting, standing, webhooks
from bench.scenarios.context import Context
from bench.scenarios.rivalry import random_starts
from bench.studio import DAYS, LARGE_DAYS, OPENS, PER_DAY, STEP, ZONE
from core import inbox, outbox
from notifications.services import sending

NUMBER = 700


def _answers(context: Context, requests: Sequence[bytes]) -> list[Work]:
    return [partial(context.application.answer, request) for request in requests]


def profile_availability(context: Context) -> None:
    """The same question again and again."""
    request = availability.question(context, context.studio.booked, DAYS)
    print_profile("a question for free times", _answers(context, [request] * NUMBER))


def profile_month(context: Context) -> None:
    """The same question about fifty people and thirty days."""
    request = availability.question(context, context.studio.large, LARGE_DAYS)
    print_profile("a question for a month", _answers(context, [request] * NUMBER))


def profile_quoting(context: Context) -> None:
    """Quotes for visits that can be had."""
    print_profile("a quote", _answers(context, quoting.questions(context)))


def profile_moving(context: Context) -> None:
    """Visits that move to a free time."""
    print_profile("a move", _answers(context, standing.moves(context, NUMBER)))


def profile_cancelling(context: Context) -> None:
    """Visits that are cancelled in time."""
    print_profile("a cancellation", _answers(context, standing.cancellations(context, NUMBER)))


def profile_booking(context: Context) -> None:
    """Bookings that succeed."""
    print_profile("a booking", _answers(context, context.free_bookings(NUMBER)))


def profile_refusals(context: Context) -> None:
    """Attempts at a staff member who has no time left: 409 with alternatives."""
    hot = context.studio.hot
    first = datetime.combine(context.studio.first_day, OPENS, tzinfo=ZONE)
    starts = [first + timedelta(days=day) + n * STEP for day in range(DAYS) for n in range(PER_DAY)]
    taken = context.bookings([(hot.staff[0], start) for start in starts], hot.location)
    for work in _answers(context, taken):
        work()
    tries = [(hot.staff[0], start) for start in random_starts(context, NUMBER)]
    print_profile("a refused booking", _answers(context, context.bookings(tries, hot.location)))


def profile_webhooks(context: Context) -> None:
    """Each stage for all events before the next: kept, settled, announced, sent."""
    # Whole batches of every stage, so that nothing is left for another stage to trip over.
    number = 7 * max(inbox.BATCH, outbox.BATCH, sending.BATCH)
    _, events = webhooks.prepare(context, number)
    print_profile("an event to keep", _answers(context, events))
    stages: list[tuple[str, Callable[..., int], int]] = [
        ("an event to settle", inbox.process_due, inbox.BATCH),
        ("an outbox message", outbox.deliver_due, outbox.BATCH),
        ("a message to send", sending.send_due, sending.BATCH),
    ]
    for about, drain, batch in stages:
        works = [partial(_drain, drain)] * (number // batch)
        print_profile(about, works, each=batch)


def _drain(drain: Callable[..., int]) -> int:
    return drain(now=timezone.now())


PROFILES: dict[str, Callable[[Context], None]] = {
    "availability": profile_availability,
    "month": profile_month,
    "quoting": profile_quoting,
    "booking": profile_booking,
    "moving": profile_moving,
    "cancelling": profile_cancelling,
    "hot-staff": profile_refusals,
    "webhooks": profile_webhooks,
}
