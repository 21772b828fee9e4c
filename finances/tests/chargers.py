"""Somebody who pays by API, as the product's front end does it."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import requests
from django.conf import settings
from django.utils import timezone

from finances.domain.references import numbered
from finances.gateways.current import gateway
from finances.models import Charge, Payment

GOOD_CARD, BAD_CARD = "4242424242424242", "4111111111111111"
NEQUI = {"method": "nequi", "phone": "3991111111"}
PSE = {
    "method": "pse",
    "bank": "1",
    "person_type": "natural",
    "document_type": "CC",
    "document": "1020304050",
}
# Stays pending at the gateway until somebody ends it.
CASH = {"method": "bancolombia_collect"}
MOST_LOOKS = 2000


class Payer:
    """A client with a payment to pay; `calls` go through our API, cards straight to the gateway."""

    def __init__(self, sandbox: Any, calls: Any, payment: Payment) -> None:
        self.sandbox, self.calls, self.payment = sandbox, calls, payment
        self.path = f"/api/v1/payments/{payment.pk}"

    def accept(self) -> dict[str, str]:
        """Fresh tokens of the two documents."""
        shown = self.calls.get("/api/v1/payment-acceptance").json()
        return {
            "acceptance_token": shown["acceptance"]["token"],
            "personal_data_token": shown["personal_data"]["token"],
        }

    def charge(self, *, accept: bool = True, key: str = "", **asked: Any) -> Any:
        """`POST payments/{id}/charge`."""
        return self.post("charge", {**(self.accept() if accept else {}), **asked}, key=key)

    def retry(self, *, accept: bool = True, key: str = "", **asked: Any) -> Any:
        """`POST payments/{id}/retry`."""
        return self.post("retry", {**(self.accept() if accept else {}), **asked}, key=key)

    def post(self, what: str, body: dict[str, Any], *, key: str = "") -> Any:
        headers = {"Idempotency-Key": key or str(uuid4())}
        return self.calls.post(f"{self.path}/{what}", body, format="json", headers=headers)

    def look(self) -> dict[str, Any]:
        """`GET payments/{id}`, however lately somebody looked."""
        Charge.objects.filter(payment=self.payment).update(seen_at=None)
        answer = self.calls.get(self.path)
        assert answer.status_code == 200, answer.content
        shown: dict[str, Any] = answer.json()
        return shown

    def look_until(self, is_so: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Look until the gateway has moved on by itself."""
        for _ in range(MOST_LOOKS):
            if is_so(shown := self.look()):
                return shown
        raise AssertionError(f"never came: {shown}")

    def books(self) -> list[dict[str, Any]]:
        """What the gateway's own books hold of the payment, under whatever reference."""
        found = self.sandbox._call("GET", "wompi/transactions", params={"limit": 100})
        mine = self.payment.reference
        return [row for row in found["transactions"] if row["reference"].startswith(mine)]

    def end(self, outcome: str, *, number: int = 1) -> bytes:
        """The payer, or the bank, ends what is pending; the gateway's event comes to hand."""
        reference = numbered(self.payment.reference, number)
        self.sandbox.pay(reference, outcome)
        found = self.sandbox._call("GET", "webhooks", params={"subject": reference})
        event: str = found["webhooks"][0]["body"]
        return event.encode()


def charge_opened(payment_id: Any) -> Charge:
    """A charge of ours is under way for the payment; no gateway is asked."""
    payment = Payment.objects.get(pk=payment_id)
    number, payment.next_reference = payment.next_reference, payment.next_reference + 1
    payment.save(update_fields=["next_reference"])
    return Charge.objects.create(
        payment=payment,
        number=number,
        reference=numbered(payment.reference, number),
        method="pse",
        status="sent",
        gateway_id=f"tx-{payment.pk}",
        next_step={"kind": "redirect", "url": "https://banco.example/"},
        started_at=timezone.now(),
    )


def charge_refused(charge: Charge) -> None:
    """It came to nothing."""
    Charge.objects.filter(pk=charge.pk).update(status="refused", ended_at=timezone.now())


def card_token(number: str = GOOD_CARD, **more: str) -> str:
    """A card, tokenized by the front end with the public key."""
    card = {"number": number, "cvc": "123", "exp_month": "08", "exp_year": "49"}
    return str(_tokenize("cards", {**card, "card_holder": "Ana Ruiz", **more})["id"])


def fresh_acceptance() -> dict[str, str]:
    """Tokens without our API."""
    info = gateway().merchant_info()
    return {
        "acceptance_token": info.policy.token,
        "personal_data_token": info.personal_data.token,
    }


def _tokenize(kind: str, body: dict[str, str]) -> dict[str, Any]:
    answer = requests.post(
        f"{settings.WOMPI_BASE_URL}/tokens/{kind}",
        json=body,
        headers={"Authorization": f"Bearer {settings.WOMPI_PUBLIC_KEY}"},
        timeout=10,
    )
    answer.raise_for_status()
    made: dict[str, Any] = answer.json()["data"]
    return made
