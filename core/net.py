"""Where a request comes from."""

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """The caller's IP address.

    `X-Forwarded-For` is a claim anybody can write: only the entries our own proxies appended, as
    many as `TRUSTED_PROXY_COUNT` says there are, are believed (NA-06).
    """
    direct = str(request.META.get("REMOTE_ADDR", ""))
    proxies = settings.TRUSTED_PROXY_COUNT
    if not proxies:
        return direct
    claimed = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",")]
    return claimed[-proxies] if len(claimed) >= proxies and claimed[-proxies] else direct
