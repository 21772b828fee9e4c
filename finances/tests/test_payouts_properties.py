"""Whatever is earned, taken back, paid, sent back or said twice: every peso is in one place."""

from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from hypothesis import given
from hypothesis import settings as profile
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from finances import errors
from finances.domain.payout_sightings import BatchState, SeenLine, SeenPayout
from finances.domain.payouts import LineStatus
from finances.models import Commission, Payee, Payout, PayoutLine
from finances.selectors.ledger import verify
from finances.services.commissions import take_commission_back
from finances.services.payouts import pay_out
from finances.steps.payout_sightings import apply_seen
from finances.tests.books import books
from finances.tests.earnings import earn, payee, tip
from users.tests.factories import UserFactory

NOW = timezone.now()
whole = st.integers(1, 400_000)
who = st.integers(0, 1)
# What is said of a line one time after the other.
news = st.lists(st.sampled_from(list(LineStatus)[::-1]), min_size=1, max_size=3)
STEPS = st.one_of(
    st.tuples(st.just("earn"), who, whole),
    st.tuples(st.just("tip"), who, whole),
    st.tuples(st.just("take_back"), who, st.integers(0, 5)),
    st.tuples(st.just("pay"), who, st.booleans()),
    st.tuples(st.just("see"), st.integers(0, 9), news),
    st.tuples(st.just("see"), st.integers(0, 9), news),
    st.tuples(st.just("reject"), st.integers(0, 9), st.none()),
)

# Something to lose: one is owed money, the other's is on its way.
BEGIN: list[tuple[str, int, Any]] = [
    ("earn", 0, 400_000),
    ("earn", 1, 300_000),
    ("tip", 1, 7_000),
    ("pay", 1, True),
]


def told(payout: Payout, status: LineStatus, state: BatchState) -> SeenPayout:
    """What the provider says, today; tomorrow it may say something else."""
    lines = [
        SeenLine(f"t{line.pk}", line.reference, status, line.amount, "D07")
        for line in payout.lines.order_by("pk")
    ]
    return SeenPayout(f"b{payout.pk}", payout.reference, state, tuple(lines))


class Everything(TestCase):
    """Any sequence of steps, two people, news of any age."""

    @profile(max_examples=20)
    @given(st.lists(STEPS, max_size=8))
    def test_every_peso_is_owed_on_its_way_or_paid(self, steps: list[tuple[str, int, Any]]) -> None:
        people = [payee(UUID(int=number + 1)) for number in range(2)]
        admin = UserFactory.create(admin=True)
        earned = Decimal(0)
        for name, target, value in [*BEGIN, *steps]:
            act: Callable[..., Decimal] = ACTS[name]
            earned += act(people, admin.pk, target, value)

        found = books()
        owed = found.get("commissions_payable", Decimal(0)) + found.get("tips_payable", Decimal(0))
        transit, bank = (found.get(name, Decimal(0)) for name in ("payouts_in_transit", "bank"))
        assert -(owed + transit + bank) == earned
        approved = PayoutLine.objects.filter(status="approved")
        assert -bank == sum((line.amount for line in approved), Decimal(0))
        assert verify() == []


def _earn(people: list[Payee], _admin: UUID, target: int, base: int) -> Decimal:
    return earn(people[target].party, base).amount


def _tip(people: list[Payee], _admin: UUID, target: int, value: int) -> Decimal:
    tip(people[target].party, value)
    return Decimal(value)


def _take_back(people: list[Payee], admin: UUID, target: int, number: int) -> Decimal:
    mine = list(Commission.objects.filter(party=people[target].party).order_by("pk"))
    if number >= len(mine):
        return Decimal(0)
    try:
        mirror = take_commission_back(
            commission_id=mine[number].pk, actor_id=admin, reason="error", now=NOW
        )
    except errors.CommissionTakenBack:
        return Decimal(0)
    return mirror.amount


def _pay(people: list[Payee], admin: UUID, target: int, is_named: bool) -> Decimal:
    named = [people[target].pk] if is_named else None
    with suppress(errors.NothingToPayOut):
        pay_out(payee_ids=named, actor_id=admin, now=NOW)
    return Decimal(0)


def _see(_people: list[Payee], _admin: UUID, target: int, said: list[LineStatus]) -> Decimal:
    for status in said:
        _hear(target, status, BatchState.UNDER_WAY)
    return Decimal(0)


def _reject(_people: list[Payee], _admin: UUID, target: int, _nothing: None) -> Decimal:
    return _hear(target, LineStatus.CANCELLED, BatchState.REJECTED)


def _hear(target: int, status: LineStatus, state: BatchState) -> Decimal:
    payouts = list(Payout.objects.order_by("pk"))
    if payouts:
        with transaction.atomic():
            apply_seen([told(payouts[target % len(payouts)], status, state)], now=NOW)
    return Decimal(0)


ACTS: dict[str, Callable[..., Decimal]] = {
    "earn": _earn,
    "tip": _tip,
    "take_back": _take_back,
    "pay": _pay,
    "see": _see,
    "reject": _reject,
}
