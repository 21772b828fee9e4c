"""Whatever happens at the gateway, whatever we hear of it: a night finds just what is planted."""

import random
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import DomainError
from finances.models import Difference, Payment
from finances.selectors.ledger import verify
from finances.tests.reconciling import Night
from finances.tests.reconciling import night as night
from finances.tests.refunding import Refunding, work
from users.tests.factories import UserFactory

HAPPENINGS = [
    "approved",
    "declined",
    "elsewhere",
    "charged_back",
    "refunded",
    "refunded_at_their_desk",
    "events",
]


@dataclass
class Story:
    """A day at the gateway; `planted` is what nobody but a person can explain."""

    night: Night
    clerk: Any
    payments: list[Payment] = field(default_factory=list)

    def go(self, what: str, chance: random.Random) -> None:
        getattr(self, f"_{what}")(chance)

    def _approved(self, chance: random.Random) -> None:
        self.payments.append(self.night.pay())

    def _declined(self, chance: random.Random) -> None:
        self.night.pay(outcome="DECLINED")

    def _elsewhere(self, chance: random.Random) -> None:
        self.night.pay_outside(chance.randrange(2_000, 90_000), reference=f"LINK-{uuid4()}")

    def _charged_back(self, chance: random.Random) -> None:
        if found := self._standing(chance):
            body = {"transaction_id": found, "deliver": False}
            self.night.wire.sandbox._call("POST", "wompi/chargeback", body)

    def _refunded_at_their_desk(self, chance: random.Random) -> None:
        if found := self._standing(chance):
            cents = chance.randrange(1, 20) * 10_000
            body = {"transaction_id": found, "amount_in_cents": cents}
            if self._left(found) >= cents:
                self.night.wire.sandbox._call("POST", "wompi/refund", body)

    def _refunded(self, chance: random.Random) -> None:
        known = [one for one in self.payments if one.attempts.exclude(booked_at=None).exists()]
        if known:
            paid = Refunding(self.night.wire, chance.choice(known), self.clerk, self.clerk)
            try:
                paid.ask(chance.randrange(1, 10) * 1_000)
            except DomainError:
                return
            work()

    def _events(self, chance: random.Random) -> None:
        """Some of all events come, some of them twice, in any order; the others are lost."""
        bodies = [body for one in self.payments for body in self.night.wire.events(one)]
        told = [body for body in bodies for _ in range(chance.choice([0, 1, 2]))]
        chance.shuffle(told)
        self.night.wire.deliver(*told)

    def _standing(self, chance: random.Random) -> str | None:
        books = self._books()["transactions"]
        found = sorted(key for key, row in books.items() if row["status"] == "APPROVED")
        return chance.choice(found) if found else None

    def _left(self, key: str) -> int:
        row = self._books()["transactions"][key]
        return int(row["amount_in_cents"]) - int(row["refunded_in_cents"])

    def _books(self) -> dict[str, Any]:
        found: dict[str, Any] = self.night.wire.sandbox._call("GET", "wompi/books")
        return found

    @property
    def planted(self) -> dict[tuple[str, str], Decimal]:
        """By the gateway's own books: payments that are none of ours, refunds that nobody asked."""
        books = self._books()
        ours = set(Payment.objects.values_list("reference", flat=True))
        rows = books["transactions"].items()
        standing = {
            key: row
            for key, row in rows
            if row["status"] == "APPROVED"
            and (row["reference"] in ours or row["refunded_in_cents"] < row["amount_in_cents"])
        }
        found = {
            ("payment", key): Decimal(row["amount_in_cents"]) / 100
            for key, row in standing.items()
            if row["reference"] not in ours
        }
        for key, row in books["refunds"].items():
            is_ours = (row["reference"] or "").startswith("RSZ-")
            if row["transaction_id"] in standing and not is_ours:
                found["refund", f"#{key}"] = -Decimal(row["amount_in_cents"]) / 100
        return found


@settings(
    max_examples=12,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    deadline=None,
)
@given(happened=st.lists(st.sampled_from(HAPPENINGS), max_size=12), seed=st.integers(0, 2**32))
def test_na_24_a_night_leaves_the_books_equal_but_for_what_is_planted(
    night: Night, happened: list[str], seed: int
) -> None:
    chance = random.Random(seed)
    # What examples before this one left behind is compared again: it has to differ as it did.
    story = Story(night, UserFactory.create(admin=True).pk)
    for what in happened:
        story.go(what, chance)

    night.run()

    waiting = Difference.objects.filter(state="open")
    found = {(row.subject, row.thing): row.amount for row in waiting}
    assert found == story.planted
    assert night.held_here() + sum(found.values()) == night.held_there()
    assert [finding for finding in verify() if not finding.is_explained] == []
