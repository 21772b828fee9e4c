"""What `POST /payouts` refuses before it looks at the money."""

import re
from collections.abc import Callable, Mapping

from sandbox.bodies import JsonObject
from sandbox.payouts.errors import refused
from sandbox.payouts.places import BANK_IDS

PAYMENT_TYPES = ("PAYROLL", "PROVIDERS", "OTHER")
ENDINGS = ("APPROVED", "FAILED")
KEY = re.compile(r"[A-Za-z0-9-]{1,64}")


def _text(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value.strip()) <= 255


def _cents(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _account_number(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch(r"(?=.*[1-9])\d{6,20}", value) is not None


BATCH: Mapping[str, Callable[[object], bool]] = {
    "reference": _text,
    "accountId": _text,
    "paymentType": lambda value: value in PAYMENT_TYPES,
    "transactions": lambda value: isinstance(value, list) and bool(value),
    "transactionStatus": lambda value: value is None or value in ENDINGS,
    # Scheduled and recurrent batches are not played here.
    "dispersionDatetime": lambda value: value is None,
    "recurring": lambda value: value is None,
}
LINE: Mapping[str, Callable[[object], bool]] = {
    "legalIdType": lambda value: value in {"CC", "NIT", "CE"},
    "legalId": _text,
    "bankId": lambda value: value in BANK_IDS,
    "accountType": lambda value: value in {"AHORROS", "CORRIENTE"},
    "accountNumber": _account_number,
    "name": _text,
    "amount": _cents,
    "email": lambda value: value is None or (_text(value) and "@" in str(value)),
    "reference": lambda value: value is None or _text(value),
    "personType": lambda value: value in {None, "NATURAL", "JURIDICA"},
}


def check_key(key: str) -> None:
    """The idempotency key is there and looks right.

    Raises `PayoutsRefused` 400.
    """
    if not KEY.fullmatch(key):
        raise refused("idempotency-key: de 1 a 64 letras, dígitos o guiones")


def check_batch(body: JsonObject) -> None:
    """Every field is there and looks right.

    Raises `PayoutsRefused` 400.
    """
    wrong = _wrong("", body, BATCH)
    lines = body.get("transactions")
    for number, line in enumerate(lines if isinstance(lines, list) else []):
        given = line if isinstance(line, dict) else {}
        wrong += _wrong(f"transactions[{number}].", given, LINE)
    if wrong:
        raise refused(f"Campos inválidos: {', '.join(wrong)}")


def _wrong(
    prefix: str, given: JsonObject, fields: Mapping[str, Callable[[object], bool]]
) -> list[str]:
    return [f"{prefix}{name}" for name, is_good in fields.items() if not is_good(given.get(name))]
