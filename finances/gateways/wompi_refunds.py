"""Wompi gives money back (wompi.md, section 6): a void, or a refund V2.

`GET /refunds?reference=` is not on the provider's pages: it is assumed here and nowhere else. A
gateway that does not know it says so, and then nothing is sent again (ADR 45).
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, TypeVar
from urllib.parse import quote

import requests

from core.http import UnknownOutcome
from core.money import from_cents, to_cents
from finances.domain.refunds import Outcome, RefundSighting
from finances.domain.sightings import GatewayTransaction
from finances.errors import RefundLookUpMissing, RefundRefused
from finances.gateways.wompi import transaction_from
from finances.gateways.wompi_calls import client, error_type, read_answer

T = TypeVar("T")

# Said of the request itself: it will be said again tomorrow. Other 4xx are about our keys or pace.
FINAL = {400, 404, 422}
# Whatever it conflicts with may be what we asked for before.
CONFLICT = 409
NOT_THERE = {400, 404, 405, 501}
OUTCOMES = {
    "APPROVED": Outcome.DONE,
    "DECLINED": Outcome.REFUSED,
    "ERROR": Outcome.REFUSED,
    "CANCELLED": Outcome.REFUSED,
}
LONGEST_REASON = 255


class WompiRefunds:
    """The gateway as `finances.gateways.refunds_port.RefundGateway` wants it; stateless."""

    def void(self, transaction_id: str) -> GatewayTransaction:
        """`POST /transactions/{id}/void`, whole: a part of it is not on the guide."""
        path = f"/transactions/{quote(transaction_id, safe='')}/void"
        answer = client().post("void", path, json={})
        return _acted(answer, lambda data: transaction_from(data["transaction"]))

    def refund(
        self, *, transaction_id: str, amount: Decimal, reference: str, reason: str
    ) -> RefundSighting:
        """`POST /refunds`; without an idempotency key: the same request twice is two refunds."""
        body = {
            "transaction_id": transaction_id,
            "amount_in_cents": to_cents(amount),
            "reference": reference,
            "reason": reason[:LONGEST_REASON],
        }
        return _acted(client().post("refund", "/refunds", json=body), sighting_of)

    def find_refund(self, *, transaction_id: str, reference: str) -> RefundSighting | None:
        """`GET /refunds?reference=…`, an assumption."""
        answer = client().get("refund by reference", "/refunds", params={"reference": reference})
        if answer.status_code in NOT_THERE:
            raise RefundLookUpMissing

        # Whether its filter works is its business; that we asked for this one only is ours.
        def mine(rows: list[dict[str, Any]]) -> list[RefundSighting]:
            asked = (reference, transaction_id)
            return [
                sighting_of(row)
                for row in rows
                if (row["reference"], row["transaction_id"]) == asked
            ]

        return next(iter(read_answer(answer, mine)), None)


def _acted(answer: requests.Response, read: Callable[[Any], T]) -> T:
    if answer.status_code in FINAL:
        raise RefundRefused(reason=error_type(answer) or str(answer.status_code))
    if answer.status_code == CONFLICT:
        raise UnknownOutcome(answer)
    return read_answer(answer, read)


def sighting_of(row: dict[str, Any]) -> RefundSighting:
    """A row of its refunds. Raises `ValueError`, `KeyError`, `TypeError` if it is none."""
    status = str(row["status"])
    return RefundSighting(
        id=str(row["id"]),
        outcome=OUTCOMES.get(status, Outcome.UNDECIDED),
        amount=from_cents(row["amount_in_cents"]),
        status=status,
    )
