"""The machine's ground: the studio, the clock, the bank, and one way to do anything."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

import time_machine
from django.db import connection, transaction
from hypothesis import event
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant

from core.errors import DomainError
from core.ids import uuid7
from spa.services.class_planning import make_sessions
from spa.services.packages import sell_package
from spa.tests.machine import in_books
from spa.tests.machine.census import Census, Trace, fingerprint
from spa.tests.machine.gateway import Bank
from spa.tests.machine.invariants import INVARIANTS
from spa.tests.machine.post import Post
from spa.tests.machine.studio import BOGOTA, DAWN, MONDAY, Studio
from spa.tests.paying import give_credit
from users.models import User

T = TypeVar("T")

# Which of those there are: the machine takes it round and round.
which = st.integers(0, 11)
days = st.sampled_from([0, 0, 1, 1, 1, 2, 3])
people = st.integers(0, 3)


class World(RuleBasedStateMachine):
    """What every rule shares. An example begins in an empty studio and is taken back at its end."""

    def __init__(
        self,
        studio: Studio,
        clock: time_machine.Traveller,
        bank: Bank,
        post: Post,
        tally: Counter[tuple[str, str]],
    ) -> None:
        super().__init__()
        self.studio, self.clock, self.bank, self.post = studio, clock, bank, post
        self.tally, self.is_busy = tally, False

    @initialize()
    def morning(self) -> None:
        """Everything that happens from here on is taken back: no example hears of another."""
        # A savepoint, because a use case refuses to run inside `atomic`.
        self.savepoint = transaction.savepoint()
        self.bank.begin()
        self.post.begin()
        self.go_to(DAWN)
        self.census = Census()
        self.trace, self.proven = fingerprint(), list[Any]()
        self.do(self._what_there_is)

    def _what_there_is(self) -> None:
        """Classes of the days to come, a little credit, somebody with packages."""
        studio, now = self.studio, self.now
        make_sessions(schedule_id=studio.yoga.pk, now=now)
        for person in studio.people:
            give_credit(person.pk, 25_000, now=now)
        for package in (studio.visits, studio.lessons):
            sell_package(
                client_id=studio.people[1].pk,
                package_id=package.pk,
                method="card",
                sale_id=uuid7(),
                actor_id=self.desk,
                now=now,
            )

    def teardown(self) -> None:
        if hasattr(self, "savepoint"):
            transaction.savepoint_rollback(self.savepoint)

    @invariant()
    def all_holds(self) -> None:
        """After every step, whatever it was."""
        if not hasattr(self, "savepoint") or self.trace == self.proven:
            return
        if self._books(self.trace) != self._books(self.proven):
            in_books.find_nothing_wrong()
        for holds in INVARIANTS:
            holds(self)
        self.proven = self.trace

    def _books(self, trace: Trace) -> Trace:
        """What the books' own checks read."""
        return [row for row in trace if str(row[0]).startswith("finances_")]

    @property
    def now(self) -> datetime:
        """What every clock in the studio shows."""
        return self._now

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
        before, self.trace = self.trace, fingerprint()
        if self.trace != before:
            self.census = Census()
        elif outcome == "done":
            outcome = "nothing to do"
        assert outcome == "done" or self.trace == before, outcome
        # Nobody does two things in the same instant.
        self.go_to(self.now + timedelta(seconds=1))
        self.tally[name, outcome] += 1
        event(f"{name}: {outcome}")
        return done
