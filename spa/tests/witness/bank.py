"""The real sandbox over HTTP: what payers and providers do there, its events, and its own books."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

import redis
import requests
import time_machine
from django.conf import settings

from finances.domain.references import base_of, numbered
from finances.domain.sightings import GatewayTransaction
from finances.domain.statuses import Status
from finances.models import Payment
from spa.tests.machine.gateway import Bank

real_time = time_machine.escape_hatch.time.time
# Cash at an agent waits for its payer; everything else ends by itself a moment later.
WAITS_FOR_SOMEBODY = "BANCOLOMBIA_COLLECT"
MOST_LOOKS = 2000
# How far the provider's clock may go wrong before it is put right again, in seconds.
DRIFT = 20


class FarBank(Bank):
    """The gateway and the payouts provider, a process of their own.

    `books` are what the gateway holds when it was last looked at (`look`), `on_the_way` its events
    that nobody has delivered; `told` and `taken` are the near bank's and not used.
    """

    def __init__(self, sandbox: Any) -> None:
        self.sandbox = sandbox
        super().__init__()

    def begin(self) -> None:
        """Nobody has been here; no breaker is open."""
        super().begin()
        self.sandbox.reset()
        redis.Redis.from_url(settings.REDIS_URL).flushdb()
        # Of the payouts provider; and how much of each transaction went back.
        self.payout_news: list[bytes] = []
        self.refunds: dict[str, dict[str, Any]] = {}
        self.payouts: dict[str, dict[str, Any]] = {}
        self.faults: list[dict[str, str]] = []
        self._newest_event, self._offset = 0, 0.0
        self._control("payouts/next", status="PENDING", next=1000)

    def keep_time(self, now: datetime) -> None:
        """The provider's clock goes with ours, if never backwards."""
        offset = now.timestamp() - real_time()
        if offset > self._offset + DRIFT:
            self._offset = offset
            self._control("clock", offset_seconds=offset)

    def look(self) -> None:
        """Read its books, and pick up the events that it has sent."""
        found = self.sandbox._call("GET", "wompi/books")
        self.books = {key: _read(key, row) for key, row in found["transactions"].items()}
        self.refunds, self.payouts = found["refunds"], found["payouts"]
        sent = self.sandbox._call("GET", "webhooks", params={"limit": 60})["webhooks"]
        for event in reversed(sent):
            if event["id"] > self._newest_event:
                self._newest_event = event["id"]
                self._pick_up(event)

    def _pick_up(self, event: dict[str, Any]) -> None:
        if event["provider"] == "payouts":
            self.payout_news.append(event["body"].encode())
        elif '"event": "transaction.updated"' in event["body"]:
            self.on_the_way.append(event["body"].encode())

    def charge(self, payment: Payment, status: Status, *, now: datetime, **other: Any) -> None:
        """A payer ends what is under way of a payment, or pays under a reference that is free."""
        pending = [seen for seen in self.of(payment) if seen.status is Status.PENDING]
        if pending:
            self._control("wompi/pay", reference=pending[0].reference, outcome=status.name)
        else:
            words = {"amount_in_cents": int(payment.amount * 100), "currency": payment.currency}
            reference = self._free_reference(payment)
            self._control("wompi/pay", reference=reference, outcome=status.name, **words | other)
        self.look()

    def of(self, payment: Payment) -> list[GatewayTransaction]:
        """What it has of a payment, under whatever reference."""
        return [
            seen for seen in self.books.values() if base_of(seen.reference) == payment.reference
        ]

    def _free_reference(self, payment: Payment) -> str:
        used = {seen.reference for seen in self.books.values()}
        number = payment.next_reference
        while numbered(payment.reference, number) in used:
            number += 1
        return numbered(payment.reference, number)

    def void(self, attempt: GatewayTransaction, payment: Payment) -> None:
        """The payer's bank takes it back, however long ago it was."""
        self._control("wompi/chargeback", transaction_id=attempt.id)
        self.look()

    def give_back(self, attempt: GatewayTransaction, cents: int) -> None:
        """Somebody gives money back in the gateway's own panel: nobody is told."""
        self._control("wompi/refund", transaction_id=attempt.id, amount_in_cents=cents)
        self.look()

    def left(self, attempt: GatewayTransaction) -> int:
        """What it still holds of it, in cents."""
        gone = (row for row in self.refunds.values() if row["transaction_id"] == attempt.id)
        cents = sum(row["amount_in_cents"] for row in gone if row["status"] == "APPROVED")
        return int(attempt.amount * 100) - int(cents)

    def plan_refund(self, outcome: str) -> None:
        """How the next refund ends."""
        self._control("wompi/refunds", outcome=outcome)

    def wait_for(self, reference: str) -> None:
        """Until it has ended by itself what it took under that reference."""
        for _ in range(MOST_LOOKS):
            self.look()
            mine = [seen for seen in self.books.values() if seen.reference == reference]
            if all(_is_at_rest(seen) for seen in mine):
                return
        raise AssertionError(f"{reference} never ends")

    def unpaid_lines(self) -> Iterator[str]:
        """References of batches of which something has not ended."""
        for batch in self.payouts.values():
            if any(line["status"] == "PENDING" for line in batch["transactions"]):
                yield str(batch["reference"])

    def end_batch(self, reference: str, status: str) -> None:
        """The bank pays what it has not paid of a batch, or does not."""
        self._control("payouts/settle", reference=reference, status=status)
        self.look()

    def fail(self, provider: str, mode: str, path: str, method: str, **more: Any) -> None:
        """It does not answer as it should, until it is healed or for so many requests."""
        where = {"provider": provider, "path": path, "method": method}
        self._control("faults", **{"mode": mode, **where, **more})
        self.faults.append(where)

    def heal(self) -> None:
        """All is well again."""
        self._control("faults", provider="all", mode="off")
        self.faults = []

    def card(self, number: str) -> str:
        """The payer's device gives the gateway a card."""
        card = {"number": number, "cvc": "123", "exp_month": "08", "exp_year": "49"}
        answer = requests.post(
            f"{settings.WOMPI_BASE_URL}/tokens/cards",
            json=card | {"card_holder": "Ana Ruiz"},
            headers={"Authorization": f"Bearer {settings.WOMPI_PUBLIC_KEY}"},
            timeout=10,
        )
        answer.raise_for_status()
        return str(answer.json()["data"]["id"])

    def _control(self, where: str, /, **body: Any) -> None:
        self.sandbox._call("POST", where, body)


def _read(key: str, row: dict[str, Any]) -> GatewayTransaction:
    return GatewayTransaction(
        id=key,
        reference=row["reference"],
        status=Status(row["status"].lower()),
        amount=Decimal(row["amount_in_cents"]) / 100,
        currency=row["currency"],
        method=row["payment_method_type"],
        finalized_at=None,
    )


def _is_at_rest(seen: GatewayTransaction) -> bool:
    return seen.status is not Status.PENDING or seen.method == WAITS_FOR_SOMEBODY


def holds(bank: FarBank) -> dict[tuple[str, str], Decimal]:
    """What the gateway holds of each of its transactions, by its own books."""
    return {
        (key, seen.currency): Decimal(bank.left(seen)) / 100
        for key, seen in bank.books.items()
        if seen.status is Status.APPROVED
    }
