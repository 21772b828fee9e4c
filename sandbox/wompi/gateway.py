"""How money moves here: a transaction is made PENDING, and ends once."""

from dataclasses import replace

from sandbox.bodies import JsonObject
from sandbox.context import Sandbox
from sandbox.wompi import events
from sandbox.wompi.books import Books, Transaction, new_id
from sandbox.wompi.means import means_of
from sandbox.wompi.statuses import Status
from sandbox.wompi.threeds import concluded
from sandbox.wompi.tokens import Tokens


class CannotPay(Exception):
    """Why the payer is turned away, in the words of the checkout."""


def create_by_api(sandbox: Sandbox, body: JsonObject, *, base_url: str, now: float) -> Transaction:
    """Enter a transaction that `POST /transactions` accepted; it moves by itself a moment later."""
    transaction_id = new_id(now)
    means = means_of(sandbox, body, transaction_id=transaction_id, base_url=base_url, now=now)
    transaction = Transaction(
        id=transaction_id,
        reference=body["reference"],
        status=Status.PENDING,
        source="api",
        plan=means.plan,
        settle_at=now + sandbox.settings.wompi.settle_seconds,
        created_at=now,
        finalized_at=None,
        document=_document(body, means.method) | {"payment_source_id": means.source},
    )
    Books(sandbox.store).add(transaction)
    if means.token:
        Tokens(sandbox.store).spend(means.token, now=now)
    settle_later(sandbox, transaction)
    return transaction


def _document(body: JsonObject, method: JsonObject) -> JsonObject:
    return {
        "amount_in_cents": body["amount_in_cents"],
        "currency": body["currency"],
        "customer_email": body["customer_email"],
        "payment_method_type": method["type"],
        "payment_method": method,
        "redirect_url": body.get("redirect_url"),
        "shipping_address": body.get("shipping_address"),
        "customer_data": body.get("customer_data"),
        "taxes": body.get("taxes") or [],
        "recurrent": body.get("recurrent"),
        "payment_link_id": None,
        "payment_source_id": None,
    }


def settle_later(sandbox: Sandbox, transaction: Transaction) -> None:
    """Move the transaction when its moment comes."""
    if transaction.settle_at is not None:
        sandbox.timers.at(
            transaction.settle_at, lambda: settle(sandbox, transaction.id, now=sandbox.now())
        )


def settle(sandbox: Sandbox, transaction_id: str, *, now: float) -> None:
    """Fill `payment_method.extra`, and end the transaction if the plan says how.

    One that its payer ended in the meantime has no `settle_at` any more and stays as it is.
    """
    books = Books(sandbox.store)
    transaction = books.find(transaction_id)
    if transaction is None or transaction.plan is None or transaction.settle_at is None:
        return
    plan = transaction.plan
    method = transaction.document["payment_method"] | ({"extra": plan.extra} if plan.extra else {})
    settled = replace(
        transaction,
        settle_at=None,
        document=transaction.document | {"payment_method": method},
    )
    books.save(settled)
    if plan.status:
        ended = close(sandbox, settled, plan.status, now=now, message=plan.message)
        events.send(sandbox, ended)


def answered(transaction: Transaction, status: Status) -> Status:
    """How it ends when its payer chose `status` on a page: the card still has a word after yes."""
    if status == Status.APPROVED and transaction.plan is not None:
        return transaction.plan.after_yes
    return status


def close(
    sandbox: Sandbox,
    transaction: Transaction,
    status: Status,
    *,
    now: float,
    message: str | None = None,
) -> int:
    """End it; returns the number of the event, which is not sent yet."""
    agreed = answered(transaction, Status.APPROVED) == status
    method = concluded(transaction.document["payment_method"], agreed=agreed)
    closed = replace(
        transaction,
        status=status,
        finalized_at=now,
        settle_at=None,
        document=transaction.document | {"payment_method": method, "status_message": message},
    )
    Books(sandbox.store).save(closed)
    return events.record(sandbox, closed, now=now)


def pay_checkout(sandbox: Sandbox, checkout: JsonObject, *, method: str, now: float) -> Transaction:
    """A payer tries one method on the checkout page: a new PENDING transaction.

    Raises `CannotPay`.
    """
    reference = str(checkout["reference"])
    refuse_used(sandbox, reference, now=now)
    transaction = Transaction(
        id=new_id(now),
        reference=reference,
        status=Status.PENDING,
        source="checkout",
        plan=None,
        settle_at=None,
        created_at=now,
        finalized_at=None,
        document=_document(checkout, {"type": method}),
    )
    Books(sandbox.store).add(transaction)
    return transaction


def refuse_used(sandbox: Sandbox, reference: str, *, now: float) -> None:
    """One payment a reference; another try only after a refusal, and soon (section 6).

    Raises `CannotPay`.
    """
    attempts = Books(sandbox.store).of_reference(reference)
    if not attempts:
        return
    if any(attempt.status in {Status.APPROVED, Status.VOIDED} for attempt in attempts):
        raise CannotPay("Esta referencia ya fue pagada")
    if any(attempt.status == Status.PENDING for attempt in attempts):
        raise CannotPay("Hay una transacción en curso con esta referencia")
    last = attempts[-1]
    too_late = now - (last.finalized_at or now) > sandbox.settings.wompi.checkout_retry_seconds
    if last.source == "api" or too_late:
        raise CannotPay("La referencia ya ha sido usada")
