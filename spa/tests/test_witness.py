"""Whatever happens to money, and whatever is heard of it: the providers' own books, which are kept
by another process, agree with ours to the peso once everything due is done (FIN-06, NA-24).
"""

from collections import Counter
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
import time_machine
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from core.testing import IS_DEEP
from spa.tests.machine.census import remember_how, tables
from spa.tests.machine.post import Post
from spa.tests.machine.studio import DAWN, Studio, first_morning, open_studio
from spa.tests.machine.tally import tried_in_vain
from spa.tests.machine.visits import Visits
from spa.tests.witness.bank import FarBank
from spa.tests.witness.ground import furnish
from spa.tests.witness.rest import Rest
from spa.tests.witness.stories import Stories
from spa.tests.witness.trouble import Silence, Trouble
from spa.tests.witness.truths import TRUTHS

EXAMPLES, STEPS = (150, 40) if IS_DEEP else (3, 20)


class Witness(Visits, Stories, Trouble, Rest):
    """All that may happen to money; what does not move any is left out."""

    truths = TRUTHS
    its_client_moves_it = the_desk_moves_it = somebody_asks_and_books = None
    a_strike_is_looked_at = an_appeal_is_answered = messages_are_sent = None
    somebody_is_banned = somebody_is_welcome_again = a_package_changes_hands = None
    the_studio_tidies_up = the_outbox_is_delivered = the_desk_books = somebody_books = None
    somebody_arrives = who_is_here_is_served = the_hour_comes = the_desk_cancels = None
    somebody_pays = credit_is_given = the_desk_sells_a_package = None


class DeepWitness(Witness, Silence):
    """And what takes its time."""


@pytest.fixture
def clock(db: None) -> Iterator[time_machine.Traveller]:
    with time_machine.travel(DAWN, tick=False) as traveller:
        yield traveller


@pytest.fixture
def bank(sandbox: Any, settings: Any, clock: time_machine.Traveller) -> FarBank:
    """Nobody waits long for an answer that does not come."""
    settings.PROVIDER_READ_TIMEOUT = 1 if IS_DEEP else 5
    return FarBank(sandbox)


@pytest.fixture
def studio(bank: FarBank) -> Studio:
    remember_how(tables())
    studio = open_studio()
    first_morning(studio)
    furnish(studio)
    return studio


@pytest.mark.hypothesis
@pytest.mark.timeout(0 if IS_DEEP else 300)
def test_na_24_the_books_agree_with_those_of_the_providers(
    studio: Studio, clock: time_machine.Traveller, bank: FarBank
) -> None:
    tally = Counter[tuple[str, str]]()
    run_state_machine_as_test(
        partial(DeepWitness if IS_DEEP else Witness, studio, clock, bank, Post(), tally),
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            derandomize=not IS_DEEP,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert tried_in_vain(tally) == set()
