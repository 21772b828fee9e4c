"""Bank payments as the payouts provider's list has them, beside ours and the ledger (FIN-06)."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal

from django.conf import settings
from django.db import transaction

from core.money import ZERO
from finances.domain.payout_sightings import SeenLine, SeenPayout
from finances.domain.payouts import OPEN, LineStatus
from finances.domain.reconciliation import Day, Ours, Subject, Theirs
from finances.gateways.books_port import ListedPayout
from finances.gateways.current import provider_books
from finances.gateways.payouts_current import payouts_gateway
from finances.models import Payout, PayoutLine
from finances.selectors.reconciled import lines_here, lines_paid_on, our_batches
from finances.steps.payout_sightings import apply_seen


class Payouts:
    """Bank payments: lines of ours by their reference, batches of others by `#` and their id."""

    subject = Subject.PAYOUT

    def __init__(self) -> None:
        self._seen: dict[str, SeenPayout] = {}

    def listed(self, day: Day) -> dict[str, Theirs]:
        """Every batch on the list around the day. Raises `ProviderUnavailable`."""
        return self._read(provider_books().payouts(day.read_from, day.read_until))

    def here_on(self, day: Day) -> set[str]:
        """What the bank paid for us that day."""
        return lines_paid_on(day)

    def open_here(self, *, now: datetime) -> set[str]:
        """Nothing: batches are asked about until they end, however long it takes."""
        return set()

    def look_up(self, keys: Collection[str]) -> dict[str, Theirs]:
        """Batches of others by id, lines of ours by their batch. Raises `ProviderUnavailable`."""
        lines = PayoutLine.objects.filter(reference__in=list(keys))
        ours = set(lines.values_list("payout__reference", flat=True))
        others = {key[1:].partition(":")[0] for key in keys if key.startswith("#")}
        asked = [payouts_gateway().find_by_reference(reference) for reference in sorted(ours)]
        asked += [payouts_gateway().find_by_id(payout_id) for payout_id in sorted(others)]
        found = self._read(ListedPayout(one, None) for one in asked if one is not None)
        return {key: one for key, one in found.items() if key in keys}

    def settle(self, theirs: Mapping[str, Theirs], *, now: datetime) -> int:
        """Believe the provider about batches of ours that have not ended here; says how many."""
        mine = our_batches([one.reference for one in self._seen.values()])
        news = [
            one
            for one in self._seen.values()
            if one.reference in mine and mine[one.reference].status in OPEN
        ]
        for one in news:
            with transaction.atomic(durable=True):
                apply_seen([one], now=now)
        return len(news)

    def here(self, keys: Collection[str], theirs: Mapping[str, Theirs]) -> dict[str, Ours]:
        """Our side of them."""
        return lines_here(keys)

    def _read(self, rows: Iterable[ListedPayout]) -> dict[str, Theirs]:
        listed = list(rows)
        mine = our_batches([row.payout.reference for row in listed])
        found = {}
        for row in listed:
            self._seen[row.payout.gateway_id] = row.payout
            found.update({one.key: one for one in _things(row, mine.get(row.payout.reference))})
        return found


def _things(row: ListedPayout, ours: Payout | None) -> Iterator[Theirs]:
    """A batch of ours line by line; any other, even under a reference of ours, as a whole."""
    seen = row.payout
    if ours is None or ours.gateway_id not in {"", seen.gateway_id}:
        paid = sum((line.amount for line in seen.lines if _is_paid(line)), ZERO)
        yield _theirs(f"#{seen.gateway_id}", row, seen.state.value, paid, -paid)
        return
    references = {line.reference for line in ours.lines.all()}
    for line in seen.lines:
        known = line.reference in references
        key = line.reference if known else f"#{seen.gateway_id}:{line.gateway_id}"
        money = -line.amount if _is_paid(line) else ZERO
        yield _theirs(key, row, line.status.value, line.amount, money)


def _is_paid(line: SeenLine) -> bool:
    return line.status is LineStatus.APPROVED


def _theirs(key: str, row: ListedPayout, status: str, amount: Decimal, money: Decimal) -> Theirs:
    return Theirs(
        key=key,
        status=status,
        amount=amount,
        currency=settings.DEFAULT_CURRENCY,
        money=money,
        at=row.at,
        reference=row.payout.reference,
        belongs_to=row.payout.gateway_id,
    )
