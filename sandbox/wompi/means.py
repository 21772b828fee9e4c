"""What pays a transaction of the API: a method, a card's token, or a saved source."""

from dataclasses import dataclass

from sandbox.bodies import JsonObject
from sandbox.context import Sandbox
from sandbox.store import Store
from sandbox.wompi import daviplata
from sandbox.wompi.cards import plan_for_card
from sandbox.wompi.methods import MALFORMED, plan_for, problems
from sandbox.wompi.sources import Source, Sources
from sandbox.wompi.statuses import Plan
from sandbox.wompi.threeds import three_ds_problems, with_three_ds
from sandbox.wompi.tokens import Tokens

MOST_INSTALLMENTS = 36


@dataclass(frozen=True, slots=True)
class Means:
    """`method` as the transaction shows it; `token` is spent by it; `source` was saved before."""

    method: JsonObject
    plan: Plan
    token: str | None = None
    source: int | None = None


def means_problems(store: Store, body: JsonObject, *, now: float) -> dict[str, list[str]]:
    """Field → sentences; empty when the body's means can be charged."""
    if body.get("payment_source_id"):
        return _source_problems(store, body)
    method = body.get("payment_method")
    if not isinstance(method, dict):
        return {"payment_method": [MALFORMED]} if method else {}
    customer = body.get("customer_data")
    wrong = problems(method, customer if isinstance(customer, dict) else {})
    if method.get("type") != "CARD":
        return wrong
    token = Tokens(store).find(method.get("token"))
    if not wrong and (token is None or not token.serves("CARD", now=now)):
        wrong["payment_method.token"] = ["El token de la tarjeta no existe o ya fue usado"]
    return wrong | _installments_problems(method) | three_ds_problems(body)


def _source_problems(store: Store, body: JsonObject) -> dict[str, list[str]]:
    source = Sources(store).find(body["payment_source_id"])
    if source is None:
        return {"payment_source_id": ["La fuente de pago no existe"]}
    if source.status != "AVAILABLE":
        return {"payment_source_id": ["La fuente de pago no está disponible"]}
    method = body.get("payment_method") or {}
    if not isinstance(method, dict):
        return {"payment_method": [MALFORMED]}
    if source.kind != "CARD" and "installments" in method:
        return {"payment_method.installments": ["Solo se permite para tarjetas"]}
    return _installments_problems(method)


def _installments_problems(method: JsonObject) -> dict[str, list[str]]:
    given = method.get("installments", 1)
    whole = isinstance(given, int) and not isinstance(given, bool)
    good = whole and 1 <= given <= MOST_INSTALLMENTS
    return {} if good else {"payment_method.installments": [MALFORMED]}


def means_of(
    sandbox: Sandbox, body: JsonObject, *, transaction_id: str, base_url: str, now: float
) -> Means:
    """What pays, of a body without problems."""
    source = Sources(sandbox.store).find(body.get("payment_source_id"))
    if source is not None:
        return _saved(source, body, now=now)
    method: JsonObject = body["payment_method"]
    page = f"{base_url}/wompi/p/async/{transaction_id}"
    token = Tokens(sandbox.store).find(method.get("token"))
    if method["type"] == "CARD" and token is not None:
        plan = plan_for_card(token.document, token.outcome, now=now)
        return Means(method, with_three_ds(plan, body, page=page), token=token.id)
    if method["type"] == "DAVIPLATA":
        extra = daviplata.where_to_type(sandbox.settings.wompi, transaction_id, base_url=base_url)
        return Means(method, Plan(None, extra))
    return Means(method, plan_for(method, transaction_id=transaction_id, base_url=base_url))


def _saved(source: Source, body: JsonObject, *, now: float) -> Means:
    given = body.get("payment_method") or {}
    if source.kind == "CARD":
        method = {"type": "CARD", "installments": given.get("installments", 1)}
        plan = plan_for_card(source.document, source.outcome, now=now)
        return Means(method, plan, source=source.id)
    method = {"type": source.kind, "phone_number": source.document["phone_number"]}
    return Means(method, Plan(source.outcome, {}), source=source.id)
