"""Wompi's API for merchants (wompi.md, sections 2, 6 and 10), read only."""

import logging
import time
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import lru_cache, partial
from typing import Any, TypeVar
from urllib.parse import quote

import requests
from django.conf import settings

from core.errors import ProviderUnavailable
from core.http import ProviderClient
from core.money import from_cents
from finances import metrics
from finances.domain.sightings import GatewayTransaction
from finances.domain.statuses import Status
from finances.errors import GatewayAnswerOdd, GatewayRefused
from finances.gateways.port import AcceptanceToken, MerchantInfo

logger = logging.getLogger(__name__)

T = TypeVar("T")

PAGE = 200
# One page of the list costs about as much as so many look-ups by id: the nth is fetched only while
# n times as many are still missing.
IDS_WORTH_A_PAGE = 4
THREADS = 8
# Well within the lease of the messages that wait for the answers (core.inbox): a worker that asked
# longer would find that another has taken them over.
MOST_SECONDS = 25.0


class WompiGateway:
    """The gateway as `finances.gateways.port.Gateway` wants it; stateless."""

    def find_by_id(self, transaction_id: str) -> GatewayTransaction | None:
        """`GET /transactions/{id}`."""
        # Ids are digits and dashes; a slash in a forged one must not choose another path.
        safe_id = quote(transaction_id, safe="")
        answer = _client().get("transaction by id", f"/transactions/{safe_id}")
        if answer.status_code == 404:
            return None
        metrics.LOOK_UPS.labels(how="id").inc()
        return _read(answer, transaction_from)

    def find_by_reference(self, reference: str) -> list[GatewayTransaction]:
        """`GET /transactions?reference=…`."""
        query = {"reference": reference, "order": "ASC", "page_size": str(PAGE)}
        answer = _client().get("transactions by reference", "/transactions", params=query)
        found = _read(answer, lambda rows: [transaction_from(row) for row in rows])
        # Its filter is its business; that we asked for this reference only is ours.
        return [transaction for transaction in found if transaction.reference == reference]

    def find_many(
        self, transaction_ids: Collection[str]
    ) -> dict[str, GatewayTransaction | Exception | None]:
        """The newest pages of the list while they pay, then the rest by id, several at a time.

        A burst of webhooks is about transactions made moments ago: they lie together on the newest
        pages, and one page answers for two hundred. What a slow gateway leaves unasked after
        `MOST_SECONDS` is `ProviderUnavailable`, to be asked for again later.
        """
        wanted, deadline = set(transaction_ids), time.monotonic() + MOST_SECONDS
        answers: dict[str, GatewayTransaction | Exception | None] = {}
        try:
            answers.update(self._find_on_newest_pages(wanted, deadline))
        except (GatewayRefused, GatewayAnswerOdd):
            logger.exception("the list of transactions cannot be read; asking one by one")
        except ProviderUnavailable as exc:
            return dict.fromkeys(wanted, exc)
        return answers | self._find_each(sorted(wanted - answers.keys()), deadline)

    def _find_each(
        self, transaction_ids: list[str], deadline: float
    ) -> dict[str, GatewayTransaction | Exception | None]:
        if not transaction_ids:
            return {}
        # The first in this thread: only here can `core.http` see an open transaction (NA-31).
        first, *others = transaction_ids
        answers = {first: self._try_by_id(first, deadline)}
        if others:
            with ThreadPoolExecutor(min(THREADS, len(others))) as pool:
                found = pool.map(partial(self._try_by_id, deadline=deadline), others)
                answers.update(zip(others, found, strict=True))
        return answers

    def _find_on_newest_pages(
        self, wanted: set[str], deadline: float
    ) -> dict[str, GatewayTransaction]:
        found: dict[str, GatewayTransaction] = {}
        page = 1
        while len(wanted) - len(found) >= IDS_WORTH_A_PAGE * page:
            rows = self._newest_page(page)
            found.update(_those_wanted(rows, wanted))
            if len(rows) < PAGE or time.monotonic() > deadline:
                break
            page += 1
        metrics.LOOK_UPS.labels(how="list").inc(len(found))
        return found

    def _newest_page(self, page: int) -> list[dict[str, Any]]:
        yesterday = datetime.now(UTC) - timedelta(days=1)
        query = {
            "from_date": yesterday.date().isoformat(),
            "order_by": "created_at",
            "order": "DESC",
            "page": str(page),
            "page_size": str(PAGE),
        }
        answer = _client().get("newest transactions", "/transactions", params=query)
        # Rows that are not wanted stay unread: somebody else's odd one must not cost us ours.
        return _read(answer, list)

    def _try_by_id(
        self, transaction_id: str, deadline: float
    ) -> GatewayTransaction | Exception | None:
        if time.monotonic() > deadline:
            return ProviderUnavailable()
        try:
            return self.find_by_id(transaction_id)
        except ProviderUnavailable as exc:
            return exc

    def merchant_info(self) -> MerchantInfo:
        """`GET /merchants/info`, with the public key in its own header."""
        headers = {"x-merchant-public-key": settings.WOMPI_PUBLIC_KEY}
        answer = _client().get("merchant info", "/merchants/info", headers=headers)
        return _read(answer, _merchant_from)


