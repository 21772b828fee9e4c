"""`/_control/wompi/…` behind the gateway's counter: chargebacks, outcomes to come, the books."""

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from sandbox.bodies import JsonObject
from sandbox.context import Sandbox, sandbox_of
from sandbox.inputs import BadInput, flag, limit_of, read_input, text, whole
from sandbox.payouts import control as payouts
from sandbox.wompi import events
from sandbox.wompi.books import Books, Transaction
from sandbox.wompi.control import paid
from sandbox.wompi.errors import Refused
from sandbox.wompi.gateway import close
from sandbox.wompi.refunds import Refunds, RefundStatus
from sandbox.wompi.refunds_api import give_back
from sandbox.wompi.sources import Sources
from sandbox.wompi.statuses import Status

MOST_PLANNED = 1000


async def charge_back(request: Request) -> JSONResponse:
    """`POST /_control/wompi/chargeback` `{"reference" | "transaction_id", "deliver"?}`.

    The bank takes an APPROVED payment back, however old: it becomes VOIDED, with its event.
    """
    sandbox, body = sandbox_of(request), await read_input(request)
    deliver = flag(body, "deliver", usual=True)
    transaction = _approved(sandbox, body)
    event = close(
        sandbox, transaction, Status.VOIDED, now=sandbox.now(), message="Contracargo (Sandbox)"
    )
    outcome = (await events.send(sandbox, event)).as_json() if deliver else None
    return paid(sandbox, transaction.id, outcome)


def _approved(sandbox: Sandbox, body: JsonObject) -> Transaction:
    books = Books(sandbox.store)
    if "transaction_id" in body:
        found = books.find(text(body, "transaction_id"))
        attempts = [found] if found else []
    else:
        attempts = books.of_reference(text(body, "reference"))
    for attempt in attempts:
        if attempt.status == Status.APPROVED:
            return attempt
    raise BadInput("No hay una transacción APPROVED con esos datos")


async def refund_at_panel(request: Request) -> JSONResponse:
    """`POST /_control/wompi/refund` `{"transaction_id", "amount_in_cents"?}`: what is left or less.

    Somebody gives it back in the merchant's panel at Wompi: the shop is told nothing.
    """
    sandbox, body = sandbox_of(request), await read_input(request)
    transaction = Books(sandbox.store).find(text(body, "transaction_id"))
    if transaction is None:
        raise BadInput("transaction_id: no hay una transacción con este id")
    left = transaction.document["amount_in_cents"] - Refunds(sandbox.store).refunded(transaction.id)
    amount = whole(body, "amount_in_cents", usual=left)
    if amount < 1:
        raise BadInput("amount_in_cents: no queda nada por reembolsar")
    wanted = {"transaction_id": transaction.id, "amount_in_cents": amount, "reason": "Panel"}
    try:
        refund = give_back(sandbox, wanted)
    except Refused as exc:
        raise BadInput(str(exc.error.get("messages"))) from exc
    return JSONResponse(refund.as_json())


async def plan_refunds(request: Request) -> JSONResponse:
    """`POST /_control/wompi/refunds` `{"outcome", "next"?}`: how the next refunds end.

    Only those that carry no `test_scenario` of their own.
    """
    sandbox, body = sandbox_of(request), await read_input(request)
    outcome, times = text(body, "outcome"), whole(body, "next", usual=1)
    if outcome not in set(RefundStatus):
        raise BadInput(f"outcome: uno de {', '.join(RefundStatus)}")
    if not 1 <= times <= MOST_PLANNED:
        raise BadInput(f"next: de 1 a {MOST_PLANNED}")
    sandbox.upcoming.plan("refund", outcome, times=times)
    return JSONResponse({"outcome": outcome, "next": times})


async def change_source(request: Request) -> JSONResponse:
    """`POST /_control/wompi/sources` `{"id", "outcome"}`: how its charges end from now on."""
    sandbox, body = sandbox_of(request), await read_input(request)
    sources = Sources(sandbox.store)
    source = sources.find(whole(body, "id", usual=0))
    if source is None:
        raise BadInput("id: no hay una fuente de pago con este id")
    outcome = text(body, "outcome")
    if outcome not in {Status.APPROVED, Status.DECLINED, Status.ERROR}:
        raise BadInput("outcome: uno de APPROVED, DECLINED, ERROR")
    sources.change(source, outcome=Status(outcome))
    return JSONResponse({"id": source.id, "outcome": outcome})


async def show_sources(request: Request) -> JSONResponse:
    """`GET /_control/wompi/sources?limit=`: the saved sources, newest first."""
    found = Sources(sandbox_of(request).store).newest(limit=limit_of(request))
    rows = [source.as_json() | {"outcome": source.outcome} for source in found]
    return JSONResponse({"sources": rows})


async def show_all_books(request: Request) -> JSONResponse:
    """`GET /_control/wompi/books`: transactions, refunds, payouts, all by id, as a witness."""
    sandbox = sandbox_of(request)
    given_back = Refunds(sandbox.store)
    refunds = given_back.search(reference=None, transaction_id=None)
    transactions = {
        transaction.id: {
            "reference": transaction.reference,
            "status": transaction.status,
            "amount_in_cents": transaction.document["amount_in_cents"],
            "currency": transaction.document["currency"],
            "payment_method_type": transaction.kind,
            "payment_source_id": transaction.document["payment_source_id"],
            "refunded_in_cents": given_back.refunded(transaction.id),
        }
        for transaction in Books(sandbox.store).everything()
    }
    return JSONResponse(
        {
            "transactions": transactions,
            "refunds": {str(refund.id): refund.as_json() for refund in refunds},
            "payouts": payouts.witness(sandbox),
        }
    )


routes = [
    Route("/_control/wompi/books", show_all_books),
    Route("/_control/wompi/chargeback", charge_back, methods=["POST"]),
    Route("/_control/wompi/refund", refund_at_panel, methods=["POST"]),
    Route("/_control/wompi/refunds", plan_refunds, methods=["POST"]),
    Route("/_control/wompi/sources", show_sources),
    Route("/_control/wompi/sources", change_source, methods=["POST"]),
]
