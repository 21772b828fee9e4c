"""Cards and Nequi accounts, tokenized and saved as the product's front end and back end do."""

from sandbox.tests.orders import acceptance
from sandbox.tests.process import PRIVATE, PUBLIC, StandIn

GOOD, DECLINED, BROKEN = "4242424242424242", "4111111111111111", "5555555555554444"
CARD = {
    "number": GOOD,
    "cvc": "123",
    "exp_month": "08",
    "exp_year": "49",
    "card_holder": "Ana Ruiz",
}


def card_token(sandbox: StandIn, number: str = GOOD, **changes: str) -> str:
    """A fresh token of a test card."""
    card = CARD | {"number": number} | changes
    answer = sandbox.post("/wompi/v1/tokens/cards", json=card, headers=PUBLIC)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["data"]["id"])


def source_body(sandbox: StandIn, **changes: object) -> dict[str, object]:
    """A body for `POST /payment_sources` with a fresh token and fresh acceptance tokens."""
    usual = {"type": "CARD", "token": changes.get("token") or card_token(sandbox)}
    return {**acceptance(sandbox), "customer_email": "ana@example.com", **usual, **changes}


def saved_card(sandbox: StandIn, number: str = GOOD, **changes: str) -> int:
    """The id of a saved test card."""
    body = source_body(sandbox, token=card_token(sandbox, number, **changes))
    answer = sandbox.post("/wompi/v1/payment_sources", json=body, headers=PRIVATE)
    assert answer.status_code == 201, answer.text
    return int(answer.json()["data"]["id"])
