"""Twilio's own library, with every call of it going through `core.http`.

The library builds requests and reads answers; time-outs, breaker, metrics and masked logs are ours,
and so is the address: the host it asks for is replaced by the one the settings name.
"""

import logging
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from twilio.http import HttpClient
from twilio.http.response import Response
from twilio.rest import Client

from core.http import ProviderClient

logger = logging.getLogger(__name__)


class GuardedHttpClient(HttpClient):  # type: ignore[misc]  # the library ships no types
    """What the library sends, sent by the `ProviderClient` of the host it names."""

    def __init__(self, operation: str, providers: Mapping[str, ProviderClient]) -> None:
        super().__init__(logger, is_async=False)
        self._operation = operation
        self._providers = providers

    def request(
        self,
        method: str,
        uri: str,
        params: dict[str, object] | None = None,
        data: dict[str, object] | None = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
    ) -> Response:
        """The answer, 4xx included. Raises `ProviderUnavailable` or `UnknownOutcome`."""
        address = urlsplit(uri)
        provider = self._providers[str(address.hostname)]
        call = provider.get if method.upper() == "GET" else provider.post
        answer = call(
            self._operation, address.path, params=params, data=data, headers=headers, auth=auth
        )
        return Response(answer.status_code, answer.text, answer.headers)


def twilio_client(operation: str) -> Client:
    """A client whose calls count as `operation`; accounts and addresses are today's settings."""
    return _client(
        operation,
        settings.TWILIO_ACCOUNT_SID,
        settings.TWILIO_AUTH_TOKEN,
        settings.TWILIO_BASE_URL,
        settings.TWILIO_VERIFY_BASE_URL,
    )


@lru_cache(maxsize=32)
def _client(operation: str, sid: str, token: str, api_url: str, verify_url: str) -> Client:
    providers = _providers(api_url, verify_url)
    return Client(sid, token, http_client=GuardedHttpClient(operation, providers))


@lru_cache(maxsize=8)
def _providers(api_url: str, verify_url: str) -> dict[str, Any]:
    # Two breakers: messages may fail while codes still arrive.
    return {
        "api.twilio.com": ProviderClient("twilio", api_url),
        "verify.twilio.com": ProviderClient("twilio-verify", verify_url),
    }
