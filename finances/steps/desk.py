"""A batch of payments under lock: read once, decided in memory, written once.

Deciding a payment costs no statement of its own, so a burst of events is settled at the speed of
memory. Money that arrived waits on the desk until its payable is asked, once for all that wait.
Whoever uses a desk must `save` it in the same transaction; if anything fails before, the
transaction takes everything back and the desk is thrown away.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from core.db import execute, requires_transaction
from core.events import Event
from core.money import ZERO
from core.outbox import publish_all
from finances.domain.accounts import Account, Side
from finances.domain.references import base_of
from finances.domain.sightings import GatewayTransaction
from finances.domain.statuses import Status
from finances.models import Payment, PaymentAttempt
from finances.models.ledger import MovementKind
from finances.steps.charges import end_charges
from finances.steps.ledger import Movement, post
from finances.steps.lots import NewLot, withdraw_lots, write_lots

UPDATE = """
UPDATE finances_payment AS payment
   SET status = new.status, allocation = new.allocation, decided_by = new.decided_by,
       paid_at = new.paid_at, newest_event_at = new.newest_event_at,
       next_poll_at = new.next_poll_at, updated_at = %(now)s
  FROM unnest(%(id)s::uuid[], %(status)s::text[], %(allocation)s::text[], %(decided_by)s::text[],
              %(paid_at)s::timestamptz[], %(newest_event_at)s::timestamptz[],
              %(next_poll_at)s::timestamptz[])
    AS new (id, status, allocation, decided_by, paid_at, newest_event_at, next_poll_at)
 WHERE payment.id = new.id
"""
CHANGED = (
    "id",
    "status",
    "allocation",
    "decided_by",
    "paid_at",
    "newest_event_at",
    "next_poll_at",
)


@dataclass(frozen=True, slots=True)
class Receipt:
    """Money of an approved attempt, booked once the payment's payable has been asked."""

    payment: Payment
    attempt: PaymentAttempt
    paid_at: datetime


class Desk:
    """The payments and attempts that a batch of transactions is about."""

    @requires_transaction
    def __init__(self, seen: Collection[GatewayTransaction]) -> None:
        """Lock each payment that is meant, in one order: batches cannot deadlock. Two queries."""
        self._payments = {
            payment.reference: payment
            for payment in Payment.objects.filter(
                reference__in={base_of(t.reference) for t in seen}
            )
            .order_by("pk")
            .select_for_update(no_key=True)
        }
        self._attempts: dict[str, PaymentAttempt] = PaymentAttempt.objects.in_bulk(
            {transaction.id for transaction in seen}, field_name="gateway_id"
        )
        self._changed_payments: dict[UUID, Payment] = {}
        self._changed_attempts: dict[UUID, PaymentAttempt] = {}
        self._movements: list[Movement] = []
        self._new_lots: list[NewLot] = []
        self._voided_credit: list[tuple[Payment, PaymentAttempt, Decimal]] = []
        self._events: list[Event] = []
        self._waiting: dict[UUID, Receipt] = {}
        # Transactions that are over, of payments that are charged by API: reference to id.
        self._over: dict[str, str] = {}

    def payment_of(self, seen: GatewayTransaction) -> Payment | None:
        """Our payment with the transaction's reference, numbered or not, locked."""
        return self._payments.get(base_of(seen.reference))

    def attempt_of(self, seen: GatewayTransaction) -> PaymentAttempt | None:
        """The transaction as it was last seen, also earlier in this batch."""
        return self._attempts.get(seen.id)

    def keep_attempt(
        self,
        payment: Payment,
        seen: GatewayTransaction,
        *,
        booked_at: datetime | None,
        now: datetime,
    ) -> PaymentAttempt:
        """Remember the transaction as it is now."""
        attempt = self._attempts.setdefault(
            seen.id,
            PaymentAttempt(
                payment=payment, gateway_id=seen.id, amount=seen.amount, currency=seen.currency
            ),
        )
        attempt.reference = seen.reference
        attempt.status, attempt.method = seen.status.value, seen.method
        attempt.seen_at, attempt.booked_at, attempt.updated_at = now, booked_at, now
        self._changed_attempts[attempt.pk] = attempt
        if seen.status is not Status.PENDING and payment.next_reference > 1:
            self._over[seen.reference] = seen.id
        return attempt

    def change(self, payment: Payment, **changes: Any) -> None:
        """Set columns of a payment of this desk."""
        for name, value in changes.items():
            setattr(payment, name, value)
        self._changed_payments[payment.pk] = payment

    def wait(self, receipt: Receipt) -> None:
        """Keep money until its payable is asked."""
        self._waiting[receipt.payment.pk] = receipt

    def is_waiting(self, payment: Payment) -> bool:
        """Whether the payment's money is here and its payable has not been asked yet."""
        return payment.pk in self._waiting

    def take_waiting(self) -> list[Receipt]:
        """All that waits, in the order in which it came; nothing waits afterwards."""
        receipts, self._waiting = list(self._waiting.values()), {}
        return receipts

    def book(self, movement: Movement) -> None:
        """Move money."""
        self._movements.append(movement)

    def give_credit(self, lot: NewLot) -> None:
        """Money that a movement makes the client's credit can be spent."""
        self._new_lots.append(lot)

    def take_credit_back(self, payment: Payment, attempt: PaymentAttempt, amount: Decimal) -> None:
        """Money that had become credit left the gateway again; what is spent of it is owed."""
        self._voided_credit.append((payment, attempt, amount))

    def announce(self, event: Event) -> None:
        """Tell whoever cares."""
        self._events.append(event)

    @requires_transaction
    def save(self, *, now: datetime) -> None:
        """Write what changed.

        One statement each for attempts, charges, lots of credit, ledger, payments and events.
        """
        if self._changed_attempts:
            PaymentAttempt.objects.bulk_create(
                self._changed_attempts.values(),
                update_conflicts=True,
                unique_fields=["gateway_id"],
                update_fields=[
                    "reference",
                    "status",
                    "method",
                    "seen_at",
                    "booked_at",
                    "updated_at",
                ],
            )
        if self._over:
            end_charges(self._over, now=now)
        if self._new_lots:
            write_lots(self._new_lots, now=now)
        if self._voided_credit:
            self._movements += _take_back(self._voided_credit, now=now)
        if self._movements:
            post(self._movements, now=now)
        if self._changed_payments:
            payments = self._changed_payments.values()
            columns = {name: [getattr(p, name) for p in payments] for name in CHANGED}
            execute(UPDATE, {**columns, "now": now})
        publish_all(self._events)


def _take_back(
    voided: Sequence[tuple[Payment, PaymentAttempt, Decimal]], *, now: datetime
) -> Iterator[Movement]:
    """What is left of the credit goes; the rest was spent, and its owner owes it."""
    taken = withdraw_lots({attempt.pk: amount for _, attempt, amount in voided}, now=now)
    for payment, attempt, amount in voided:
        left = taken.get(attempt.pk, ZERO)
        owner, currency = payment.client_id, attempt.currency
        sides = [
            Side(Account.CLIENT_CREDIT, left, currency, owner),
            Side(Account.CLIENT_RECEIVABLES, amount - left, currency, owner),
            Side(Account.GATEWAY_CLEARING, -amount, currency),
        ]
        yield Movement(
            MovementKind.PAYMENT_VOIDED, [side for side in sides if side.amount], attempt.pk
        )
