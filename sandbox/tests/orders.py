"""Valid orders for the gateway; tests spoil one field each."""

from urllib.parse import urlencode

from sandbox.tests.process import StandIn
from sandbox.wompi.signatures import integrity

SECRET = "test_integrity_studiozens"
AMOUNT = 9_500_000


def sign(reference: str, *, amount: int = AMOUNT, expiration: str = "") -> str:
    """The integrity signature with the development secret."""
    return integrity(
        reference=reference,
        amount_in_cents=amount,
        currency="COP",
        expiration_time=expiration,
        secret=SECRET,
    )


def checkout_query(reference: str, *, expiration: str = "", **changes: str) -> dict[str, str]:
    """The checkout page's parameters."""
    query = {
        "public-key": "pub_test_studiozens",
        "currency": "COP",
        "amount-in-cents": str(AMOUNT),
        "reference": reference,
        "signature:integrity": sign(reference, expiration=expiration),
        "redirect-url": "https://app.example.com/pago/fin?tab=1",
    }
    if expiration:
        query["expiration-time"] = expiration
    return query | changes


def checkout_path(reference: str, **options: str) -> str:
    """The checkout page's address."""
    return f"/wompi/p/?{urlencode(checkout_query(reference, **options))}"


def checkout_object(reference: str, **changes: object) -> dict[str, object]:
    """The checkout object of the product's API."""
    return {
        "provider": "wompi",
        "public_key": "pub_test_studiozens",
        "reference": reference,
        "amount_in_cents": AMOUNT,
        "currency": "COP",
        "signature": sign(reference),
        "expiration_time": None,
        "redirect_url": "https://app.example.com/pago/fin",
        "checkout_url": "unused",
    } | changes


def acceptance(sandbox: StandIn) -> dict[str, str]:
    """Two fresh acceptance tokens, under the names of `POST /transactions`."""
    answer = sandbox.get(
        "/wompi/v1/merchants/info", headers={"x-merchant-public-key": "pub_test_studiozens"}
    )
    merchant = answer.json()["data"]
    return {
        "acceptance_token": merchant["presigned_acceptance"]["acceptance_token"],
        "accept_personal_auth": merchant["presigned_personal_data_auth"]["acceptance_token"],
    }


def nequi(phone_number: str = "3991111111") -> dict[str, object]:
    """A payment method that ends by itself."""
    return {"type": "NEQUI", "phone_number": phone_number}


def order(sandbox: StandIn, reference: str, **changes: object) -> dict[str, object]:
    """A body for `POST /transactions` with fresh acceptance tokens."""
    return {
        **acceptance(sandbox),
        "amount_in_cents": AMOUNT,
        "currency": "COP",
        "customer_email": "ana@example.com",
        "reference": reference,
        "signature": sign(reference),
        "payment_method": nequi(),
    } | changes
