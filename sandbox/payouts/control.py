"""`/_control/payouts…`: what the bank does, decided by a test or a person."""

import asyncio
import random
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from sandbox.bodies import JsonObject
from sandbox.context import Sandbox, sandbox_of
from sandbox.inputs import BadInput, flag, limit_of, read_input, text, whole
from sandbox.payouts import events
from sandbox.payouts.books import Batch, BatchStatus, LineStatus, PayoutBooks
from sandbox.payouts.dispersal import end, reject
from sandbox.payouts.places import Accounts

MOST_PLANNED, MOST_TIMES = 1000, 100


async def plan_lines(request: Request) -> JSONResponse:
    """`POST /_control/payouts/next` `{"status", "code"?, "next"?}`: how the next lines end.

    PENDING: they wait for `settle`. A batch with its own `transactionStatus` is not concerned.
    """
    sandbox, body = sandbox_of(request), await read_input(request)
    status = _line_status(body)
    times = whole(body, "next", usual=1)
    if not 1 <= times <= MOST_PLANNED:
        raise BadInput(f"next: de 1 a {MOST_PLANNED}")
    code = text(body, "code", usual="D07") if status == LineStatus.FAILED else ""
    sandbox.upcoming.plan("payout", f"{status} {code}".strip(), times=times)
    return JSONResponse({"status": status, "code": code or None, "next": times})


def _line_status(body: JsonObject) -> LineStatus:
    try:
        return LineStatus(text(body, "status"))
    except ValueError as exc:
        raise BadInput(f"status: uno de {', '.join(LineStatus)}") from exc


async def settle(request: Request) -> JSONResponse:
    """`POST /_control/payouts/settle`: end what is still PENDING in a batch.

    `{"reference" | "payoutId", "status": "APPROVED" | "FAILED" | "CANCELLED" | "REJECTED", "code"?,
    "transaction"?, "deliver"?}`. `transaction` is one line's id or reference; REJECTED is the whole
    batch. Answers after the first deliveries.
    """
    sandbox, body = sandbox_of(request), await read_input(request)
    batch, deliver = _batch(sandbox, body), flag(body, "deliver", usual=True)
    if body.get("status") == BatchStatus.REJECTED:
        if batch.status != BatchStatus.PENDING:
            raise BadInput("REJECTED: solo un lote PENDING")
        numbers = reject(sandbox, batch)
    else:
        numbers = _end_lines(sandbox, batch, body)
    outcomes = await asyncio.gather(*events.send_all(sandbox, numbers)) if deliver else []
    shown = {
        "payout": _whole_batch(sandbox, PayoutBooks(sandbox.store).find(batch.id) or batch),
        "delivered": bool(outcomes) and all(outcome.delivered for outcome in outcomes),
    }
    return JSONResponse(shown)


def _batch(sandbox: Sandbox, body: JsonObject) -> Batch:
    books = PayoutBooks(sandbox.store)
    if "payoutId" in body:
        found = books.find(text(body, "payoutId"))
    else:
        found = next(iter(books.newest(reference=text(body, "reference"))), None)
    if found is None:
        raise BadInput("No hay un lote con esos datos")
    return found


def _end_lines(sandbox: Sandbox, batch: Batch, body: JsonObject) -> list[int]:
    status, wanted = _line_status(body), body.get("transaction")
    if status == LineStatus.PENDING:
        raise BadInput("status: APPROVED, FAILED, CANCELLED o REJECTED")
    code = text(body, "code", usual="D07") if status == LineStatus.FAILED else None
    waiting = [
        replace(line, status=status, code=code)
        for line in PayoutBooks(sandbox.store).lines_of(batch.id)
        if line.status == LineStatus.PENDING
        and wanted in {None, line.id, line.document.get("reference")}
    ]
    if not waiting:
        raise BadInput("No queda nada PENDING con esos datos")
    return end(sandbox, batch, waiting)


async def resend(request: Request) -> JSONResponse:
    """`POST /_control/payouts/events/resend` `{"reference", "times"?, "shuffle"?}`."""
    sandbox, body = sandbox_of(request), await read_input(request)
    times = whole(body, "times", usual=1)
    if not 1 <= times <= MOST_TIMES:
        raise BadInput(f"times: de 1 a {MOST_TIMES}")
    numbers = events.of_reference(sandbox, text(body, "reference")) * times
    if not numbers:
        raise BadInput("reference: no hay eventos de esta referencia")
    if flag(body, "shuffle", usual=False):
        random.SystemRandom().shuffle(numbers)
    outcomes = await asyncio.gather(*events.send_all(sandbox, numbers))
    return JSONResponse(
        {"count": len(outcomes), "deliveries": [outcome.as_json() for outcome in outcomes]}
    )


async def show_payouts(request: Request) -> JSONResponse:
    """`GET /_control/payouts?reference=&limit=`: batches with their lines, newest first."""
    sandbox, query = sandbox_of(request), request.query_params
    batches = PayoutBooks(sandbox.store).newest(reference=query.get("reference"))
    return JSONResponse(
        {
            "payouts": [
                _whole_batch(sandbox, batch) for batch in batches[: limit_of(request, usual=50)]
            ],
            "accounts": Accounts(sandbox.store, sandbox.settings.payouts).all(),
        }
    )


def _whole_batch(sandbox: Sandbox, batch: Batch) -> JsonObject:
    lines = PayoutBooks(sandbox.store).lines_of(batch.id)
    return batch.as_json() | {
        "idempotencyKey": batch.idempotency_key,
        "transactions": [line.as_json() for line in lines],
    }


def witness(sandbox: Sandbox) -> dict[str, JsonObject]:
    """Every batch by its id, for the books as a whole."""
    batches = PayoutBooks(sandbox.store).newest()
    return {batch.id: _whole_batch(sandbox, batch) for batch in batches}


routes = [
    Route("/_control/payouts", show_payouts),
    Route("/_control/payouts/next", plan_lines, methods=["POST"]),
    Route("/_control/payouts/settle", settle, methods=["POST"]),
    Route("/_control/payouts/events/resend", resend, methods=["POST"]),
]
