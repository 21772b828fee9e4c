"""Payment methods: what each needs, and what the sandbox's test data decides (sections 5, 11)."""

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.wompi.statuses import Plan, Status

MISSING = "Debe ser completado"
MALFORMED = "Formato inválido"

LEGAL_IDS = ("CC", "CE", "NIT", "PP", "TI", "DNI", "RG", "OTHER")
BANKS = (
    ("1", "Banco que aprueba"),
    ("2", "Banco que declina"),
    ("3", "Banco que simula un error"),
)


def _words(longest: int) -> Callable[[object], bool]:
    return lambda value: isinstance(value, str) and 0 < len(value) <= longest


def _one_of(*choices: object) -> Callable[[object], bool]:
    return lambda value: value in choices


def _written(pattern: str) -> Callable[[object], bool]:
    return lambda value: isinstance(value, str) and re.fullmatch(pattern, value) is not None


@dataclass(frozen=True, slots=True)
class Method:
    """A type of payment: its required fields with their tests, and how it ends by itself.

    `outcomes` maps the value of `decided_by` to a status; another value ends in `otherwise`
    (`None`: a person decides).
    """

    fields: Mapping[str, Callable[[object], bool]]
    needs_customer: bool = False
    decided_by: str = ""
    outcomes: Mapping[str, Status] | None = None
    otherwise: Status | None = None


METHODS: Mapping[str, Method] = {
    "NEQUI": Method(
        fields={"phone_number": _written(r"\d{10}")},
        decided_by="phone_number",
        outcomes={"3991111111": Status.APPROVED, "3992222222": Status.DECLINED},
        otherwise=Status.ERROR,
    ),
    "PSE": Method(
        fields={
            "user_type": _one_of(0, 1, "0", "1"),
            "user_legal_id_type": _one_of("CC", "NIT"),
            "user_legal_id": _words(20),
            "financial_institution_code": _one_of(*(code for code, _ in BANKS)),
            "payment_description": _words(64),
        },
        needs_customer=True,
        decided_by="financial_institution_code",
        outcomes={"1": Status.APPROVED, "2": Status.DECLINED, "3": Status.ERROR},
    ),
    "BANCOLOMBIA_TRANSFER": Method(fields={"payment_description": _written(r"[^']{1,64}")}),
    "BANCOLOMBIA_QR": Method(
        fields={"payment_description": _words(64)},
        decided_by="sandbox_status",
        outcomes={
            "APPROVED": Status.APPROVED,
            "DECLINED": Status.DECLINED,
            "ERROR": Status.ERROR,
        },
    ),
    "BANCOLOMBIA_COLLECT": Method(fields={}),
    "DAVIPLATA": Method(
        fields={
            "user_legal_id": _words(20),
            "user_legal_id_type": _one_of(*LEGAL_IDS),
            "payment_description": _words(30),
        },
    ),
}

ACCEPTED = ("CARD", *METHODS)


def problems(
    payment_method: Mapping[str, Any], customer: Mapping[str, Any]
) -> dict[str, list[str]]:
    """Field → sentences, empty when the method can be charged."""
    kind = payment_method.get("type")
    if kind == "CARD":
        return _wrong_fields("payment_method", payment_method, {"token": _words(255)})
    if not isinstance(kind, str) or kind not in METHODS:
        return {"payment_method.type": [f"No está habilitado para este comercio: {kind}"]}
    method = METHODS[kind]
    wrong = _wrong_fields("payment_method", payment_method, method.fields)
    if method.needs_customer:
        wrong |= _wrong_fields(
            "customer_data", customer, {"full_name": _words(255), "phone_number": _words(20)}
        )
    return wrong


def _wrong_fields(
    prefix: str, given: Mapping[str, Any], fields: Mapping[str, Callable[[object], bool]]
) -> dict[str, list[str]]:
    return {
        f"{prefix}.{name}": [MISSING if given.get(name) in (None, "") else MALFORMED]
        for name, is_good in fields.items()
        if not is_good(given.get(name))
    }


def plan_for(payment_method: Mapping[str, Any], *, transaction_id: str, base_url: str) -> Plan:
    """How the test data ends it, and what Wompi adds to the method a moment after creation."""
    kind = str(payment_method["type"])
    method = METHODS[kind]
    extra = _extra(kind, transaction_id=transaction_id, base_url=base_url)
    if method.outcomes is None:
        return Plan(None, extra)
    value = str(payment_method.get(method.decided_by, ""))
    return Plan(method.outcomes.get(value, method.otherwise), extra)


def _extra(kind: str, *, transaction_id: str, base_url: str) -> dict[str, object]:
    page = f"{base_url}/wompi/p/async/{transaction_id}"
    number = transaction_id.rpartition("-")[2]
    extras: dict[str, dict[str, object]] = {
        "PSE": {"async_payment_url": page},
        "BANCOLOMBIA_TRANSFER": {"async_payment_url": page},
        "BANCOLOMBIA_QR": {"qr_id": number, "qr_image": _qr_image(transaction_id)},
        "BANCOLOMBIA_COLLECT": {
            "business_agreement_code": "12345",
            "payment_intention_identifier": number.rjust(11, "0"),
        },
    }
    return extras.get(kind, {})


def _qr_image(text: str) -> str:
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 220 60">'
        f'<text x="10" y="34" font-size="12">{text}</text></svg>'
    )
    return base64.b64encode(svg.encode()).decode()
