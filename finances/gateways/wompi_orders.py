"""What a charge is in Wompi's words (wompi.md, sections 5 and 7); pure but for the secret."""

from collections.abc import Callable, Mapping
from typing import Any

from core.money import to_cents
from finances.domain.charges import ChargeOrder
from finances.domain.means import DOCUMENT, Acceptance, Method
from finances.domain.signatures import as_signed_time, integrity_signature

# The safe limits of the methods' own descriptions; one quotes them and takes no quotes itself.
SHORT, LONG = 30, 64


def body_of(
    order: ChargeOrder, *, integrity_secret: str, three_ds_scenario: str = ""
) -> dict[str, Any]:
    """The body of `POST /transactions`; the scenario is for the gateway's test environment."""
    cents = to_cents(order.amount)
    expiration_time = as_signed_time(order.expires_at)
    body: dict[str, Any] = {
        "amount_in_cents": cents,
        "currency": order.currency,
        "reference": order.reference,
        "expiration_time": expiration_time,
        "signature": integrity_signature(
            reference=order.reference,
            amount_in_cents=cents,
            currency=order.currency,
            expiration_time=expiration_time,
            secret=integrity_secret,
        ),
        "customer_email": order.payer.email,
        "customer_data": {
            "full_name": order.details.get("full_name") or order.payer.full_name,
            "phone_number": order.payer.phone.removeprefix("+"),
        },
        **acceptance_of(order.spent.acceptance),
        **_MEANS[order.method](order),
    }
    if order.return_url:
        body["redirect_url"] = order.return_url
    if order.spent.browser:
        body["is_three_ds"] = True
        if three_ds_scenario:
            body["three_ds_auth_type"] = three_ds_scenario
        body["customer_data"]["browser_info"] = dict(order.spent.browser)
    if order.is_recurrent:
        body["recurrent"] = True
    return body


def acceptance_of(acceptance: Acceptance | None) -> dict[str, str]:
    """The two tokens; a charge of a saved source does without them."""
    if acceptance is None:
        return {}
    return {
        "acceptance_token": acceptance.policy,
        "accept_personal_auth": acceptance.personal_data,
    }


def _card(order: ChargeOrder) -> dict[str, Any]:
    installments = order.details.get("installments", 1)
    return _method("CARD", token=order.spent.token, installments=installments)


def _nequi(order: ChargeOrder) -> dict[str, Any]:
    return _method("NEQUI", phone_number=order.details["phone"])


def _pse(order: ChargeOrder) -> dict[str, Any]:
    return _method(
        "PSE",
        user_type=1 if order.details["person_type"] == "company" else 0,
        financial_institution_code=order.details["bank"],
        payment_description=_words(order.description, SHORT),
        **_document(order),
    )


def _transfer(order: ChargeOrder) -> dict[str, Any]:
    return _method(
        "BANCOLOMBIA_TRANSFER",
        user_type="PERSON",
        payment_description=_words(order.description, LONG),
    )


def _qr(order: ChargeOrder) -> dict[str, Any]:
    return _method("BANCOLOMBIA_QR", payment_description=_words(order.description, LONG))


def _collect(order: ChargeOrder) -> dict[str, Any]:
    return _method("BANCOLOMBIA_COLLECT")


def _daviplata(order: ChargeOrder) -> dict[str, Any]:
    return _method(
        "DAVIPLATA", payment_description=_words(order.description, SHORT), **_document(order)
    )


def _source(order: ChargeOrder) -> dict[str, Any]:
    body: dict[str, Any] = {"payment_source_id": int(order.spent.token)}
    if "installments" in order.details:  # a card's; for others the gateway wants none
        body["payment_method"] = {"installments": order.details["installments"]}
    return body


def _method(kind: str, **fields: Any) -> dict[str, Any]:
    return {"payment_method": {"type": kind, **fields}}


def _document(order: ChargeOrder) -> dict[str, Any]:
    kind, number = (order.details[name] for name in DOCUMENT)
    return {"user_legal_id_type": kind, "user_legal_id": number}


def _words(description: str, longest: int) -> str:
    return description.replace("'", "")[:longest].strip()


_MEANS: Mapping[Method, Callable[[ChargeOrder], dict[str, Any]]] = {
    Method.CARD: _card,
    Method.NEQUI: _nequi,
    Method.PSE: _pse,
    Method.BANCOLOMBIA_TRANSFER: _transfer,
    Method.BANCOLOMBIA_QR: _qr,
    Method.BANCOLOMBIA_COLLECT: _collect,
    Method.DAVIPLATA: _daviplata,
    Method.SOURCE: _source,
}