def _client() -> ProviderClient:
    return _client_of(settings.WOMPI_BASE_URL, settings.WOMPI_PRIVATE_KEY)


@lru_cache(maxsize=8)
def _client_of(base_url: str, private_key: str) -> ProviderClient:
    # One per address and key, so that connections are kept and a changed setting counts at once.
    headers = {"Authorization": f"Bearer {private_key}"}
    return ProviderClient(name="wompi", base_url=base_url, headers=headers)


def _read(answer: requests.Response, read: Callable[[Any], T]) -> T:
    """What a good answer's `data` says. Raises `GatewayRefused` for 4xx, `GatewayAnswerOdd`."""
    if not answer.ok:
        raise GatewayRefused(status=answer.status_code, reason=_error_type(answer))
    try:
        return read(answer.json()["data"])
    except (ValueError, KeyError, TypeError) as exc:
        raise GatewayAnswerOdd from exc


def _error_type(answer: requests.Response) -> str:
    try:
        return str(answer.json()["error"]["type"])
    except (ValueError, KeyError, TypeError):
        return ""


def transaction_from(row: dict[str, Any]) -> GatewayTransaction:
    """A row of the gateway's books. Raises `ValueError`, `KeyError`, `TypeError` if it is none."""
    return GatewayTransaction(
        id=str(row["id"]),
        reference=str(row["reference"]),
        status=Status(str(row["status"]).lower()),
        amount=from_cents(row["amount_in_cents"]),
        currency=str(row["currency"]),
        method=str(row.get("payment_method_type") or "")[:40],
        finalized_at=_time(row.get("finalized_at")),
    )


def _time(text: str | None) -> datetime | None:
    moment = datetime.fromisoformat(text) if text else None
    return moment if moment is None or moment.tzinfo else moment.replace(tzinfo=UTC)


def _those_wanted(rows: list[dict[str, Any]], wanted: set[str]) -> dict[str, GatewayTransaction]:
    try:
        return {row["id"]: transaction_from(row) for row in rows if row["id"] in wanted}
    except (ValueError, KeyError, TypeError) as exc:
        raise GatewayAnswerOdd from exc


def _merchant_from(data: dict[str, Any]) -> MerchantInfo:
    return MerchantInfo(
        name=str(data["name"]),
        methods=tuple(data["accepted_payment_methods"]),
        policy=_acceptance(data["presigned_acceptance"]),
        personal_data=_acceptance(data["presigned_personal_data_auth"]),
    )


def _acceptance(data: dict[str, Any]) -> AcceptanceToken:
    return AcceptanceToken(token=data["acceptance_token"], permalink=data["permalink"])
