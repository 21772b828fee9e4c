"""Wompi's payouts API (wompi.md, section 12): bank payments in batches."""

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, TypeVar
from urllib.parse import quote

import requests
from django.conf import settings

from core.http import ProviderClient, UnknownOutcome
from core.money import from_cents, to_cents
from finances.domain.payout_sightings import BatchState, SeenLine, SeenPayout
from finances.domain.payouts import LineStatus
from finances.errors import GatewayAnswerOdd, GatewayRefused, PayoutKeyUsed, PayoutRefused
from finances.gateways.books_port import ListedPayout
from finances.gateways.payouts_port import BankListed, OrderLine, PayoutOrder
from finances.gateways.wompi import time_from

T = TypeVar("T")

PAGE = 200
# More pages than any batch of ours has: an answer that never ends must not hold a worker.
MOST_PAGES = 50
# Whoever may not ask, asks too often or came too late has asked for nothing.
NOT_TAKEN = {401, 403, 407, 429}
STATES = {"TOTAL_PAYMENT": BatchState.OVER, "REJECTED": BatchState.REJECTED}
STATUSES = {
    "PENDING": LineStatus.PENDING,
    "PROCESSING": LineStatus.PENDING,
    "APPROVED": LineStatus.APPROVED,
    "FAILED": LineStatus.FAILED,
    "CANCELLED": LineStatus.CANCELLED,
}


class WompiPayouts:
    """The provider as `finances.gateways.payouts_port.PayoutsGateway` wants it; stateless."""

    def list_banks(self) -> list[BankListed]:
        """`GET /banks`."""
        answer = _client().get("payout banks", "/banks")
        return _read(answer, lambda found: [_bank(row) for row in _rows(found)])

    def find_account(self) -> str:
        """`GET /accounts`: ours by the settings, otherwise the first that is active."""
        answer = _client().get("payout accounts", "/accounts", params={"status": "ACTIVE"})
        ids = _read(answer, lambda found: [str(row["id"]) for row in _rows(found)])
        wanted = settings.WOMPI_PAYOUTS_ACCOUNT_ID
        found = next((one for one in ids if one == wanted or not wanted), None)
        if found is None:
            raise GatewayRefused(status=answer.status_code, reason="no active account")
        return found

    def daily_limit(self) -> Decimal:
        """`GET /limits`."""
        answer = _client().get("payout limits", "/limits")
        return _read(answer, lambda limits: from_cents(limits["dailyLimit"]))

    def create(self, order: PayoutOrder) -> str:
        """`POST /payouts`, under the order's idempotency key."""
        headers = {"idempotency-key": order.idempotency_key}
        answer = _client().post("create payout", "/payouts", json=_body(order), headers=headers)
        if answer.ok:
            try:
                return str(_data(answer)["payoutId"])
            except (ValueError, KeyError, TypeError) as exc:
                # It said yes to something: what it is has to be looked up.
                raise UnknownOutcome(answer) from exc
        raise _refusal(answer)

    def find_by_reference(self, reference: str) -> SeenPayout | None:
        """`GET /payouts?reference=…`, then its payments."""
        query = {"reference": reference, "limit": str(PAGE)}
        answer = _client().get("payout by reference", "/payouts", params=query)
        rows = _read(answer, _rows)
        # Its filter is its business; that we asked for this reference only is ours.
        found = next((row for row in rows if row.get("reference") == reference), None)
        return None if found is None else self._with_lines(found)

    def find_by_id(self, payout_id: str) -> SeenPayout | None:
        """`GET /payouts/{id}`, then its payments."""
        answer = _client().get("payout by id", f"/payouts/{quote(payout_id, safe='')}")
        if answer.status_code == 404:
            return None
        return self._with_lines(_read(answer, dict))

    def list_payouts(self, since: date, until: date) -> Iterator[ListedPayout]:
        """`GET /payouts?fromDate&toDate`: each batch once with its payments, and when it was made.

        Raises `GatewayAnswerOdd` for a list that never ends.
        """
        seen: set[str] = set()
        days = {"fromDate": since.isoformat(), "toDate": until.isoformat(), "limit": str(PAGE)}
        for page in range(1, MOST_PAGES + 1):
            answer = _client().get(
                "payouts of a day", "/payouts", params=days | {"page": str(page)}
            )
            rows = _read(answer, _by_id)
            for key, (row, made_at) in rows.items():
                if key not in seen:
                    yield ListedPayout(self._with_lines(row), made_at)
            if len(rows) < PAGE or rows.keys() <= seen:
                return
            seen |= rows.keys()
        raise GatewayAnswerOdd

    def _with_lines(self, row: dict[str, Any]) -> SeenPayout:
        try:
            gateway_id, reference = str(row["id"]), str(row["reference"])
            state = STATES.get(row["status"], BatchState.UNDER_WAY)
        except (KeyError, TypeError) as exc:
            raise GatewayAnswerOdd from exc
        return SeenPayout(gateway_id, reference, state, tuple(self._lines_of(gateway_id)))

    def _lines_of(self, payout_id: str) -> Iterator[SeenLine]:
        path = f"/payouts/{quote(payout_id, safe='')}/transactions"
        for page in range(1, MOST_PAGES + 1):
            query = {"limit": str(PAGE), "page": str(page)}
            answer = _client().get("payments of payout", path, params=query)
            lines = _read(answer, lambda found: [line_from(row) for row in _rows(found)])
            yield from lines
            if len(lines) < PAGE:
                return


