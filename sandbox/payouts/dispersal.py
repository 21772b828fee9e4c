"""How a batch is taken, and how its lines end."""

from dataclasses import replace
from uuid import uuid4

from sandbox.bodies import JsonObject
from sandbox.clock import bogota_midnight
from sandbox.context import Sandbox
from sandbox.payouts import events
from sandbox.payouts.books import (
    FAILING_ACCOUNTS,
    Batch,
    BatchStatus,
    Line,
    LineStatus,
    PayoutBooks,
)
from sandbox.payouts.errors import account_unusable, key_used, no_balance, over_daily_limit
from sandbox.payouts.places import Accounts


def take(sandbox: Sandbox, body: JsonObject, *, key: str) -> Batch:
    """Enter a batch that is well formed; its money leaves the account at once.

    A key is used up by the batch it made, not by a refusal: the sandbox's assumption.
    Raises `PayoutsRefused`.
    """
    now, books = sandbox.now(), PayoutBooks(sandbox.store)
    if books.knows_key(key, now=now):
        raise key_used()
    accounts = Accounts(sandbox.store, sandbox.settings.payouts)
    total = sum(line["amount"] for line in body["transactions"])
    _check_money(sandbox, accounts, body["accountId"], total)
    batch = Batch(
        id=str(uuid4()),
        reference=body["reference"],
        status=BatchStatus.PENDING,
        account_id=body["accountId"],
        idempotency_key=key,
        amount_in_cents=total,
        settle_at=now + sandbox.settings.payouts.settle_seconds,
        created_at=now,
        document={
            "paymentType": body["paymentType"],
            "totalTransactions": len(body["transactions"]),
        },
    )
    planned = body.get("transactionStatus")
    lines = [_line(sandbox, batch, row, planned) for row in body["transactions"]]
    with sandbox.store.together():
        books.add(batch, lines)
        accounts.move(batch.account_id, -total)
    settle_later(sandbox, batch)
    return batch


def _check_money(sandbox: Sandbox, accounts: Accounts, account_id: str, total: int) -> None:
    balance = accounts.balance(account_id)
    if balance is None:
        raise account_unusable()
    sent, _ = PayoutBooks(sandbox.store).sent_since(bogota_midnight(sandbox.now()))
    if sent + total > sandbox.settings.payouts.daily_limit_in_cents:
        raise over_daily_limit()
    if total > balance:
        raise no_balance()


def _line(sandbox: Sandbox, batch: Batch, row: JsonObject, planned: str | None) -> Line:
    plan, code = _plan(sandbox, row, planned)
    return Line(
        id=str(uuid4()),
        batch_id=batch.id,
        status=LineStatus.PENDING,
        plan=plan,
        code=code,
        amount_in_cents=row["amount"],
        created_at=batch.created_at,
        applied_at=None,
        document={name: value for name, value in row.items() if name != "amount"},
    )


def _plan(
    sandbox: Sandbox, row: JsonObject, planned: str | None
) -> tuple[LineStatus | None, str | None]:
    """How the line ends: as the batch says, as a test planned, or as its account's number says."""
    if planned:
        failed = planned == LineStatus.FAILED
        return LineStatus(planned), "D07" if failed else None
    upcoming = sandbox.upcoming.take("payout")
    if upcoming:
        status, _, code = upcoming.partition(" ")
        return (None if status == LineStatus.PENDING else LineStatus(status)), code or None
    code = FAILING_ACCOUNTS.get(row["accountNumber"][-4:], "")
    return (LineStatus.FAILED, code) if code else (LineStatus.APPROVED, None)


def settle_later(sandbox: Sandbox, batch: Batch) -> None:
    """End the lines that have a plan when the moment comes."""
    if batch.settle_at is not None:
        sandbox.timers.at(batch.settle_at, lambda: _settle(sandbox, batch.id))


def _settle(sandbox: Sandbox, batch_id: str) -> None:
    books = PayoutBooks(sandbox.store)
    batch = books.find(batch_id)
    if batch is None:
        return
    waiting = [line for line in books.lines_of(batch_id) if line.status == LineStatus.PENDING]
    ended = [replace(line, status=line.plan) for line in waiting if line.plan is not None]
    settled = replace(batch, settle_at=None)
    books.save_batch(settled)
    events.send_all(sandbox, end(sandbox, settled, ended))


def end(sandbox: Sandbox, batch: Batch, lines: list[Line]) -> list[int]:
    """Write how these lines ended; returns the numbers of the events, which are not sent yet."""
    books = PayoutBooks(sandbox.store)
    accounts = Accounts(sandbox.store, sandbox.settings.payouts)
    numbers = []
    for line in lines:
        ended = replace(line, applied_at=sandbox.now())
        with sandbox.store.together():
            books.save_line(ended)
            if ended.status != LineStatus.APPROVED:
                accounts.move(batch.account_id, ended.amount_in_cents)
        numbers.append(events.record_line(sandbox, batch, ended))
    waiting = [row for row in books.lines_of(batch.id) if row.status == LineStatus.PENDING]
    moved = replace(batch, status=_status(batch, waiting))
    if lines and moved.status != batch.status:
        books.save_batch(moved)
        numbers.append(events.record_batch(sandbox, moved))
    return numbers


def _status(batch: Batch, waiting: list[Line]) -> BatchStatus:
    if batch.status == BatchStatus.REJECTED:
        return batch.status
    return BatchStatus.PARTIAL_PAYMENT if waiting else BatchStatus.TOTAL_PAYMENT


def reject(sandbox: Sandbox, batch: Batch) -> list[int]:
    """Nobody approved the batch: its lines are cancelled, its money comes back."""
    rejected = replace(batch, status=BatchStatus.REJECTED, settle_at=None)
    PayoutBooks(sandbox.store).save_batch(rejected)
    waiting = PayoutBooks(sandbox.store).lines_of(batch.id)
    cancelled = [
        replace(line, status=LineStatus.CANCELLED)
        for line in waiting
        if line.status == LineStatus.PENDING
    ]
    return [*end(sandbox, rejected, cancelled), events.record_batch(sandbox, rejected)]
