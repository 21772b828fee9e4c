"""Limits by scope: a view names its `throttle_scope`, the settings its rate (CORE-03)."""

import time
from typing import TYPE_CHECKING, Any

from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from core.counters import count_hit
from core.errors import TooManyRequests
from core.metrics import THROTTLED
from core.net import client_address
from core.rates import Rate, parse_rate

if TYPE_CHECKING:  # rest_framework.views imports this module while it is itself imported
    from rest_framework.views import APIView


class ScopedThrottle(BaseThrottle):
    """Counts the person when known, otherwise the address; a view may add `throttle_identity`."""

    def allow_request(self, request: Request, view: "APIView") -> bool:
        scope = self._scope(request, view)
        rate = parse_rate(settings.THROTTLE_RATES[scope])
        if rate is None:
            return True
        for identity in self._identities(request, view):
            self._count(scope, rate, identity, request)
        return True

    def _scope(self, request: Request, view: "APIView") -> str:
        default = "anonymous" if _is_unknown(request) else "user"
        scopes: dict[str, str] = getattr(view, "throttle_scopes", {})
        return scopes.get(str(request.method), getattr(view, "throttle_scope", default))

    def _identities(self, request: Request, view: "APIView") -> list[str]:
        """Each is counted on its own: guessing one phone from many addresses is still guessing."""
        known = getattr(request.user, "pk", None)
        extra = getattr(view, "throttle_identity", None)
        identities = [str(known) if known else client_address(request._request)]
        return identities + ([found] if extra and (found := extra(request)) else [])

    def _count(self, scope: str, rate: Rate, identity: str, request: Request) -> None:
        fail_closed = scope in settings.THROTTLE_FAIL_CLOSED
        hits = count_hit(f"{scope}:{identity}", seconds=rate.seconds, fail_closed=fail_closed)
        reset = rate.seconds - int(time.time()) % rate.seconds
        left = max(rate.limit - hits, 0)
        _keep_tightest(request, {"limit": rate.limit, "remaining": left, "reset": reset})
        if hits > rate.limit:
            THROTTLED.labels(scope=scope).inc()
            raise TooManyRequests(retry_after=reset)


def _is_unknown(request: Request) -> bool:
    return getattr(request.user, "pk", None) is None


def _keep_tightest(request: Request, state: dict[str, int]) -> None:
    django_request: Any = request._request
    known = getattr(django_request, "rate_limit", None)
    if known is None or state["remaining"] < known["remaining"]:
        django_request.rate_limit = state
