"""Money back: `POST /transactions/{id}/void` and `/wompi/v1/refunds` (section 6)."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from sandbox.bodies import JsonObject, read_object
from sandbox.clock import bogota_midnight
from sandbox.context import Sandbox, sandbox_of
from sandbox.wompi import events
from sandbox.wompi.books import Books, Transaction
from sandbox.wompi.errors import invalid, not_found
from sandbox.wompi.gateway import close
from sandbox.wompi.keys import require_private_key
from sandbox.wompi.methods import MALFORMED, MISSING
from sandbox.wompi.refunds import REFERENCES, REFUNDABLE, Refund, Refunds, RefundStatus
from sandbox.wompi.statuses import Status

SCENARIOS = {status.value.lower(): status for status in RefundStatus}


async def void_transaction(request: Request) -> JSONResponse:
    """`POST /transactions/{id}/void`: a whole card payment, on the day it was made."""
    sandbox, body = sandbox_of(request), await read_object(request) or {}
    require_private_key(request, hide=False)
    transaction = Books(sandbox.store).find(request.path_params["id"])
    if transaction is None:
        raise not_found()
    problem = _void_problem(sandbox, transaction, body)
    if problem:
        raise invalid({"transaction": [problem]})
    events.send(sandbox, close(sandbox, transaction, Status.VOIDED, now=sandbox.now()))
    voided = Books(sandbox.store).find(transaction.id) or transaction
    outcome = {"status": "APPROVED", "status_message": None, "transaction": voided.as_json()}
    return JSONResponse({"data": outcome, "meta": {}}, 201)


def _void_problem(sandbox: Sandbox, transaction: Transaction, body: JsonObject) -> str | None:
    whole = transaction.document["amount_in_cents"]
    if transaction.kind != "CARD":
        return "Solo se anulan transacciones con tarjeta"
    if transaction.status != Status.APPROVED:
        return "Solo se anulan transacciones aprobadas"
    if body.get("amount_in_cents", whole) != whole:
        return "Solo se anula el valor completo"
    if Refunds(sandbox.store).refunded(transaction.id):
        return "La transacción ya tiene reembolsos"
    paid_at = transaction.finalized_at or transaction.created_at
    if bogota_midnight(paid_at) != bogota_midnight(sandbox.now()):
        return "La transacción ya fue liquidada: solo se anula el mismo día"
    return None


async def create_refund(request: Request) -> JSONResponse:
    """`POST /refunds`: all or a part; twice the same request is two refunds."""
    sandbox, body = sandbox_of(request), await read_object(request) or {}
    wrong = _shape_problems(body)
    if wrong:
        raise invalid(wrong)
    require_private_key(request, hide=False)
    refund = give_back(sandbox, body)
    return JSONResponse({"data": refund.as_json(), "meta": {}}, 201)


def give_back(sandbox: Sandbox, body: JsonObject) -> Refund:
    """Enter a refund whose body is well formed.

    Raises `Refused` when there is not so much to give back, or no way to.
    """
    transaction = Books(sandbox.store).find(body["transaction_id"])
    if transaction is None:
        raise not_found()
    _check_money(sandbox, transaction, int(body["amount_in_cents"]))
    return Refunds(sandbox.store).add(body, _outcome(sandbox, body), now=sandbox.now())


def _shape_problems(body: JsonObject) -> dict[str, list[str]]:
    wrong: dict[str, list[str]] = {}
    if not isinstance(body.get("transaction_id"), str) or not body["transaction_id"]:
        wrong["transaction_id"] = [MISSING]
    amount: Any = body.get("amount_in_cents")
    if not isinstance(amount, int) or isinstance(amount, bool) or amount < 1:
        wrong["amount_in_cents"] = [MISSING if amount is None else MALFORMED]
    for name, value in body.items():
        if name.startswith("reference") and name not in REFERENCES:
            wrong[name] = [f"A lo sumo {len(REFERENCES)} referencias"]
        elif name in REFERENCES and not (isinstance(value, str) and 0 < len(value) <= 255):
            wrong[name] = [MALFORMED]
    if body.get("test_scenario", "approved") not in SCENARIOS:
        wrong["test_scenario"] = [f"Debe ser uno de {', '.join(SCENARIOS)}"]
    return wrong


def _check_money(sandbox: Sandbox, transaction: Transaction, amount: int) -> None:
    """There is that much left to give back, and a way to do it."""
    if transaction.kind not in REFUNDABLE:
        raise invalid({"transaction_id": ["El medio de pago no admite reembolsos"]})
    if transaction.status != Status.APPROVED:
        raise invalid({"transaction_id": ["La transacción no está aprobada"]})
    left = transaction.document["amount_in_cents"] - Refunds(sandbox.store).refunded(transaction.id)
    if amount > left:
        raise invalid({"amount_in_cents": [f"Supera el saldo por reembolsar: {left}"]})


def _outcome(sandbox: Sandbox, body: JsonObject) -> RefundStatus:
    if "test_scenario" in body:
        return SCENARIOS[body["test_scenario"]]
    return RefundStatus(sandbox.upcoming.take("refund") or RefundStatus.APPROVED)


async def read_refund(request: Request) -> JSONResponse:
    """`GET /refunds/{id}`: NOT on the provider's page, an assumption of the sandbox."""
    require_private_key(request, hide=False)
    refund = Refunds(sandbox_of(request).store).find(request.path_params["id"])
    if refund is None:
        raise not_found()
    return JSONResponse({"data": refund.as_json(), "meta": {}})


async def search_refunds(request: Request) -> JSONResponse:
    """`GET /refunds?reference=&transaction_id=`: NOT on the provider's page, an assumption."""
    require_private_key(request, hide=False)
    query = request.query_params
    found: list[Refund] = Refunds(sandbox_of(request).store).search(
        reference=query.get("reference"), transaction_id=query.get("transaction_id")
    )
    return JSONResponse({"data": [refund.as_json() for refund in found], "meta": {}})


routes = [
    Route("/wompi/v1/transactions/{id}/void", void_transaction, methods=["POST"]),
    Route("/wompi/v1/refunds", create_refund, methods=["POST"]),
    Route("/wompi/v1/refunds", search_refunds),
    Route("/wompi/v1/refunds/{id}", read_refund),
]
