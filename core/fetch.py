"""Fetching an address that a person typed: the world outside only, never our own network.

The name is resolved once, every address it has must be public, and the connection goes to the
address that was looked at: a name that answers differently the second time gains nothing.
"""

import ipaddress
import socket
from urllib.parse import SplitResult, urlsplit

import urllib3
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from core.db import refuse_in_transaction
from core.errors import AddressRefused, FetchFailed

TIMEOUT = urllib3.Timeout(connect=5, read=15)
MOST_BYTES = 2_000_000
CHUNK = 65_536


def fetch(url: str, *, accept: str) -> bytes:
    """The body at a public https address, at most 2 MB; redirects are not followed.

    Raises `AddressRefused`, or `FetchFailed` with a reason for people. Not inside a transaction.
    """
    refuse_in_transaction("an address")
    parts = _public_parts(url)
    address = _public_address(parts)
    pool = _pool(parts, address)
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    try:
        response = pool.request(
            "GET",
            path or "/",
            headers={"Host": parts.netloc, "Accept": accept, "User-Agent": "StudioZens"},
            redirect=False,
            retries=False,
            preload_content=False,
        )
        try:
            return _body(response)
        finally:
            response.release_conn()
    except urllib3.exceptions.HTTPError as exc:
        raise FetchFailed(why=str(_("no respondió"))) from exc
    finally:
        pool.close()


def _public_parts(url: str) -> SplitResult:
    parts = urlsplit(url)
    allowed = {"https", "http"} if settings.FETCH_PRIVATE_ADDRESSES else {"https"}
    if parts.scheme not in allowed or not parts.hostname or parts.username is not None:
        raise AddressRefused
    return parts


def _public_address(parts: SplitResult) -> str:
    try:
        found = socket.getaddrinfo(parts.hostname, parts.port or 443, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError, ValueError) as exc:
        raise FetchFailed(why=str(_("el nombre no existe"))) from exc
    addresses = {str(info[4][0]) for info in found}
    is_public = all(ipaddress.ip_address(address).is_global for address in addresses)
    if not is_public and not settings.FETCH_PRIVATE_ADDRESSES:
        raise AddressRefused
    return str(found[0][4][0])


def _pool(parts: SplitResult, address: str) -> urllib3.HTTPConnectionPool:
    if parts.scheme == "http":
        return urllib3.HTTPConnectionPool(address, parts.port or 80, timeout=TIMEOUT)
    return urllib3.HTTPSConnectionPool(
        address,
        parts.port or 443,
        timeout=TIMEOUT,
        server_hostname=parts.hostname,
        assert_hostname=parts.hostname,
    )


def _body(response: urllib3.BaseHTTPResponse) -> bytes:
    if response.status != 200:
        raise FetchFailed(why=str(_("respondió {status}").format(status=response.status)))
    body = b""
    # Counted while it comes: a length that is claimed proves nothing.
    for chunk in response.stream(CHUNK, decode_content=True):
        body += chunk
        if len(body) > MOST_BYTES:
            raise FetchFailed(why=str(_("es demasiado grande")))
    return body
