"""`/_control/wompi/…`: acts as the payer, repeats events, shows the gateway's own books."""

import asyncio
import random

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from sandbox.bodies import JsonObject
from sandbox.context import Sandbox, sandbox_of
from sandbox.inputs import BadInput, flag, limit_of, read_input, text, whole
from sandbox.wompi import events
from sandbox.wompi.books import Books, Transaction
from sandbox.wompi.checkout import checkout_from, checkout_problems, pay_now, remember
from sandbox.wompi.gateway import CannotPay, close, pay_checkout
from sandbox.wompi.methods import ACCEPTED
from sandbox.wompi.refunds import Refunds
from sandbox.wompi.statuses import Status
from sandbox.wompi.validation import reference_problem

MOST_TIMES = 100
NOT_SEEN = (
    "El sandbox no conoce esta referencia: el pagador nunca abrió su página de pago. Pasa"
    " `checkout` (el objeto checkout de la API, validado como en la página) o `amount_in_cents`,"
    " o abre antes `checkout_url`. / Unknown reference: the payer never opened the checkout page."
    " Pass `checkout` (the API's checkout object, validated as the page does) or"
    " `amount_in_cents`, or open `checkout_url` first."
)
# The names of the API's checkout object, and those of the page's query.
QUERY_NAMES = {
    "public_key": "public-key",
    "reference": "reference",
    "amount_in_cents": "amount-in-cents",
    "currency": "currency",
    "signature": "signature:integrity",
    "expiration_time": "expiration-time",
    "redirect_url": "redirect-url",
}


async def pay(request: Request) -> JSONResponse:
    """`POST /_control/wompi/pay`: ends a payment as asked; answers after the first delivery.

    A transaction of the reference that is still PENDING is ended; otherwise a new one is made.
    """
    sandbox, body = sandbox_of(request), await read_input(request)
    now = sandbox.now()
    reference, status = text(body, "reference"), _outcome(body)
    deliver = flag(body, "deliver", usual=True)
    if problem := reference_problem(reference):
        raise BadInput(f"reference: {problem}")
    try:
        transaction = _find_or_start(sandbox, body, reference, status, now=now)
    except CannotPay as exc:
        raise BadInput(str(exc)) from exc
    if status == Status.PENDING:
        return paid(sandbox, transaction.id, None)
    event = close(sandbox, transaction, status, now=now)
    if not deliver:
        return paid(sandbox, transaction.id, None)
    outcome = await events.send(sandbox, event)
    return paid(sandbox, transaction.id, outcome.as_json())


NOT_SENT: JsonObject = {"delivered": False, "http_status": None, "error": None}


def paid(sandbox: Sandbox, transaction_id: str, outcome: JsonObject | None) -> JSONResponse:
    """The transaction as it is now, and how its event was received (`None`: it was not sent)."""
    found = Books(sandbox.store).find(transaction_id)
    if found is None:
        raise BadInput("El sandbox fue reiniciado entre tanto")
    return JSONResponse(
        {
            "transaction_id": found.id,
            "status": found.status,
            "transaction": found.as_json(),
            **(outcome or NOT_SENT),
        }
    )


def _outcome(body: JsonObject) -> Status:
    try:
        return Status(text(body, "outcome"))
    except ValueError as exc:
        raise BadInput(f"outcome: uno de {', '.join(Status)}") from exc


def _find_or_start(
    sandbox: Sandbox, body: JsonObject, reference: str, status: Status, *, now: float
) -> Transaction:
    attempts = Books(sandbox.store).of_reference(reference)
    if status == Status.VOIDED:
        return _voidable(attempts)
    pending = [attempt for attempt in attempts if attempt.status == Status.PENDING]
    other_amount = "amount_in_cents" in body or "currency" in body
    if pending and other_amount:
        raise BadInput("amount_in_cents, currency: la transacción pendiente ya tiene los suyos")
    if pending:
        return pending[-1]
    method = text(body, "method", usual="CARD")
    if method not in ACCEPTED:
        raise BadInput(f"method: uno de {', '.join(ACCEPTED)}")
    if other_amount:
        return _pay_something_else(sandbox, body, reference, method, now=now)
    checkout = _given_checkout(sandbox, body, reference, now=now)
    return pay_now(sandbox, checkout, method=method, now=now)


