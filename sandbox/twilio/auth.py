"""Basic authentication, and the signature of Twilio's own requests (section B3)."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping

from starlette.requests import Request

from sandbox.context import sandbox_of
from sandbox.twilio.errors import TwilioError, not_found


def require_account(request: Request) -> None:
    """The caller is the account, and asks for its own things.

    Raises `TwilioError` 20003 or 20404.
    """
    settings = sandbox_of(request).settings.twilio
    if _credentials(request) != f"{settings.account_sid}:{settings.auth_token}":
        raise TwilioError(20003, "Authenticate")
    if request.path_params.get("account", settings.account_sid) != settings.account_sid:
        raise not_found(request.url.path)


def _credentials(request: Request) -> str | None:
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        return base64.b64decode(encoded).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None


def signature(*, url: str, parameters: Mapping[str, str], auth_token: str) -> str:
    """`X-Twilio-Signature`: HMAC-SHA1 over the URL and each name+value, names sorted."""
    text = url + "".join(f"{name}{parameters[name]}" for name in sorted(parameters))
    digest = hmac.new(auth_token.encode(), text.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()
