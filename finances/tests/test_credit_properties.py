"""Whatever happens to credit and vouchers, in whatever order: tables and ledger agree (FIN-05)."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import DomainError
from finances.models import CreditLot, CreditUse, Voucher, VoucherUse
from finances.selectors.credit import get_available_credit
from finances.selectors.ledger import get_credit, verify
from finances.services.credit import expire_ended_credit, tell_next_of_ending_credit
from finances.tests import credits
from finances.tests.credits import NOON
from users.tests.factories import UserFactory

VISITS = [UUID(int=number) for number in range(1, 5)]
pesos = st.integers(1, 50).map(lambda thousands: thousands * 1000)
people, visits, days = st.integers(0, 1), st.sampled_from(VISITS), st.integers(1, 40)
steps = st.one_of(
    st.tuples(st.just("give"), people, pesos, days),
    st.tuples(st.just("reserve"), people, pesos, visits),
    st.tuples(st.just("use"), st.lists(visits, min_size=1, max_size=3)),
    st.tuples(st.just("release"), st.lists(visits, min_size=1, max_size=3)),
    st.tuples(st.just("wait"), days),
    st.tuples(st.just("tidy")),
)
many = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


class Undo(Exception):
    """Ends an example; the next one starts from empty tables."""


@contextmanager
def undone() -> Iterator[None]:
    try:
        with transaction.atomic():
            yield
            raise Undo
    except Undo:
        pass


class Purses:
    """What the clients have, counted by hand: an entry a lot, in the order in which they end."""

    def __init__(self, owners: list[UUID]) -> None:
        self.owners, self.now = owners, NOON
        self.lots: list[dict[str, Any]] = []
        self.waiting: dict[UUID, list[tuple[dict[str, Any], int]]] = {}

    def give(self, who: int, amount: int, lasts: int) -> None:
        lot = credits.give(self.owners[who], amount, valid_days=lasts, now=self.now)
        self.lots.append({"who": who, "ends": lot.expires_at, "pk": lot.pk, "left": amount})
        self.lots.sort(key=lambda lot: (lot["ends"], lot["pk"]))

    def reserve(self, who: int, amount: int, visit: UUID) -> None:
        """One visit is one person's: somebody else's is another visit."""
        mine = UUID(int=visit.int + 100 * who)
        kept = self.waiting.setdefault(mine, [])
        missing = amount - sum(part for _, part in kept)
        for lot in self.lots:
            part = min(missing, lot["left"])
            if part > 0 and lot["who"] == who and lot["ends"] > self.now:
                lot["left"] -= part
                missing -= part
                kept.append((lot, part))
        got = credits.reserve(self.owners[who], amount, mine, now=self.now)
        assert got == sum(part for _, part in kept)

    def use(self, ended: list[UUID]) -> None:
        paid = credits.use(*self._of_both(ended), now=self.now)
        assert paid == self._end(ended)

    def release(self, ended: list[UUID]) -> None:
        given = credits.release(*self._of_both(ended), now=self.now)
        for visit in set(self._of_both(ended)):
            for lot, part in self.waiting.get(visit, []):
                lot["left"] += part
        assert given == self._end(ended)

    def wait(self, passed: int) -> None:
        self.now += timedelta(days=passed)

    def tidy(self) -> None:
        while tell_next_of_ending_credit.body(now=self.now):
            pass
        expire_ended_credit.body(now=self.now)
        waiting = [lot["pk"] for parts in self.waiting.values() for lot, _ in parts]
        for lot in self.lots:
            if lot["ends"] <= self.now and lot["pk"] not in waiting:
                lot["left"] = 0

    def _of_both(self, ended: list[UUID]) -> list[UUID]:
        return [UUID(int=visit.int + 100 * who) for who in (0, 1) for visit in ended]

    def _end(self, ended: list[UUID]) -> dict[UUID, int]:
        found = {visit: self.waiting.pop(visit, []) for visit in set(self._of_both(ended))}
        return {visit: sum(part for _, part in parts) for visit, parts in found.items() if parts}

    def check(self) -> None:
        """Tables, ledger and hand agree, and nothing is negative."""
        waiting = Counter[UUID]()
        for parts in self.waiting.values():
            for lot, part in parts:
                waiting[lot["pk"]] += part
        found = CreditLot.objects.values_list("pk", "remaining", "reserved")
        by_hand = {lot["pk"]: (lot["left"], waiting[lot["pk"]]) for lot in self.lots}
        assert {pk: (left, kept) for pk, left, kept in found} == by_hand
        for who, owner in enumerate(self.owners):
            mine = [lot for lot in self.lots if lot["who"] == who]
            whole = sum(lot["left"] + waiting[lot["pk"]] for lot in mine)
            free = sum(lot["left"] for lot in mine if lot["ends"] > self.now)
            assert get_credit(client_id=owner, currency="COP") == whole
            available = get_available_credit(client_id=owner, currency="COP", now=self.now)
            assert available == free


@many
@given(happened=st.lists(steps, max_size=14))
def test_na_21_credit_is_what_hand_and_ledger_say_after_any_sequence(
    db: None, happened: list[Any]
) -> None:
    with undone():
        purses = Purses([UserFactory.create().pk, UserFactory.create().pk])
        for name, *told in happened:
            getattr(purses, name)(*told)
            purses.check()
        assert verify() == []
        used = CreditUse.objects.filter(state="used")
        assert all(use.amount > 0 for use in used)


voucher_steps = st.one_of(
    st.tuples(st.just("take"), people, visits, st.integers(0, 200_000)),
    st.tuples(st.just("use"), visits),
    st.tuples(st.just("give back"), visits),
    st.tuples(st.just("limit"), st.none() | st.integers(0, 3), st.none() | st.integers(1, 2)),
)


@many
@given(happened=st.lists(voucher_steps, max_size=16))
def test_vouchers_count_what_counts_and_never_pass_their_limits(
    db: None, happened: list[Any]
) -> None:
    with undone():
        owners = [UserFactory.create().pk, UserFactory.create().pk]
        voucher = credits.make_voucher(total_limit=3, per_person_limit=2)
        counted: dict[UUID, int] = {}
        for name, *told in happened:
            _happen(name, told, owners, voucher, counted)
            voucher.refresh_from_db()
            assert voucher.uses == len(counted)
            assert voucher.total_limit is None or voucher.uses <= voucher.total_limit
        assert verify() == []


def _happen(
    name: str, told: list[Any], owners: list[UUID], voucher: Voucher, counted: dict[UUID, int]
) -> None:
    if name == "take":
        who, visit, price = told
        _take(who, visit, price, owners, voucher, counted)
    elif name == "limit":
        total, each = told
        total = None if total is None else max(total, voucher.uses)
        Voucher.objects.update(total_limit=total, per_person_limit=each)
    else:
        step: Callable[[UUID], None] = {"use": credits.use_voucher, "give back": credits.give_back}[
            name
        ]
        for who in (0, 1):
            step(_visit(told[0], who))
            if name == "give back":
                counted.pop(_visit(told[0], who), None)


def _take(
    who: int,
    visit: UUID,
    price: int,
    owners: list[UUID],
    voucher: Voucher,
    counted: dict[UUID, int],
) -> None:
    mine = _visit(visit, who)
    theirs = sum(1 for other in counted.values() if other == who)
    limits = (voucher.total_limit, len(counted)), (voucher.per_person_limit, theirs)
    has_place = all(limit is None or number < limit for limit, number in limits)
    try:
        discount = credits.take(owners[who], mine, lines=[credits.line(price)])
    except DomainError:
        assert price == 0 or (mine not in counted and not has_place)
    else:
        assert abs(discount.total - Decimal(price) / 10) <= Decimal("0.5")
        assert mine in counted or has_place
        counted[mine] = who
        kept = VoucherUse.objects.exclude(state="released").get(payable_id=mine)
        assert kept.amount == discount.total


def _visit(visit: UUID, who: int) -> UUID:
    return UUID(int=visit.int + 100 * who)
