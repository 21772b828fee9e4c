"""What finances needs from apps it must not know: they register, it asks."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol
from uuid import UUID

from finances.domain.discounts import Scope
from finances.types import Allocation, Settled


class Payable(Protocol):
    """Something that is paid for: an appointment, an order."""

    def settle(self, *, paid: Sequence[Settled], now: datetime) -> Sequence[Allocation]:
        """Take each payment's money for what it was meant for, or say that it becomes credit.

        Answers in the order of `paid`, and decides in it: of two payments for one thing the second
        finds what the first did. Each payment is asked about once, together with others of its
        batch; the number of statements should not depend on how many. A step: it runs inside
        finances' settling transaction, with the payments' rows locked, and commits together with
        the ledger. It must lock only its own rows, in one order, and never raise for a business
        reason: money that is here has to be somebody's.
        """

    def describe(self, *, payable_id: UUID) -> str:
        """A few Spanish words for messages: `Masaje relajante`."""


_payables: dict[str, Payable] = {}


def register_payable(kind: str, payable: Payable) -> None:
    """Called once per kind from `AppConfig.ready()`: `register_payable("spa.appointment", …)`."""
    if _payables.setdefault(kind, payable) is not payable:
        raise RuntimeError(f"{kind} is already registered")


def payable_for(kind: str) -> Payable:
    """Who answers for `kind`. Raises `LookupError`: a payment of an unknown kind is a bug."""
    return _payables[kind]


Sellables = Callable[[], Sequence[tuple[UUID, str]]]
_sellables: dict[Scope, Sellables] = {}


def register_sellables(scope: Scope, names: Sellables) -> None:
    """Called once per scope from `AppConfig.ready()`: what vouchers may be limited to, by name."""
    if _sellables.setdefault(scope, names) is not names:
        raise RuntimeError(f"{scope} is already registered")


def list_sellables(scope: Scope) -> Sequence[tuple[UUID, str]]:
    """What there is of `scope` to choose from; nothing while nobody sells such things."""
    return _sellables[scope]() if scope in _sellables else []


@dataclass(frozen=True, slots=True)
class Sellable:
    """Something that is sold now, at its price for everybody."""

    name: str
    price: Decimal
    currency: str


FindSellable = Callable[[UUID], Sellable | None]
_findable: dict[Scope, FindSellable] = {}


def register_prices(scope: Scope, find: FindSellable) -> None:
    """Called once per scope from `AppConfig.ready()`: what one of its things costs now."""
    if _findable.setdefault(scope, find) is not find:
        raise RuntimeError(f"{scope} is already registered")


def find_sellable(scope: Scope, item_id: UUID) -> Sellable | None:
    """What it costs, or nothing when it is not sold any more."""
    return _findable[scope](item_id) if scope in _findable else None


@dataclass(frozen=True, slots=True)
class Earner:
    """Somebody who earns commissions and tips: whose money it is on the ledger, and who it is."""

    party: UUID
    name: str
    person_id: UUID | None


Earners = Callable[[], Sequence[Earner]]
_earners: list[Earners] = []


def register_earners(earners: Earners) -> None:
    """Called once per app from `AppConfig.ready()`: who of its people earns anything."""
    if earners not in _earners:
        _earners.append(earners)


def list_earners() -> list[Earner]:
    """Everybody who may earn something."""
    return [earner for earners in _earners for earner in earners()]


def find_earner(*, party: UUID) -> UUID | None:
    """The person behind a party, if they have an account."""
    return next((one.person_id for one in list_earners() if one.party == party), None)


class PaidBack(Protocol):
    """What is told when a bank payment to a client has ended."""

    def __call__(self, *, cause_id: UUID, is_paid: bool, now: datetime) -> None:
        """A step: it commits together with the ledger. Money that was not paid is owed again."""


_paid_back: dict[str, PaidBack] = {}


def register_paid_back(kind: str, tell: PaidBack) -> None:
    """Called once per kind of cause from `AppConfig.ready()`."""
    if _paid_back.setdefault(kind, tell) is not tell:
        raise RuntimeError(f"{kind} is already registered")


def paid_back_for(kind: str) -> PaidBack:
    """Who is told of `kind`. Raises `LookupError`: a refund of an unknown kind is a bug."""
    return _paid_back[kind]
