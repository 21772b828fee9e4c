"""What every request carries: an id, its limits, one log line (CORE-03, CORE-04)."""

import logging
import re
import time
from collections.abc import Callable

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from core.ids import uuid7

logger = logging.getLogger(__name__)

# What a client may call its request: anything else is replaced, so that logs stay one line.
REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")


class RequestContextMiddleware:
    """Takes or makes `X-Request-ID`, binds it to all logs of the request and answers it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        asked = request.headers.get("X-Request-ID", "")
        request_id = asked if REQUEST_ID.fullmatch(asked) else str(uuid7())
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        started = time.monotonic()
        response = self.get_response(request)
        response["X-Request-ID"] = request_id
        if limit := getattr(request, "rate_limit", None):
            response["RateLimit"] = ", ".join(f"{name}={value}" for name, value in limit.items())
        self._log(request, response, time.monotonic() - started)
        return response

    def _log(self, request: HttpRequest, response: HttpResponse, seconds: float) -> None:
        slow = seconds >= settings.SLOW_REQUEST_SECONDS
        logger.log(
            logging.WARNING if slow else logging.INFO,
            "slow request" if slow else "request",
            extra={
                "method": request.method,
                "path": request.path,
                "status": response.status_code,
                "ms": round(seconds * 1000, 1),
            },
        )


def current_request_id() -> str:
    """The id of the request being answered, empty outside of one."""
    return str(structlog.contextvars.get_contextvars().get("request_id", ""))
