"""Cards: what a number must be, and what the test data makes of it (sections 7 and 11)."""

import re
from datetime import UTC, datetime

from sandbox.bodies import JsonObject
from sandbox.wompi.methods import MALFORMED, MISSING
from sandbox.wompi.statuses import Plan, Status

OUTCOMES = {"4242424242424242": Status.APPROVED, "4111111111111111": Status.DECLINED}
BRANDS = (
    (r"4", "VISA"),
    (r"5[1-5]|2[2-7]", "MASTERCARD"),
    (r"3[47]", "AMEX"),
    (r"3[0689]", "DINERS"),
)
PATTERNS = {
    "number": r"\d{12,19}",
    "cvc": r"\d{3,4}",
    "exp_month": r"0[1-9]|1[0-2]",
    "exp_year": r"\d{2}",
    "card_holder": r".{5,}",
}
# What the issuer says, in the codes of the networks.
RESPONSES = {Status.APPROVED: "00", Status.DECLINED: "05", Status.ERROR: "96"}
EXPIRED = "54"


def card_problems(body: JsonObject, *, now: float) -> dict[str, list[str]]:
    """Field → sentences; empty when a token can be made of the card."""
    wrong = {
        name: [MALFORMED if body.get(name) else MISSING]
        for name, pattern in PATTERNS.items()
        if not (isinstance(body.get(name), str) and re.fullmatch(pattern, body[name]))
    }
    if "number" not in wrong and not passes_luhn(body["number"]):
        wrong["number"] = ["El número de la tarjeta es inválido"]
    if not wrong.keys() & {"exp_month", "exp_year"} and expires_at(body) <= now:
        wrong["exp_year"] = ["La tarjeta está vencida"]
    return wrong


def passes_luhn(number: str) -> bool:
    """Whether the last digit checks the others."""
    digits = [int(digit) for digit in number[::-1]]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[1::2]]
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0


def brand_of(number: str) -> str:
    """The network, by the number's beginning."""
    return next((brand for start, brand in BRANDS if re.match(start, number)), "OTHER")


def expires_at(card: JsonObject) -> float:
    """When the month that stands on the card is over."""
    month, year = int(card["exp_month"]), 2000 + int(card["exp_year"])
    return datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC).timestamp()


def shown(body: JsonObject) -> JsonObject:
    """What may be shown of a card, and all that is kept of it: neither number nor code."""
    number = str(body["number"])
    return {
        "brand": brand_of(number),
        "name": f"{brand_of(number)}-{number[-4:]}",
        "bin": number[:6],
        "last_four": number[-4:],
        "exp_month": body["exp_month"],
        "exp_year": body["exp_year"],
        "card_holder": body["card_holder"],
    }


def outcome_of(number: str) -> Status:
    """How every charge of it ends."""
    return OUTCOMES.get(number, Status.ERROR)


def plan_for_card(card: JsonObject, outcome: Status, *, now: float) -> Plan:
    """How a charge of it ends; a card that has run out is declined."""
    if expires_at(card) <= now:
        extra = {**card, "processor_response_code": EXPIRED}
        return Plan(Status.DECLINED, extra, message="Tarjeta vencida")
    return Plan(outcome, {**card, "processor_response_code": RESPONSES[outcome]})
