"""The payment gateway as the machine plays it: its own books, and the signed events it sends."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from finances.domain.sightings import GatewayTransaction
from finances.domain.statuses import Status
from finances.models import Payment
from finances.tests.wires import event_about


class Bank:
    """Takes what payers try, answers when asked, and remembers what it has answered."""

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """Forget everything."""
        self.books: dict[str, GatewayTransaction] = {}
        self.told: dict[str, GatewayTransaction] = {}
        # Events that were sent and have not arrived, and those that have.
        self.on_the_way: list[bytes] = []
        self.arrived: list[bytes] = []

    def charge(self, payment: Payment, status: Status, *, now: datetime) -> None:
        """A payer tries to pay; the event is on its way."""
        attempt = GatewayTransaction(
            id=f"{payment.reference}-{len(self.books)}",
            reference=payment.reference,
            status=status,
            amount=payment.amount,
            currency=payment.currency,
            method="CARD",
            finalized_at=now,
        )
        self._note(attempt, payment)

    def void(self, attempt: GatewayTransaction, payment: Payment) -> None:
        """Somebody at the gateway takes an approved transaction back."""
        self._note(replace(attempt, status=Status.VOIDED), payment)

    def _note(self, attempt: GatewayTransaction, payment: Payment) -> None:
        self.books[attempt.id] = attempt
        self.on_the_way.append(event_about(attempt.id, payment, status=attempt.status.name))

    def approved(self) -> list[GatewayTransaction]:
        """What could be voided."""
        return [seen for seen in self.books.values() if seen.status is Status.APPROVED]

    @property
    def taken(self) -> Decimal:
        """What we must have booked: all that we were told is approved, and not that it is void."""
        approved = (seen for seen in self.told.values() if seen.status is Status.APPROVED)
        return sum((seen.amount for seen in approved), Decimal(0))

    def find_by_id(self, transaction_id: str) -> GatewayTransaction | None:
        return self.find_many([transaction_id])[transaction_id]

    def find_by_reference(self, reference: str) -> list[GatewayTransaction]:
        found = [seen for seen in self.books.values() if seen.reference == reference]
        self.told |= {seen.id: seen for seen in found}
        return found

    def find_many(
        self, transaction_ids: Collection[str]
    ) -> dict[str, GatewayTransaction | Exception | None]:
        found = {name: self.books[name] for name in transaction_ids}
        self.told |= found
        return dict(found)
