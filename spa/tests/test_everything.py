"""Whatever people, money and the clock do in any order: nothing overlaps, the books balance, no
counter is negative, and everybody hears of each thing at most once (issue 3).
"""

from collections import Counter
from collections.abc import Iterator
from functools import partial

import pytest
import time_machine
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from core.testing import IS_DEEP
from finances.gateways import current
from notifications.domain.statuses import Channel
from notifications.services import sending
from spa.tests.machine.census import remember_how, tables
from spa.tests.machine.gateway import Bank
from spa.tests.machine.lessons import Lessons
from spa.tests.machine.money import Money
from spa.tests.machine.post import Post
from spa.tests.machine.recurring import Recurring
from spa.tests.machine.studio import DAWN, Studio, first_morning, open_studio
from spa.tests.machine.tally import tried_in_vain
from spa.tests.machine.time_passes import TimePasses
from spa.tests.machine.visits import Bookings, Visits
from spa.tests.machine.waiting import Waiting
from spa.tests.machine.world import World

# Few on every run. In the soak 25 times as many that are twice as long: an example of fifty steps
# costs two seconds of a slow processor, so that the five machines take one core under half an hour.
EXAMPLES, STEPS = (100, 50) if IS_DEEP else (3, 20)


class Everything(Visits, Money, Waiting, Recurring, Lessons, TimePasses):
    """All that may happen to a studio, in any order."""


class OnlyVisits(Visits, Money, TimePasses):
    """Visits, and what pays for them."""


class OnlyClasses(Lessons, Money, TimePasses):
    """Two seats and four people: classes get further when nothing else happens."""


class OnlySeries(Recurring, Money, TimePasses):
    """Series, their deposits and their moves."""


class OnlyWaiting(Waiting, Bookings, TimePasses):
    """Visits that come free for those who wait."""


@pytest.fixture
def clock(db: None) -> Iterator[time_machine.Traveller]:
    with time_machine.travel(DAWN, tick=False) as traveller:
        yield traveller


@pytest.fixture
def studio(clock: time_machine.Traveller) -> Studio:
    remember_how(tables())
    studio = open_studio()
    first_morning(studio)
    return studio


@pytest.fixture
def bank(monkeypatch: pytest.MonkeyPatch) -> Bank:
    """The gateway is the machine's own."""
    bank = Bank()
    monkeypatch.setattr(current, "WompiGateway", lambda: bank)
    return bank


@pytest.fixture
def post(monkeypatch: pytest.MonkeyPatch) -> Post:
    """And so is who carries the messages."""
    post = Post()
    monkeypatch.setattr(sending, "GATEWAYS", dict.fromkeys(Channel, post))
    return post


PARTS = [OnlyVisits, OnlyClasses, OnlySeries, OnlyWaiting]


@pytest.mark.hypothesis
@pytest.mark.timeout(0 if IS_DEEP else 300)
@pytest.mark.parametrize(
    "machine", [Everything, *(pytest.param(part, marks=pytest.mark.slow) for part in PARTS)]
)
def test_whatever_happens_time_money_counts_and_messages_agree(
    machine: type[World], studio: Studio, clock: time_machine.Traveller, bank: Bank, post: Post
) -> None:
    tally = Counter[tuple[str, str]]()
    run_state_machine_as_test(
        partial(machine, studio, clock, bank, post, tally),
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert tried_in_vain(tally) == set()
