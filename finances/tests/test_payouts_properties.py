"""Whatever is earned, taken back, paid, sent back or said twice: every peso is in one place."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
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
STEPS = st.one_of(
    st.tuples(st.just("earn"), who, whole),
    st.tuples(st.just("tip"), who, whole),
    st.tuples(st.just("take_back"), who, st.integers(0, 5)),
    st.tuples(st.just("pay"), who, st.booleans()),
    st.tuples(st.just("see"), st.integers(0, 9), st.sampled_from(LineStatus)),
    st.tuples(st.just("reject"), st.integers(0, 9), st.none()),
)


@dataclass
class Provider:
    """The provider's side: it ends a line once, and says so as often as it likes."""

    ended: dict[str, LineStatus]

    def see(self, payout: Payout, status: LineStatus) -> SeenPayout:
        lines = []
        for line in payout.lines.order_by("pk"):
            told = self.ended.get(line.reference, status)
            if told is not LineStatus.PENDING:
                self.ended[line.reference] = told
            lines.append(SeenLine(f"t{line.pk}", line.reference, told, line.amount, "D07"))
        return SeenPayout(f"b{payout.pk}", payout.reference, BatchState.UNDER_WAY, tuple(lines))


class Everything(TestCase):
    """Any sequence of steps, two people, news of any age."""

    @profile(max_examples=20)
    @given(st.lists(STEPS, max_size=10))
    def test_every_peso_is_owed_on_its_way_or_paid(self, steps: list[tuple[str, int, Any]]) -> None:
        people = [payee(UUID(int=number + 1)) for number in range(2)]
        admin = UserFactory.create(admin=True)
        provider = Provider({})
        earned = Decimal(0)
        for name, target, value in steps:
            act: Callable[..., Decimal] = ACTS[name]
            earned += act(people, admin.pk, provider, target, value)

        found = books()
        owed = found.get("commissions_payable", Decimal(0)) + found.get("tips_payable", Decimal(0))
        transit, bank = (found.get(name, Decimal(0)) for name in ("payouts_in_transit", "bank"))
        assert -(owed + transit + bank) == earned
        approved = PayoutLine.objects.filter(status="approved")
        assert -bank == sum((line.amount for line in approved), Decimal(0))
        assert verify() == []


def _earn(
    people: list[Payee], _admin: UUID, _provider: Provider, target: int, base: int
) -> Decimal:
    return earn(people[target].party, base).amount


def _tip(
    people: list[Payee], _admin: UUID, _provider: Provider, target: int, value: int
) -> Decimal:
    tip(people[target].party, value)
    return Decimal(value)


def _take_back(
    people: list[Payee], admin: UUID, _provider: Provider, target: int, number: int
) -> Decimal:
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


def _pay(
    people: list[Payee], admin: UUID, _provider: Provider, target: int, is_named: bool
) -> Decimal:
    named = [people[target].pk] if is_named else None
    with suppress(errors.NothingToPayOut):
        pay_out(payee_ids=named, actor_id=admin, now=NOW)
    return Decimal(0)


def _see(
    _people: list[Payee], _admin: UUID, provider: Provider, target: int, status: LineStatus
) -> Decimal:
    for payout in Payout.objects.order_by("pk")[target : target + 1]:
        with transaction.atomic():
            apply_seen([provider.see(payout, status)], now=NOW)
    return Decimal(0)


def _reject(
    _people: list[Payee], _admin: UUID, provider: Provider, target: int, _nothing: None
) -> Decimal:
    for payout in Payout.objects.order_by("pk")[target : target + 1]:
        seen = provider.see(payout, LineStatus.CANCELLED)
        gone = SeenPayout(seen.gateway_id, seen.reference, BatchState.REJECTED, seen.lines)
        with transaction.atomic():
            apply_seen([gone], now=NOW)
    return Decimal(0)


ACTS: dict[str, Callable[..., Decimal]] = {
    "earn": _earn,
    "tip": _tip,
    "take_back": _take_back,
    "pay": _pay,
    "see": _see,
    "reject": _reject,
}
