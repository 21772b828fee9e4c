"""The machine's ground: the studio, the clock, the bank, and one way to do anything."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

import time_machine
from django.db import connection, transaction
from hypothesis import event
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant

from core.errors import DomainError
from spa.tests.machine.census import Census, fingerprint
from spa.tests.machine.gateway import Bank
from spa.tests.machine.invariants import INVARIANTS
from spa.tests.machine.memory import Memory
from spa.tests.machine.post import Post
from spa.tests.machine.studio import BOGOTA, DAWN, MONDAY, Studio
from users.models import User

T = TypeVar("T")

# Which of those there are: the machine takes it round and round.
which = st.integers(0, 11)
days = st.sampled_from([0, 0, 1, 1, 1, 2, 3])
people = st.integers(0, 3)


class World(RuleBasedStateMachine):
    """What every rule shares. An example begins on the first morning, and is taken back."""

    # What is true after every step.
    truths: Sequence[Callable[[Any], None]] = INVARIANTS

    def __init__(
        self,
        studio: Studio,
        clock: time_machine.Traveller,
        bank: Bank,
        post: Post,
        tally: Counter[tuple[str, str]],
    ) -> None:
        super().__init__()
        self.studio, self.clock, self._bank, self._post = studio, clock, bank, post
        self.tally, self.is_busy = tally, False

    @initialize()
    def morning(self) -> None:
        """Everything that happens from here on is taken back: no example hears of another."""
        # A savepoint, because a use case refuses to run inside `atomic`.
        self.savepoint = transaction.savepoint()
        self.memory, self.proven = Memory(fingerprint()), None
        self.census = Census(self.memory)
        self.bank.begin()
        self.post.begin()
        self.go_to(DAWN)

    def teardown(self) -> None:
        if hasattr(self, "savepoint"):
            transaction.savepoint_rollback(self.savepoint)

    @invariant()
    def all_holds(self) -> None:
        """After every step, whatever it was; what looks at tables only, when they have changed."""
        if not hasattr(self, "savepoint") or self.memory.trace == self.proven:
            return
        for holds in self.truths:
            self.memory.recall(holds, partial(holds, self))
        self.proven = self.memory.trace

    @property
    def now(self) -> datetime:
        """What every clock in the studio shows."""
        self.memory.look_beyond()
        return self._now

    @property
    def bank(self) -> Bank:
        """The gateway's own books."""
        self.memory.look_beyond()
        return self._bank

    @property
    def post(self) -> Post:
        """What has left."""
        self.memory.look_beyond()
        return self._post

    def go_to(self, now: datetime) -> None:
        """Let time pass."""
        self._now = now
        self.clock.move_to(now)

    def day(self, number: int) -> date:
        """So many days after today; today once it is evening is tomorrow."""
        today = self.now.astimezone(BOGOTA)
        return max(today.date(), MONDAY) + timedelta(days=number + (today.hour >= 13))

    def person(self, number: int) -> User:
        """One of the people."""
        return self.studio.people[number]

    @property
    def desk(self) -> UUID:
        """Who is at the desk."""
        return self.studio.desk.pk

    def one(self, number: int, of: Sequence[T]) -> T:
        """One of several."""
        return of[number % len(of)]

    def do(self, act: Callable[..., T], **words: Any) -> T | None:
        """Let somebody do something. A refusal is an answer too, and changes nothing.

        What is done as a part of something is looked at with the whole of it.
        """
        if self.is_busy:
            return act(**words)
        name = str(getattr(act, "__name__", act))
        try:
            self.is_busy = True
            done, outcome = act(**words), "done"
            # What is only checked when a transaction ends is checked now.
            connection.check_constraints()
        except DomainError as refusal:
            done, outcome = None, refusal.code
        finally:
            self.is_busy = False
        before, self.memory.trace = self.memory.trace, fingerprint()
        is_as_before = self.memory.trace == before
        if is_as_before and outcome == "done":
            outcome = "nothing to do"
        assert outcome == "done" or is_as_before, outcome
        # Nobody does two things in the same instant.
        self.go_to(self.now + timedelta(seconds=1))
        self.tally[name, outcome] += 1
        event(f"{name}: {outcome}")
        return done
