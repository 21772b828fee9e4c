"""What the checkout page accepts, and what happens when a payer pays there (section 4)."""

from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from sandbox.bodies import JsonObject
from sandbox.config import WompiSettings
from sandbox.context import Sandbox
from sandbox.wompi.books import Books, Transaction
from sandbox.wompi.gateway import CannotPay, pay_checkout, refuse_used
from sandbox.wompi.signatures import integrity
from sandbox.wompi.validation import (
    amount_problem,
    currency_problem,
    expiration_problem,
    reference_problem,
)


def checkout_problems(
    query: Mapping[str, str], settings: WompiSettings, *, now: float
) -> list[str]:
    """Why the real page would not open with these parameters; empty when it would."""
    amount = query.get("amount-in-cents", "")
    wrong = {
        "public-key": None if query.get("public-key") == settings.public_key else "Llave inválida",
        "currency": currency_problem(query.get("currency")),
        "amount-in-cents": amount_problem(int(amount) if amount.isdecimal() else None, settings),
        "reference": reference_problem(query.get("reference")),
        "expiration-time": expiration_problem(query.get("expiration-time"), now=now),
        "redirect-url": _url_problem(query.get("redirect-url", "")),
        "customer-data:phone-number": _pair_problem(query, "phone-number", "phone-number-prefix"),
        "customer-data:legal-id": _pair_problem(query, "legal-id", "legal-id-type"),
    }
    problems = [f"{name}: {problem}" for name, problem in wrong.items() if problem]
    if not problems and query.get("signature:integrity") != _signature(query, settings):
        problems.append("signature:integrity: La firma es inválida")
    return problems


def _url_problem(url: str) -> str | None:
    return None if not url or urlsplit(url).scheme in {"http", "https"} else "URL inválida"


def _pair_problem(query: Mapping[str, str], first: str, second: str) -> str | None:
    given = [bool(query.get(f"customer-data:{name}")) for name in (first, second)]
    return f"Debe ir junto con {second}" if any(given) and not all(given) else None


def _signature(query: Mapping[str, str], settings: WompiSettings) -> str:
    return integrity(
        reference=query["reference"],
        amount_in_cents=int(query["amount-in-cents"]),
        currency=query["currency"],
        expiration_time=query.get("expiration-time", ""),
        secret=settings.integrity_secret,
    )


def checkout_from(query: Mapping[str, str]) -> JsonObject:
    """The order that valid parameters describe."""
    return {
        "reference": query["reference"],
        "amount_in_cents": int(query["amount-in-cents"]),
        "currency": query["currency"],
        "expiration_time": query.get("expiration-time") or None,
        "redirect_url": query.get("redirect-url") or None,
        "customer_email": query.get("customer-data:email") or "pagador@example.com",
    }


def remember(sandbox: Sandbox, checkout: JsonObject, *, now: float) -> None:
    """A payer opened the page with this order.

    Raises `CannotPay` when the reference cannot be paid any more.
    """
    refuse_used(sandbox, str(checkout["reference"]), now=now)
    Books(sandbox.store).open_checkout(checkout, now=now)


def pay_now(sandbox: Sandbox, checkout: JsonObject, *, method: str, now: float) -> Transaction:
    """Start a payment of an opened checkout that has not expired.

    Raises `CannotPay`.
    """
    problem = expiration_problem(checkout.get("expiration_time"), now=now)
    if problem:
        raise CannotPay(problem)
    return pay_checkout(sandbox, checkout, method=method, now=now)


def back_to(redirect_url: str, transaction_id: str) -> str:
    """The shop's address with `id` appended; Wompi adds nothing else."""
    parts = urlsplit(redirect_url)
    query = urlencode([*parse_qsl(parts.query), ("id", transaction_id)])
    return urlunsplit(parts._replace(query=query))
