"""Valid batches for the payouts product; tests spoil one field each."""

import secrets
from typing import Any

import requests

from sandbox.tests.process import StandIn

KEYS = {"x-api-key": "sandbox-payouts-key", "user-principal-id": "sandbox-payouts-principal"}
PAYOUTS = "/payouts/v1/payouts"
AMOUNT = 4_500_000


def read(sandbox: StandIn, path: str, **query: object) -> Any:
    """GET something that is there; what it says, wrapped or bare."""
    answer = sandbox.get(f"/payouts/v1/{path}", params=query, headers=KEYS)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    return body["data"] if isinstance(body, dict) and "data" in body else body


def account(sandbox: StandIn, status: str = "ACTIVE") -> dict[str, Any]:
    """The account with that status."""
    accounts: list[dict[str, Any]] = read(sandbox, "accounts", status=status)
    return accounts[0]


def balance(sandbox: StandIn) -> int:
    """What is left in the account that pays."""
    return int(account(sandbox)["balanceInCents"])


def line(sandbox: StandIn, **changes: object) -> dict[str, object]:
    """One payment."""
    return {
        "legalIdType": "CC",
        "legalId": "1000000000",
        "bankId": read(sandbox, "banks")[0]["id"],
        "accountType": "AHORROS",
        "accountNumber": "12345678",
        "name": "Ana Ruiz",
        "email": "ana@example.com",
        "amount": AMOUNT,
        "reference": "pago-77",
    } | changes


def batch(
    sandbox: StandIn, reference: str, *lines: dict[str, object], **changes: object
) -> dict[str, object]:
    """A body for `POST /payouts`."""
    return {
        "reference": reference,
        "accountId": account(sandbox)["id"],
        "paymentType": "PAYROLL",
        "transactions": list(lines) or [line(sandbox)],
    } | changes


def send(sandbox: StandIn, body: object, *, key: str = "") -> requests.Response:
    """Ask for a batch, under a fresh key unless one is given."""
    headers = KEYS | {"idempotency-key": key or secrets.token_hex(16)}
    return sandbox.post(PAYOUTS, json=body, headers=headers)


def made(sandbox: StandIn, reference: str, *lines: dict[str, object], **changes: object) -> str:
    """The id of a batch that was taken."""
    answer = send(sandbox, batch(sandbox, reference, *lines, **changes))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["data"]["payoutId"])