def _client() -> ProviderClient:
    return _client_of(
        settings.WOMPI_PAYOUTS_BASE_URL,
        settings.WOMPI_PAYOUTS_API_KEY,
        settings.WOMPI_PAYOUTS_PRINCIPAL_ID,
    )


@lru_cache(maxsize=8)
def _client_of(base_url: str, api_key: str, principal: str) -> ProviderClient:
    headers = {"x-api-key": api_key, "user-principal-id": principal}
    return ProviderClient(name="wompi-payouts", base_url=base_url, headers=headers)


def _data(answer: requests.Response) -> Any:
    """Some answers are wrapped in `data`, some are bare."""
    body = answer.json()
    return body["data"] if isinstance(body, dict) and "data" in body else body


def _rows(found: Any) -> list[Any]:
    """Some lists come bare, some as a page of records."""
    return list(found["records"] if isinstance(found, dict) else found)


def _by_id(found: Any) -> dict[str, tuple[dict[str, Any], datetime | None]]:
    rows = _rows(found)
    return {str(row["id"]): (row, time_from(row.get("createdAt"))) for row in rows}


def _read(answer: requests.Response, read: Callable[[Any], T]) -> T:
    """What a good answer says. Raises `GatewayRefused` for 4xx, `GatewayAnswerOdd`."""
    if not answer.ok:
        code, _reason = _error_of(answer)
        raise GatewayRefused(status=answer.status_code, reason=code)
    try:
        return read(_data(answer))
    except (ValueError, KeyError, TypeError, AttributeError) as exc:
        raise GatewayAnswerOdd from exc


def _refusal(answer: requests.Response) -> Exception:
    """What a 4xx of a creation means: said no to the batch, to us, or to a second use of the key.

    A network's failure or a wrong key is never lack of funds (NA-30).
    """
    code, reason = _error_of(answer)
    if answer.status_code in NOT_TAKEN:
        return GatewayRefused(status=answer.status_code, reason=code)
    if answer.status_code == 408:
        return UnknownOutcome(answer)
    if answer.status_code == 409:
        return PayoutKeyUsed()
    if not 400 <= answer.status_code < 500:
        return UnknownOutcome(answer)
    return PayoutRefused(status=answer.status_code, reason=f"{code} {reason}".strip(), code=code)


def _error_of(answer: requests.Response) -> tuple[str, str]:
    try:
        body = answer.json()
        return str(body.get("code", "")), without_numbers(str(body.get("message", "")))[:160]
    except (ValueError, AttributeError):
        return "", ""


def without_numbers(text: str) -> str:
    """The provider's words without what could be a document or an account."""
    return re.sub(r"\d{5,}", "•••", text)


def _body(order: PayoutOrder) -> dict[str, Any]:
    return {
        "reference": order.reference,
        "accountId": order.account_id,
        "paymentType": order.payment_type,
        "transactions": [_payment(line) for line in order.lines],
    }


def _payment(line: OrderLine) -> dict[str, Any]:
    payment = {
        "legalIdType": line.legal_id_kind,
        "legalId": line.legal_id,
        "bankId": line.bank_id,
        "accountType": line.account_type,
        "accountNumber": line.account_number,
        "name": line.name,
        "amount": to_cents(line.amount),
        "reference": line.reference,
    }
    return payment | ({"email": line.email} if line.email else {})


def _bank(row: dict[str, Any]) -> BankListed:
    return BankListed(gateway_id=str(row["id"]), name=str(row["name"])[:120])


def line_from(row: dict[str, Any]) -> SeenLine:
    """A payment in the provider's books. Raises `ValueError`, `KeyError`, `TypeError`."""
    failure = row.get("failureReason") or {}
    return SeenLine(
        gateway_id=str(row["id"]),
        reference=str(row["reference"]),
        status=STATUSES[row["status"]],
        amount=from_cents(row.get("amountInCents", row.get("amount"))),
        code=str(failure.get("code") or ""),
        reason=without_numbers(str(failure.get("message") or "")),
    )
