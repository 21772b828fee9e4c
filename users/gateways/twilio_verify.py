"""Twilio Verify v2 (USERS-02)."""

import logging
from typing import Any

from django.conf import settings
from twilio.base.exceptions import TwilioRestException

from core.errors import ProviderUnavailable
from core.twilio import twilio_client
from users.gateways.verification import SendRefused, Verifier

logger = logging.getLogger(__name__)

APPROVED = "approved"
# A check of a code that was approved, has expired or never was answers 404 (20404); 60202 says that
# five checks were made, 60200 that it cannot be a code. Whoever asks learns that it is not good.
NOT_GOOD = {20404, 60200, 60202}
# Our own credentials, or too many requests: nothing is wrong with the phone.
PASSING = {20003, 20429}


class TwilioVerifier:
    """The `Verifier` behind the Verify service that the settings name now."""

    def send(self, *, phone: str, channel: str) -> str:
        """See `Verifier.send`."""
        verifications = _service("verification-start").verifications
        try:
            return str(verifications.create(to=phone, channel=channel, locale="es").sid)
        except TwilioRestException as exc:
            if exc.code in PASSING:
                raise _unavailable(exc) from exc
            raise SendRefused(str(exc.code)) from exc

    def check(self, *, phone: str, code: str) -> bool:
        """See `Verifier.check`."""
        checks = _service("verification-check").verification_checks
        try:
            return bool(checks.create(to=phone, code=code).status == APPROVED)
        except TwilioRestException as exc:
            if exc.code in NOT_GOOD:
                return False
            raise _unavailable(exc) from exc


def get_verifier() -> Verifier:
    """The provider of one-time codes."""
    return TwilioVerifier()


def _service(operation: str) -> Any:
    client = twilio_client(operation)
    return client.verify.v2.services(settings.TWILIO_VERIFY_SERVICE_SID)


def _unavailable(refusal: TwilioRestException) -> ProviderUnavailable:
    """Logged as an error, because somebody has to look at our account; without the text, because
    it can hold a phone.
    """
    logger.error("twilio refuses our account", extra={"provider_code": refusal.code})
    return ProviderUnavailable()
