"""What `POST /transactions` refuses before it looks at keys and signatures (section 5)."""

import re
from typing import Any

from sandbox.bodies import JsonObject
from sandbox.clock import parse_iso
from sandbox.config import WompiSettings
from sandbox.context import Sandbox
from sandbox.wompi.acceptance import FIELDS as ACCEPTANCE_FIELDS
from sandbox.wompi.errors import invalid, unprocessable
from sandbox.wompi.means import means_problems
from sandbox.wompi.methods import MALFORMED, MISSING
from sandbox.wompi.signatures import integrity

LARGEST_IN_CENTS = 10**12
REFERENCE = re.compile(r"[A-Za-z0-9_-]{1,255}")
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
ADDRESS_FIELDS = ("address_line_1", "country", "region", "city", "phone_number")


def check_shape(body: JsonObject, sandbox: Sandbox, *, now: float) -> None:
    """Every field is there and looks right; spends nothing.

    Raises `Refused` 422.
    """
    if not body.get("payment_method") and not body.get("payment_source_id"):
        raise unprocessable("Debe especificar un método de pago o una fuente de pago")
    # Charges of a saved source were seen to work without the acceptance tokens.
    wrong = {} if is_charge_of_source(body) else acceptance_problems(body)
    wrong |= _order(body, sandbox.settings.wompi, now=now)
    wrong |= email_problems(body) | means_problems(sandbox.store, body, now=now)
    wrong |= _flags(body) | _address(body.get("shipping_address")) | _taxes(body.get("taxes"))
    if not body.get("signature"):
        wrong["signature"] = ["Firma de integridad requerida no enviada"]
    if wrong:
        raise invalid(wrong)


def check_signature(body: JsonObject, settings: WompiSettings) -> None:
    """The integrity signature is that of the order, in lower case.

    Raises `Refused` 422.
    """
    expected = integrity(
        reference=body["reference"],
        amount_in_cents=body["amount_in_cents"],
        currency=body["currency"],
        expiration_time=body.get("expiration_time") or "",
        secret=settings.integrity_secret,
    )
    if body["signature"] != expected:
        raise invalid({"signature": ["La firma es inválida"]})


def is_charge_of_source(body: JsonObject) -> bool:
    """Whether a saved source is charged, without a person who accepts anything."""
    return bool(body.get("payment_source_id")) and not any(
        body.get(name) for name in ACCEPTANCE_FIELDS
    )


def acceptance_problems(body: JsonObject) -> dict[str, list[str]]:
    """Both acceptance tokens are there."""
    return {
        name: [MISSING]
        for name in ACCEPTANCE_FIELDS
        if not isinstance(body.get(name), str) or not body[name]
    }


def _order(body: JsonObject, settings: WompiSettings, *, now: float) -> dict[str, list[str]]:
    wrong = {
        "amount_in_cents": amount_problem(body.get("amount_in_cents"), settings),
        "currency": currency_problem(body.get("currency")),
        "reference": reference_problem(body.get("reference")),
        "expiration_time": expiration_problem(body.get("expiration_time"), now=now),
    }
    return {name: [problem] for name, problem in wrong.items() if problem}


def amount_problem(amount: object, settings: WompiSettings) -> str | None:
    """Whole cents, 1 to 10¹², and not under the commercial minimum."""
    if amount is None:
        return MISSING
    if not isinstance(amount, int) or isinstance(amount, bool):
        return "Debe ser entero"
    if not 1 <= amount <= LARGEST_IN_CENTS:
        return f"Debe estar entre 1 y {LARGEST_IN_CENTS}"
    if amount < settings.minimum_in_cents:
        return f"El monto mínimo de una transacción es {settings.minimum_in_cents} centavos"
    return None


def currency_problem(currency: object) -> str | None:
    """Only COP."""
    if not currency:
        return MISSING
    return None if currency == "COP" else "Moneda no soportada"


def reference_problem(reference: object) -> str | None:
    """Letters, digits, `-` and `_`; at most 255."""
    if not reference:
        return MISSING
    if not isinstance(reference, str) or not REFERENCE.fullmatch(reference):
        return MALFORMED
    return None


def expiration_problem(expiration: object, *, now: float) -> str | None:
    """Absent, or an instant that has not passed."""
    if expiration in (None, ""):
        return None
    instant = parse_iso(expiration) if isinstance(expiration, str) else None
    if instant is None:
        return MALFORMED
    return "La transacción ha expirado" if instant <= now else None


def email_problems(body: JsonObject) -> dict[str, list[str]]:
    """The payer's e-mail is there and looks like one."""
    email = body.get("customer_email")
    if isinstance(email, str) and EMAIL.fullmatch(email):
        return {}
    return {"customer_email": [MALFORMED if email else MISSING]}


def _flags(body: JsonObject) -> dict[str, list[str]]:
    return {
        name: [MALFORMED]
        for name in ("recurrent", "is_three_ds")
        if not isinstance(body.get(name, False), bool)
    }


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _address(address: object) -> dict[str, list[str]]:
    if address is None:
        return {}
    given = _object(address)
    return {f"shipping_address.{name}": [MISSING] for name in ADDRESS_FIELDS if not given.get(name)}


def _taxes(taxes: object) -> dict[str, list[str]]:
    rows = [] if taxes is None else taxes
    good = isinstance(rows, list) and all(
        _object(row).get("type") in {"VAT", "CONSUMPTION"}
        and isinstance(_object(row).get("amount_in_cents"), int)
        for row in rows
    )
    return {} if good else {"taxes": [MALFORMED]}
