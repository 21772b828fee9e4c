"""Payments as the gateway's list has them, beside the attempts and the ledger (FIN-06)."""

import logging
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from django.db import transaction

from core.money import ZERO
from finances.domain.reconciliation import Day, Ours, Subject, Theirs
from finances.domain.references import base_of
from finances.domain.sightings import GatewayTransaction, Sighting
from finances.domain.statuses import Status
from finances.gateways.books_port import ListedTransaction
from finances.gateways.current import gateway, provider_books
from finances.selectors.reconciled import (
    list_news,
    our_references,
    payments_booked_on,
    payments_here,
    payments_open,
)
from finances.steps.settlement import settle

logger = logging.getLogger(__name__)

BATCH = 100
# Cash at a bank's agent takes longest.
PAID_WITHIN = timedelta(days=30)


class Payments:
    """The gateway's transactions, ours and others', by its ids."""

    subject = Subject.PAYMENT

    def __init__(self) -> None:
        self._seen: dict[str, GatewayTransaction] = {}

    def listed(self, day: Day) -> dict[str, Theirs]:
        """Everything on the gateway's list around the day, and what is ours of earlier days.

        What others took so long ago is not dug out. Raises `ProviderUnavailable`.
        """
        books = provider_books()
        rows = list(books.transactions(day.read_from, day.read_until))
        for earlier in day.read_again:
            rows += _of_ours(list(books.transactions(earlier, earlier)))
        self._seen |= {row.transaction.id: row.transaction for row in rows}
        return {row.transaction.id: _theirs(row.transaction, row.at) for row in rows}

    def here_on(self, day: Day) -> set[str]:
        """What the ledger says moved that day."""
        return payments_booked_on(day)

    def open_here(self, *, now: datetime) -> set[str]:
        """What has not ended here: some are paid days after they began, and told to nobody."""
        return payments_open(since=now - PAID_WITHIN)

    def look_up(self, keys: Collection[str]) -> dict[str, Theirs]:
        """Those that the gateway knows, by its id. Raises `ProviderUnavailable`."""
        found, wanted = {}, sorted(keys)
        for start in range(0, len(wanted), BATCH):
            answers = gateway().find_many(wanted[start : start + BATCH])
            for key, answer in answers.items():
                if isinstance(answer, Exception):
                    raise answer
                if answer is not None:
                    self._seen[key] = answer
                    found[key] = _theirs(answer, answer.finalized_at)
        return found

    def settle(self, theirs: Mapping[str, Theirs], *, now: datetime) -> int:
        """Believe the gateway about payments of ours that it knows more of; says how many.

        One that cannot be settled holds up nobody: it stays a difference.
        """
        news = list_news({key: self._seen[key] for key in theirs})
        for start in range(0, len(news), BATCH):
            batch = news[start : start + BATCH]
            if not _settled(batch, now=now) and len(batch) > 1:
                for one in batch:
                    _settled([one], now=now)
        return len(news)

    def here(self, keys: Collection[str], theirs: Mapping[str, Theirs]) -> dict[str, Ours]:
        """Our side of them."""
        return payments_here(keys, voided=voided_of(theirs))


def voided_of(theirs: Mapping[str, Theirs]) -> list[str]:
    """Transactions of which the gateway holds nothing any more."""
    return [key for key, one in theirs.items() if one.status == Status.VOIDED]


def _of_ours(rows: list[ListedTransaction]) -> list[ListedTransaction]:
    ours = our_references({base_of(row.transaction.reference) for row in rows})
    return [row for row in rows if base_of(row.transaction.reference) in ours]


def _settled(batch: Sequence[GatewayTransaction], *, now: datetime) -> bool:
    try:
        with transaction.atomic(durable=True):
            settle([Sighting(one) for one in batch], now=now)
    except Exception:
        logger.exception("found at the gateway and not settled", extra={"count": len(batch)})
        return False
    return True


def _theirs(seen: GatewayTransaction, at: datetime | None) -> Theirs:
    return Theirs(
        key=seen.id,
        status=seen.status.value,
        amount=seen.amount,
        currency=seen.currency,
        money=seen.amount if seen.status is Status.APPROVED else ZERO,
        at=at or seen.finalized_at,
        reference=seen.reference,
    )
