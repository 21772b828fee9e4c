"""`/wompi/p/`: the page where a person pays, and the bank's page of a transfer."""

import html
from pathlib import Path
from string import Template

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from sandbox.bodies import JsonObject, read_form
from sandbox.context import sandbox_of
from sandbox.wompi import events
from sandbox.wompi.books import Books, Transaction
from sandbox.wompi.checkout import back_to, checkout_from, checkout_problems, pay_now, remember
from sandbox.wompi.gateway import CannotPay, answered, close
from sandbox.wompi.methods import ACCEPTED
from sandbox.wompi.statuses import Status

PAGE = Template((Path(__file__).parent / "checkout.html").read_text(encoding="utf-8"))
CHOICES = (Status.APPROVED, Status.DECLINED, Status.ERROR)
LABELS = {
    "CARD": "Tarjeta",
    "NEQUI": "Nequi",
    "PSE": "PSE",
    "BANCOLOMBIA_TRANSFER": "Botón Bancolombia",
    "BANCOLOMBIA_QR": "QR Bancolombia",
    "BANCOLOMBIA_COLLECT": "Efectivo (corresponsal)",
    "DAVIPLATA": "Daviplata",
}
ENDINGS = {
    Status.PENDING: "Pago pendiente",
    Status.APPROVED: "Pago aprobado",
    Status.DECLINED: "Pago rechazado",
    Status.VOIDED: "Pago anulado",
    Status.ERROR: "El medio de pago falló",
}


async def open_checkout(request: Request) -> Response:
    """`GET /wompi/p/`: validate as the real page does, remember the order, show the methods."""
    sandbox = sandbox_of(request)
    now = sandbox.now()
    query = dict(request.query_params)
    problems = checkout_problems(query, sandbox.settings.wompi, now=now)
    if problems:
        return show("No se puede abrir este pago", _list(problems), status=422)
    checkout = checkout_from(query)
    try:
        remember(sandbox, checkout, now=now)
    except CannotPay as exc:
        return _cannot_pay(exc)
    return _show_order(checkout)


def _cannot_pay(exc: CannotPay) -> Response:
    return show("No se puede pagar", f"<p>{html.escape(str(exc))}</p>", status=409)


async def submit_checkout(request: Request) -> Response:
    """`POST /wompi/p/`: the person pays. Approved goes back to the shop; otherwise, try again."""
    sandbox = sandbox_of(request)
    now = sandbox.now()
    form = await read_form(request)
    checkout = Books(sandbox.store).checkout(form.get("reference", ""))
    status, method = form.get("outcome", ""), form.get("method", "")
    if checkout is None or status not in CHOICES or method not in ACCEPTED:
        return show("Pago desconocido", "<p>Vuelve a abrir el pago desde el comercio.</p>", 404)
    try:
        transaction = pay_now(sandbox, checkout, method=method, now=now)
    except CannotPay as exc:
        return _cannot_pay(exc)
    events.send(sandbox, close(sandbox, transaction, Status(status), now=now))
    if status == Status.APPROVED and checkout["redirect_url"]:
        return RedirectResponse(back_to(checkout["redirect_url"], transaction.id), 303)
    return _show_order(checkout, ended=(transaction, Status(status)))


async def show_transfer(request: Request) -> Response:
    """`async_payment_url`: the bank's page, where the payer chooses the result.

    The challenge of a card's 3-D Secure is the same page, in a frame of the shop's.
    """
    transaction = Books(sandbox_of(request).store).find(request.path_params["id"])
    if transaction is None:
        return show("Pago desconocido", "", status=404)
    if transaction.status != Status.PENDING:
        return show(ENDINGS[transaction.status], _back_link(transaction.document, transaction.id))
    return show(amount_of(transaction.document), _buttons(transaction.reference))


async def submit_transfer(request: Request) -> Response:
    """The payer decided at the bank."""
    sandbox = sandbox_of(request)
    transaction = Books(sandbox.store).find(request.path_params["id"])
    status = (await read_form(request)).get("outcome", "")
    if transaction is None or transaction.status != Status.PENDING or status not in CHOICES:
        return show("Pago desconocido", "", status=404)
    end = answered(transaction, Status(status))
    events.send(sandbox, close(sandbox, transaction, end, now=sandbox.now()))
    if transaction.document["redirect_url"] and transaction.kind != "CARD":
        return RedirectResponse(back_to(transaction.document["redirect_url"], transaction.id), 303)
    return show(ENDINGS[end], "")


async def show_legal(request: Request) -> Response:
    """The document behind an acceptance token's permalink."""
    titles = {"terminos": "Términos de uso", "datos-personales": "Datos personales"}
    title = titles.get(request.path_params["document"])
    if title is None:
        return show("Documento desconocido", "", status=404)
    return show(title, "<p>Documento de prueba: el sandbox no obliga a nadie.</p>")


def _show_order(
    checkout: JsonObject, *, ended: tuple[Transaction, Status] | None = None
) -> Response:
    methods = "".join(
        f'<label><input type="radio" name="method" value="{name}"'
        f"{' checked' if name == 'CARD' else ''}> {LABELS[name]}</label>"
        for name in ACCEPTED
    )
    body = _buttons(str(checkout["reference"]), f'<div class="methods">{methods}</div>')
    if ended is None:
        return show(amount_of(checkout), body)
    transaction, status = ended
    again = "" if status == Status.APPROVED else f"<h2>Intenta con otro medio</h2>{body}"
    note = f'<p class="ended {status}">{ENDINGS[status]}</p>'
    return show(amount_of(checkout), note + again + _back_link(checkout, transaction.id))


def _buttons(reference: str, fields: str = "") -> str:
    return (
        f'<form method="post"><p class="reference">Referencia {html.escape(reference)}</p>'
        f'<input type="hidden" name="reference" value="{html.escape(reference)}">{fields}'
        '<button name="outcome" value="APPROVED" class="primary">Pagar</button>'
        '<button name="outcome" value="DECLINED">Que el banco lo rechace</button>'
        '<button name="outcome" value="ERROR">Que el medio falle</button></form>'
    )


def _back_link(document: JsonObject, transaction_id: str) -> str:
    if not document.get("redirect_url"):
        return ""
    address = html.escape(back_to(document["redirect_url"], transaction_id))
    return f'<p><a href="{address}">Volver al comercio</a></p>'


def amount_of(document: JsonObject) -> str:
    """The amount as a person reads it."""
    whole, cents = divmod(int(document["amount_in_cents"]), 100)
    pesos = f"{whole:,}".replace(",", ".")
    decimals = f",{cents:02}" if cents else ""
    return f"$ {pesos}{decimals} {html.escape(str(document['currency']))}"


def _list(problems: list[str]) -> str:
    return "<ul>" + "".join(f"<li>{html.escape(problem)}</li>" for problem in problems) + "</ul>"


def show(title: str, body: str, status: int = 200) -> Response:
    """A page of Wompi."""
    return HTMLResponse(PAGE.substitute(title=title, body=body), status)


routes = [
    Route("/wompi/p/", open_checkout),
    Route("/wompi/p/", submit_checkout, methods=["POST"]),
    Route("/wompi/p/async/{id}", show_transfer),
    Route("/wompi/p/async/{id}", submit_transfer, methods=["POST"]),
    Route("/wompi/legal/{document}", show_legal),
]
