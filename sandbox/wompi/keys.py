"""Which key a request carries, and whether that is enough."""

from enum import Enum

from starlette.requests import Request

from sandbox.config import WompiSettings
from sandbox.context import sandbox_of
from sandbox.wompi.errors import no_access, not_found


class Key(Enum):
    """What is known of the key in the Authorization header."""

    NONE = "none"
    PUBLIC = "public"
    PRIVATE = "private"
    UNKNOWN_PRIVATE = "unknown private"
    FOREIGN = "foreign"


def key_of(request: Request, settings: WompiSettings) -> Key:
    """The kind of key that came with the request."""
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key:
        return Key.NONE
    known = {settings.public_key: Key.PUBLIC, settings.private_key: Key.PRIVATE}
    if key in known:
        return known[key]
    return Key.UNKNOWN_PRIVATE if key.startswith("prv_test_") else Key.FOREIGN


def require_any_key(request: Request) -> None:
    """Public or private will do.

    Raises `Refused` 401.
    """
    if key_of(request, sandbox_of(request).settings.wompi) not in {Key.PUBLIC, Key.PRIVATE}:
        raise no_access()


def require_private_key(request: Request, *, hide: bool) -> None:
    """Only the private key will do; `hide` answers 404 to the others (reads by id).

    Raises `Refused` 401, 403 or 404.
    """
    key = key_of(request, sandbox_of(request).settings.wompi)
    if key == Key.PRIVATE:
        return
    if key == Key.UNKNOWN_PRIVATE:
        raise no_access(403)
    raise not_found() if hide else no_access()
