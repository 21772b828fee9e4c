"""Twilio Verify v2, spoken by Twilio's library over our own HTTP (USERS-02, CORE-11)."""

import logging
from functools import lru_cache
from typing import Any

from django.conf import settings
from twilio.base.exceptions import TwilioRestException
from twilio.http import HttpClient
from twilio.http.response import Response
from twilio.rest import Client

from core.errors import ProviderUnavailable
from core.http import ProviderClient
from users.gateways.verification import SendRefused, Verifier

logger = logging.getLogger(__name__)

APPROVED = "approved"
# A check of a code that was approved, has expired or never was answers 404 (20404); 60202 says that
# five checks were made, 60200 that it cannot be a code. Whoever asks learns that it is not good.
NOT_GOOD = {20404, 60200, 60202}
# Too many requests, or our own credentials: nothing is wrong with the phone.
PASSING = {20003, 20429}


class _CoreHttpClient(HttpClient):  # type: ignore[misc]
    """Lets the library's requests pass through `core.http`: time-outs, breaker, metrics."""

    def __init__(self, base_url: str) -> None:
        super().__init__(logger, False, None)
        self._provider = ProviderClient("twilio", base_url)

    def request(
        self,
        method: str,
        url: str,
        params: dict[str, object] | None = None,
        data: dict[str, object] | None = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
    ) -> Response:
        """Send it once. Raises `ProviderUnavailable` or `UnknownOutcome`; 4xx is returned."""
        if method != "POST":
            raise ValueError(f"{method} is not used here")
        path = url.removeprefix(self._provider.base_url)
        operation = path.rpartition("/")[2]
        answer = self._provider.post(operation, path, data=data, headers=headers, auth=auth)
        return Response(answer.status_code, answer.text, answer.headers)


class TwilioVerifier:
    """The `Verifier` of one Verify service."""

    def __init__(self, *, base_url: str, account_sid: str, token: str, service_sid: str) -> None:
        client = Client(account_sid, token, http_client=_CoreHttpClient(base_url))
        client.verify.base_url = base_url
        self._service: Any = client.verify.v2.services(service_sid)

    def send(self, *, phone: str, channel: str) -> str:
        """See `Verifier.send`."""
        try:
            sid: str = self._service.verifications.create(
                to=phone, channel=channel, locale="es"
            ).sid
        except TwilioRestException as exc:
            if exc.code in PASSING:
                logger.error("twilio refuses us", extra={"provider_code": exc.code})  # noqa: TRY400
                raise ProviderUnavailable from exc
            raise SendRefused(str(exc.code)) from exc
        return sid

    def check(self, *, phone: str, code: str) -> bool:
        """See `Verifier.check`."""
        try:
            found = self._service.verification_checks.create(to=phone, code=code)
        except TwilioRestException as exc:
            if exc.code in NOT_GOOD:
                return False
            logger.error("twilio refuses us", extra={"provider_code": exc.code})  # noqa: TRY400
            raise ProviderUnavailable from exc
        return bool(found.status == APPROVED)


def get_verifier() -> Verifier:
    """The provider the settings name now."""
    return _verifier(
        settings.TWILIO_VERIFY_BASE_URL,
        settings.TWILIO_ACCOUNT_SID,
        settings.TWILIO_AUTH_TOKEN,
        settings.TWILIO_VERIFY_SERVICE_SID,
    )


@lru_cache(maxsize=8)
def _verifier(base_url: str, account_sid: str, token: str, service_sid: str) -> TwilioVerifier:
    return TwilioVerifier(
        base_url=base_url, account_sid=account_sid, token=token, service_sid=service_sid
    )
