"""Calls to providers: time-outs, bounded retry, a breaker, metrics, masked logs (CORE-11).

No call is ever made inside a transaction: a provider that is slow must not hold our rows (NA-31).
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pybreaker
import requests
import tenacity
from django.conf import settings
from requests.adapters import HTTPAdapter

from core.breakers import breaker_for
from core.db import refuse_in_transaction
from core.errors import ProviderUnavailable
from core.metrics import PROVIDER_CALLS

logger = logging.getLogger(__name__)

TRIES = 3


class UnknownOutcome(ProviderUnavailable):
    """The request left, no answer came: the provider may have acted. Look it up, never repeat it.

    `response` is the 5xx answer, if there was one: a gateway that knows the provider's error codes
    may read there that nothing was done.
    """

    code = "CORE-PROVIDER-OUTCOME-UNKNOWN"

    def __init__(self, response: requests.Response | None = None) -> None:
        super().__init__()
        self.response = response


class _ProviderFailed(Exception):
    """An answer of the 5xx kind, or none: what a breaker counts."""

    def __init__(
        self, response: requests.Response | None, *, was_sent: bool, why: object = ""
    ) -> None:
        super().__init__(str(why))
        self.response = response
        self.was_sent = was_sent


@dataclass(frozen=True)
class ProviderClient:
    """One provider's HTTP: `operation` names a call in metrics and logs, never an id."""

    name: str
    base_url: str
    headers: dict[str, str] = field(default_factory=dict)
    auth: tuple[str, str] | None = None

    def get(
        self, operation: str, path: str, *, tries: int = TRIES, **options: Any
    ) -> requests.Response:
        """A safe call: retried with jitter. Raises `ProviderUnavailable`; 4xx is returned."""
        retrying = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(tries),
            wait=tenacity.wait_random_exponential(multiplier=0.1, max=1),
            retry=tenacity.retry_if_exception_type(_ProviderFailed),
            reraise=True,
        )
        return self._explain(lambda: retrying(self._guarded, operation, "GET", path, options))

    def post(self, operation: str, path: str, **options: Any) -> requests.Response:
        """A call that acts: tried once; 4xx is returned.

        Raises `UnknownOutcome` when it may have acted all the same, `ProviderUnavailable` when it
        surely has not.
        """
        return self._explain(lambda: self._guarded(operation, "POST", path, options))

    def put(self, operation: str, path: str, **options: Any) -> requests.Response:
        """A call that acts, as `post`."""
        return self._explain(lambda: self._guarded(operation, "PUT", path, options))

    def _explain(self, call: Callable[[], requests.Response]) -> requests.Response:
        refuse_in_transaction(self.name)
        try:
            return call()
        except pybreaker.CircuitBreakerError as exc:
            raise ProviderUnavailable from exc
        except _ProviderFailed as exc:
            if exc.was_sent:
                raise UnknownOutcome(exc.response) from exc
            raise ProviderUnavailable from exc

    def _guarded(
        self, operation: str, method: str, path: str, options: dict[str, Any]
    ) -> requests.Response:
        started = time.monotonic()
        outcome = "cut off"
        try:
            response: requests.Response = breaker_for(self.name).call(
                self._send, method, path, options
            )
            outcome = f"{response.status_code // 100}xx"
        except _ProviderFailed as exc:
            outcome = "no answer" if exc.response is None else "5xx"
            raise
        finally:
            seconds = time.monotonic() - started
            PROVIDER_CALLS.labels(self.name, operation, outcome).observe(seconds)
            logger.info(
                "provider call",
                extra={
                    "provider": self.name,
                    "operation": operation,
                    "outcome": outcome,
                    "ms": round(seconds * 1000, 1),
                },
            )
        return response

    def _send(self, method: str, path: str, options: dict[str, Any]) -> requests.Response:
        try:
            response = self._session.request(
                method,
                self.base_url + path,
                allow_redirects=False,
                **{"timeout": _usual_timeout(), **options},
            )
        except requests.ConnectTimeout as exc:
            raise _ProviderFailed(None, was_sent=False, why=_why(exc)) from None
        except requests.ConnectionError as exc:
            raise _ProviderFailed(None, was_sent=not _was_refused(exc), why=_why(exc)) from None
        except requests.RequestException as exc:
            raise _ProviderFailed(None, was_sent=True, why=_why(exc)) from None
        if response.status_code >= 500:
            raise _ProviderFailed(response, was_sent=True)
        return response

    @cached_property
    def _session(self) -> requests.Session:
        session = requests.Session()
        session.headers.update(self.headers)
        session.auth = self.auth
        session.trust_env = False
        # Our own retry decides; a pool as wide as a worker's threads.
        session.mount(self.base_url, HTTPAdapter(pool_maxsize=32, max_retries=0))
        return session


def _usual_timeout() -> tuple[float, float]:
    return (settings.PROVIDER_CONNECT_TIMEOUT, settings.PROVIDER_READ_TIMEOUT)


def _why(error: requests.RequestException) -> object:
    """The cause without what was asked for: traces are logged, and addresses name people."""
    cause = error.args[0] if error.args else type(error).__name__
    return getattr(cause, "reason", cause)


def _was_refused(error: requests.ConnectionError) -> bool:
    """Whether the connection was never made, so that nothing can have been done."""
    return "NewConnectionError" in repr(error) or "NameResolutionError" in repr(error)
