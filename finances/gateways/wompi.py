"""Wompi's API for merchants (wompi.md, sections 2, 5, 6, 7 and 10)."""

import logging
import time
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.utils import timezone

from core.errors import ProviderUnavailable
from core.money import from_cents
from finances import metrics
from finances.domain.charges import ChargeOrder
from finances.domain.means import Acceptance
from finances.domain.sightings import GatewayTransaction
from finances.domain.sources import KeptSource, NequiToken, SourceKind
from finances.domain.statuses import Status
from finances.errors import GatewayAnswerOdd, GatewayRefused
from finances.gateways.port import AcceptanceToken, Bank, MerchantInfo
from finances.gateways.wompi_calls import (
    client,
    error_type,
    public_client,
    read_answer,
    read_done,
)
from finances.gateways.wompi_orders import acceptance_of, body_of
from finances.gateways.wompi_sources import nequi_token_from, source_from
from finances.gateways.wompi_steps import next_step_from

logger = logging.getLogger(__name__)

PAGE = 200
# One page of the list costs about as much as so many look-ups by id: the nth is fetched only while
# n times as many are still missing.
IDS_WORTH_A_PAGE = 4
THREADS = 8
# Well within the lease of the messages that wait for the answers (core.inbox): a worker that asked
# longer would find that another has taken them over.
MOST_SECONDS = 25.0
# Somebody looks at a screen: to connect, and to answer.
GLANCE_SECONDS = (1.0, 2.0)


class WompiGateway:
    """The gateway as `finances.gateways.port.Gateway` wants it; stateless."""

    def find_by_id(self, transaction_id: str) -> GatewayTransaction | None:
        """`GET /transactions/{id}`."""
        # Ids are digits and dashes; a slash in a forged one must not choose another path.
        safe_id = quote(transaction_id, safe="")
        answer = client().get("transaction by id", f"/transactions/{safe_id}")
        if answer.status_code == 404:
            return None
        metrics.LOOK_UPS.labels(how="id").inc()
        return read_answer(answer, transaction_from)

    def find_by_reference(self, reference: str) -> list[GatewayTransaction]:
        """`GET /transactions?reference=…`."""
        query = {"reference": reference, "order": "ASC", "page_size": str(PAGE)}
        answer = client().get("transactions by reference", "/transactions", params=query)
        found = read_answer(answer, lambda rows: [transaction_from(row) for row in rows])
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
        yesterday = timezone.now() - timedelta(days=1)
        query = {
            "from_date": yesterday.date().isoformat(),
            "order_by": "created_at",
            "order": "DESC",
            "page": str(page),
            "page_size": str(PAGE),
        }
        answer = client().get("newest transactions", "/transactions", params=query)
        # Rows that are not wanted stay unread: somebody else's odd one must not cost us ours.
        return read_answer(answer, list)

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
        answer = client().get("merchant info", "/merchants/info", headers=headers)
        return read_answer(answer, _merchant_from)

    def glance(self, transaction_id: str) -> GatewayTransaction | None:
        """`GET /transactions/{id}`, in a hurry."""
        path = f"/transactions/{quote(transaction_id, safe='')}"
        answer = client().get("glance", path, tries=1, timeout=GLANCE_SECONDS)
        return None if answer.status_code == 404 else read_answer(answer, transaction_from)

    def charge(self, order: ChargeOrder) -> GatewayTransaction:
        """`POST /transactions`; what it takes is spent, whatever the answer."""
        body = body_of(
            order,
            integrity_secret=settings.WOMPI_INTEGRITY_SECRET,
            three_ds_scenario=settings.WOMPI_THREE_DS_SCENARIO,
        )
        answer = client().post("charge", "/transactions", json=body)
        return read_done(answer, transaction_from)

    def list_banks(self) -> list[Bank]:
        """`GET /pse/financial_institutions`."""
        answer = public_client().get("banks", "/pse/financial_institutions")
        return read_answer(answer, _banks_from)

    def ask_nequi(self, phone: str) -> NequiToken:
        """`POST /tokens/nequi`."""
        body = {"phone_number": phone}
        answer = public_client().post("nequi token", "/tokens/nequi", json=body)
        return read_done(answer, nequi_token_from)

    def find_nequi(self, token: str) -> NequiToken:
        """`GET /tokens/nequi/{id}`."""
        path = f"/tokens/nequi/{quote(token, safe='')}"
        return read_answer(public_client().get("nequi token", path), nequi_token_from)

    def keep_source(
        self, *, kind: SourceKind, token: str, email: str, acceptance: Acceptance
    ) -> KeptSource:
        """`POST /payment_sources`."""
        body = {
            "type": kind.value.upper(),
            "token": token,
            "customer_email": email,
            **acceptance_of(acceptance),
        }
        answer = client().post("keep source", "/payment_sources", json=body)
        return read_done(answer, source_from)

    def find_source(self, source_id: str) -> KeptSource:
        """`GET /payment_sources/{id}`."""
        path = f"/payment_sources/{quote(source_id, safe='')}"
        return read_answer(client().get("source", path), source_from)

    def void_source(self, source_id: str) -> None:
        """`PUT /payment_sources/{id}/void`; one that is not there any more is forgotten too."""
        path = f"/payment_sources/{quote(source_id, safe='')}/void"
        answer = client().put("void source", path)
        if not answer.ok and answer.status_code not in {404, 422}:
            raise GatewayRefused(status=answer.status_code, reason=error_type(answer))


def transaction_from(row: dict[str, Any]) -> GatewayTransaction:
    """A row of the gateway's books. Raises `ValueError`, `KeyError`, `TypeError` if it is none."""
    return GatewayTransaction(
        id=str(row["id"]),
        reference=str(row["reference"]),
        status=Status(str(row["status"]).lower()),
        amount=from_cents(row["amount_in_cents"]),
        currency=str(row["currency"]),
        method=str(row.get("payment_method_type") or "")[:40],
        finalized_at=time_from(row.get("finalized_at")),
        next_step=next_step_from(row),
    )


def time_from(text: str | None) -> datetime | None:
    """A moment as the gateway writes it. Raises `ValueError`."""
    moment = datetime.fromisoformat(text) if text else None
    return moment if moment is None or moment.tzinfo else moment.replace(tzinfo=UTC)


def _those_wanted(rows: list[dict[str, Any]], wanted: set[str]) -> dict[str, GatewayTransaction]:
    try:
        return {row["id"]: transaction_from(row) for row in rows if row["id"] in wanted}
    except (ValueError, KeyError, TypeError) as exc:
        raise GatewayAnswerOdd from exc


def _banks_from(rows: list[dict[str, Any]]) -> list[Bank]:
    return [
        Bank(
            code=str(row["financial_institution_code"]),
            name=str(row["financial_institution_name"]),
        )
        for row in rows
    ]


def _merchant_from(data: dict[str, Any]) -> MerchantInfo:
    return MerchantInfo(
        name=str(data["name"]),
        methods=tuple(data["accepted_payment_methods"]),
        policy=_acceptance(data["presigned_acceptance"]),
        personal_data=_acceptance(data["presigned_personal_data_auth"]),
    )


def _acceptance(data: dict[str, Any]) -> AcceptanceToken:
    return AcceptanceToken(token=data["acceptance_token"], permalink=data["permalink"])
