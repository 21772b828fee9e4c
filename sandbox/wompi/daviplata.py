"""Daviplata: the payer types the code that was sent, on a page or in the shop (section 5)."""

import hashlib
import hmac

from sandbox.bodies import JsonObject
from sandbox.config import WompiSettings
from sandbox.wompi.statuses import Status

CODES: dict[str, tuple[Status, str | None]] = {
    "574829": (Status.APPROVED, None),
    "932015": (Status.DECLINED, None),
    "186743": (Status.DECLINED, "Fondos insuficientes"),
    "999999": (Status.ERROR, None),
}


def where_to_type(settings: WompiSettings, transaction_id: str, *, base_url: str) -> JsonObject:
    """Where the code is asked for: our page, or two calls with a token of their own."""
    services = f"{base_url}/wompi/v1/daviplata/{transaction_id}/otp"
    return {
        "url": f"{base_url}/wompi/p/daviplata/{transaction_id}",
        "url_services": {
            "token": services_token(settings, transaction_id),
            "code_otp_send": f"{services}/send",
            "code_otp_validate": f"{services}/validate",
        },
    }


def services_token(settings: WompiSettings, transaction_id: str) -> str:
    """What the two calls carry as their bearer."""
    text = f"daviplata {transaction_id}".encode()
    return hmac.new(settings.private_key.encode(), text, hashlib.sha256).hexdigest()
