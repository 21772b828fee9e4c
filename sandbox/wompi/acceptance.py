"""The two acceptance tokens (section 2): JWTs that live one hour and are spent once."""

import base64
import binascii
import hashlib
import hmac
import json
import secrets
from enum import StrEnum

from sandbox.bodies import JsonObject
from sandbox.config import WompiSettings
from sandbox.store import Store
from sandbox.wompi.errors import invalid

LIFE_SECONDS = 3600
HEADER = {"alg": "HS256", "typ": "JWT"}


class Kind(StrEnum):
    """What the payer accepted; the values are Wompi's `type`."""

    POLICY = "END_USER_POLICY"
    PERSONAL_DATA = "PERSONAL_DATA_AUTH"


FIELDS = {"acceptance_token": Kind.POLICY, "accept_personal_auth": Kind.PERSONAL_DATA}


def issue(settings: WompiSettings, *, kind: Kind, permalink: str, now: float) -> str:
    """A fresh token."""
    claims = {
        "contract_id": 1 if kind == Kind.POLICY else 2,
        "type": kind,
        "permalink": permalink,
        "jti": secrets.token_hex(12),
        "exp": int(now) + LIFE_SECONDS,
    }
    signed = f"{_encode(HEADER)}.{_encode(claims)}"
    return f"{signed}.{_sign(settings, signed)}"


def spend(store: Store, settings: WompiSettings, body: JsonObject, *, now: float) -> None:
    """Use up both tokens of a transaction; a later refusal does not give them back.

    Raises `Refused` 422 naming the field; then neither is spent.
    """
    claims = {name: _read(settings, body[name], kind) for name, kind in FIELDS.items()}
    wrong: dict[str, list[str]] = {}
    for name, claim in claims.items():
        if claim is None:
            wrong[name] = ["El token de aceptación es inválido"]
        elif float(claim["exp"]) < now:
            wrong[name] = ["El token de aceptación ha expirado"]
        elif store.one("SELECT 1 FROM wompi_spent_tokens WHERE jti = ?", claim["jti"]):
            wrong[name] = ["El token de aceptación ya fue usado"]
    if wrong:
        raise invalid(wrong)
    for claim in claims.values():
        if claim is not None:
            store.run("INSERT INTO wompi_spent_tokens VALUES (?, ?)", claim["jti"], claim["exp"])


def _read(settings: WompiSettings, token: str, kind: Kind) -> JsonObject | None:
    signed, _, signature = token.rpartition(".")
    if not hmac.compare_digest(_sign(settings, signed).encode(), signature.encode()):
        return None
    try:
        claims: JsonObject = json.loads(_decode(signed.partition(".")[2]))
    except (ValueError, binascii.Error):
        return None
    return claims if claims.get("type") == kind else None


def _sign(settings: WompiSettings, signed: str) -> str:
    digest = hmac.new(settings.private_key.encode(), signed.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _encode(part: JsonObject | dict[str, str]) -> str:
    raw = json.dumps(part, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decode(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
