"""Wompi's own lists, page by page (wompi.md, sections 6 and 12).

`GET /refunds` is an assumption, as in `wompi_refunds`: that it heeds days and pages is none.
"""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any, TypeVar

from finances.errors import GatewayAnswerOdd, RefundLookUpMissing
from finances.gateways.books_port import ListedPayout, ListedRefund, ListedTransaction
from finances.gateways.wompi import time_from, transaction_from
from finances.gateways.wompi_calls import client, read_answer
from finances.gateways.wompi_payouts import WompiPayouts
from finances.gateways.wompi_refunds import NOT_THERE, sighting_of

T = TypeVar("T")

PAGE = 200
# A list that never ends must not hold a worker: four hundred thousand of a few days.
MOST_PAGES = 2000


class WompiBooks:
    """The lists as `finances.gateways.books_port.ProviderBooks` wants them; stateless."""

    def transactions(self, since: date, until: date) -> Iterator[ListedTransaction]:
        """`GET /transactions?from_date&until_date`, oldest first: what comes meanwhile is last."""
        order = {"order_by": "created_at", "order": "ASC"}
        yield from _pages("/transactions", _days(since, until) | order, _transaction)

    def refunds(self, since: date, until: date) -> Iterator[ListedRefund]:
        """`GET /refunds?from_date&until_date`."""
        yield from _pages("/refunds", _days(since, until), _refund, missing=NOT_THERE)

    def payouts(self, since: date, until: date) -> Iterator[ListedPayout]:
        """`GET /payouts?fromDate&toDate`, then the payments of each."""
        return WompiPayouts().list_payouts(since, until)


def _days(since: date, until: date) -> dict[str, str]:
    return {"from_date": since.isoformat(), "until_date": until.isoformat()}


def _pages(
    path: str,
    query: dict[str, str],
    read: Callable[[dict[str, Any]], T],
    *,
    missing: frozenset[int] | set[int] = frozenset(),
) -> Iterator[T]:
    """Each row once. A list that pays no heed to pages ends with the first that says nothing new.

    Raises `RefundLookUpMissing` for an answer that is `missing`.
    """
    seen: set[str] = set()
    for page in range(1, MOST_PAGES + 1):
        asked = query | {"page": str(page), "page_size": str(PAGE)}
        answer = client().get("list of a day", path, params=asked)
        if answer.status_code in missing:
            raise RefundLookUpMissing
        rows = read_answer(answer, lambda found: {str(row["id"]): read(row) for row in found})
        yield from (made for key, made in rows.items() if key not in seen)
        if len(rows) < PAGE or rows.keys() <= seen:
            return
        seen |= rows.keys()
    raise GatewayAnswerOdd


def _transaction(row: dict[str, Any]) -> ListedTransaction:
    return ListedTransaction(transaction_from(row), time_from(row.get("created_at")))


def _refund(row: dict[str, Any]) -> ListedRefund:
    seen = sighting_of(row)
    return ListedRefund(
        id=seen.id,
        transaction_id=str(row["transaction_id"]),
        reference=str(row.get("reference") or ""),
        outcome=seen.outcome,
        status=seen.status,
        amount=seen.amount,
        at=time_from(row.get("created_at")),
    )
