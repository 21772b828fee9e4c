"""`extra.url` and `extra.url_services` of a Daviplata transaction (section 5).

What `url_services` answers is not on the provider's page: it is the sandbox's assumption.
"""

import hmac

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from sandbox.bodies import read_form, read_object
from sandbox.context import Sandbox, sandbox_of
from sandbox.wompi import events
from sandbox.wompi.books import Books, Transaction
from sandbox.wompi.checkout import back_to
from sandbox.wompi.daviplata import CODES, services_token
from sandbox.wompi.errors import invalid, no_access, not_found
from sandbox.wompi.gateway import close
from sandbox.wompi.pages import ENDINGS, amount_of, show
from sandbox.wompi.statuses import Status

FORM = (
    '<form method="post"><label>Código que llegó a tu celular'
    ' <input name="code" inputmode="numeric" autocomplete="one-time-code" required></label>'
    '<button class="primary">Pagar</button></form>'
)


async def send_code(request: Request) -> JSONResponse:
    """`POST code_otp_send`: the code is on its way; here it is one of the test codes."""
    transaction = _of_services(request)
    return JSONResponse({"data": {"id": transaction.id, "status": "SENT"}})


async def validate_code(request: Request) -> JSONResponse:
    """`POST code_otp_validate` `{"code"}`: a wrong one leaves the transaction PENDING."""
    transaction = _of_services(request)
    code = (await read_object(request) or {}).get("code")
    status = _end_by_code(sandbox_of(request), transaction, code)
    if status is None:
        raise invalid({"code": ["El código es inválido"]})
    return JSONResponse({"data": {"id": transaction.id, "status": status}})


def _of_services(request: Request) -> Transaction:
    sandbox, transaction_id = sandbox_of(request), request.path_params["id"]
    expected = f"Bearer {services_token(sandbox.settings.wompi, transaction_id)}"
    given = request.headers.get("authorization", "")
    if not hmac.compare_digest(given.encode(), expected.encode()):
        raise no_access()
    transaction = _pending(request)
    if transaction is None:
        raise not_found()
    return transaction


def _pending(request: Request) -> Transaction | None:
    found = Books(sandbox_of(request).store).find(request.path_params["id"])
    waits = found is not None and found.kind == "DAVIPLATA" and found.status == Status.PENDING
    return found if waits else None


def _end_by_code(sandbox: Sandbox, transaction: Transaction, code: object) -> Status | None:
    """End it as the code says; with none of the test codes nothing happens."""
    if code not in CODES:
        return None
    status, message = CODES[str(code)]
    event = close(sandbox, transaction, status, now=sandbox.now(), message=message)
    events.send(sandbox, event)
    return status


async def show_page(request: Request) -> Response:
    """`GET extra.url`: the page that asks for the code."""
    transaction = _pending(request)
    if transaction is None:
        return show("Pago desconocido", "", status=404)
    return show(amount_of(transaction.document), FORM)


async def submit_page(request: Request) -> Response:
    """The payer typed the code."""
    transaction = _pending(request)
    if transaction is None:
        return show("Pago desconocido", "", status=404)
    code = (await read_form(request)).get("code")
    status = _end_by_code(sandbox_of(request), transaction, code)
    if status is None:
        return show("Código inválido", FORM, status=422)
    if transaction.document["redirect_url"]:
        return RedirectResponse(back_to(transaction.document["redirect_url"], transaction.id), 303)
    return show(ENDINGS[status], "")


routes = [
    Route("/wompi/v1/daviplata/{id}/otp/send", send_code, methods=["POST"]),
    Route("/wompi/v1/daviplata/{id}/otp/validate", validate_code, methods=["POST"]),
    Route("/wompi/p/daviplata/{id}", show_page),
    Route("/wompi/p/daviplata/{id}", submit_page, methods=["POST"]),
]