def _voidable(attempts: list[Transaction]) -> Transaction:
    for attempt in attempts:
        if attempt.status == Status.APPROVED and attempt.kind == "CARD":
            return attempt
    raise BadInput("VOIDED: solo se anula un pago APPROVED con tarjeta (CARD) de esta referencia")


def _given_checkout(
    sandbox: Sandbox, body: JsonObject, reference: str, *, now: float
) -> JsonObject:
    given = body.get("checkout")
    if given is None:
        opened = Books(sandbox.store).checkout(reference)
        if opened is None:
            raise BadInput(NOT_SEEN)
        return opened
    if not isinstance(given, dict):
        raise BadInput("checkout: debe ser el objeto checkout de la API")
    query = {theirs: str(given[ours]) for ours, theirs in QUERY_NAMES.items() if given.get(ours)}
    problems = checkout_problems(query, sandbox.settings.wompi, now=now)
    if query.get("reference") != reference:
        problems.append("checkout.reference: es otra referencia")
    if problems:
        raise BadInput("; ".join(problems))
    checkout = checkout_from(query)
    remember(sandbox, checkout, now=now)
    return checkout


def _pay_something_else(
    sandbox: Sandbox, body: JsonObject, reference: str, method: str, *, now: float
) -> Transaction:
    """Pay an amount or currency that nobody validated: what a faulty gateway would report."""
    opened = Books(sandbox.store).checkout(reference) or {}
    if "amount_in_cents" not in body and not opened:
        raise BadInput(NOT_SEEN)
    usual = int(opened.get("amount_in_cents", 0))
    checkout = {
        "reference": reference,
        "amount_in_cents": whole(body, "amount_in_cents", usual=usual),
        "currency": text(body, "currency", usual=str(opened.get("currency", "COP"))),
        "customer_email": opened.get("customer_email", "pagador@example.com"),
        "redirect_url": opened.get("redirect_url"),
    }
    return pay_checkout(sandbox, checkout, method=method, now=now)


async def resend(request: Request) -> JSONResponse:
    """`POST /_control/wompi/events/resend`: every event of the reference, `times` times each.

    Events that were never sent (`deliver: false`) are sent too. Answers after the deliveries.
    """
    sandbox, body = sandbox_of(request), await read_input(request)
    reference = text(body, "reference")
    times = whole(body, "times", usual=1)
    if not 1 <= times <= MOST_TIMES:
        raise BadInput(f"times: de 1 a {MOST_TIMES}")
    deliveries = events.of_reference(sandbox, reference) * times
    if not deliveries:
        raise BadInput("reference: no hay eventos de esta referencia")
    if flag(body, "shuffle", usual=False):
        random.SystemRandom().shuffle(deliveries)
    outcomes = await asyncio.gather(
        *[events.send(sandbox, int(str(event["id"]))) for event in deliveries]
    )
    rows = [
        {"transaction_id": event["transaction_id"], "status": event["status"], **outcome.as_json()}
        for event, outcome in zip(deliveries, outcomes, strict=True)
    ]
    return JSONResponse({"count": len(rows), "deliveries": rows})


async def show_books(request: Request) -> JSONResponse:
    """`GET /_control/wompi/transactions?reference=&limit=`: the books, newest first."""
    store = sandbox_of(request).store
    books, given_back = Books(store), Refunds(store)
    reference = request.query_params.get("reference")
    limit = limit_of(request)
    found = books.newest(limit=limit) if reference is None else books.of_reference(reference)[::-1]
    opened = [] if reference else books.open_checkouts(limit=limit)
    return JSONResponse(
        {
            "transactions": [
                transaction.as_json() | {"refunded_in_cents": given_back.refunded(transaction.id)}
                for transaction in found
            ],
            "open_checkouts": opened,
        }
    )


routes = [
    Route("/_control/wompi/pay", pay, methods=["POST"]),
    Route("/_control/wompi/events/resend", resend, methods=["POST"]),
    Route("/_control/wompi/transactions", show_books),
]
