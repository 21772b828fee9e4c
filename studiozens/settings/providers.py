"""Where the providers are. In development and tests these point at `sandbox/`."""

from studiozens.settings.env import env

SANDBOX_URL = env.text("SANDBOX_URL", default="http://127.0.0.1:8010")


def _provider(name: str, stand_in: str) -> str:
    """A provider's setting; whoever copies a development environment into production is told."""
    if not env.is_production:
        return env.text(name, default=stand_in)
    value = env.text(name, required=True)
    if value and (value == stand_in or value.startswith(SANDBOX_URL)):
        env.problems.append(f"{name} is a stand-in's: production needs the provider's own")
    return value


WOMPI_BASE_URL = _provider("WOMPI_BASE_URL", f"{SANDBOX_URL}/wompi/v1")
WOMPI_CHECKOUT_URL = _provider("WOMPI_CHECKOUT_URL", f"{SANDBOX_URL}/wompi/p/")
WOMPI_PUBLIC_KEY = _provider("WOMPI_PUBLIC_KEY", "pub_test_studiozens")
WOMPI_PRIVATE_KEY = _provider("WOMPI_PRIVATE_KEY", "prv_test_studiozens")
WOMPI_EVENTS_SECRET = _provider("WOMPI_EVENTS_SECRET", "test_events_studiozens")
WOMPI_INTEGRITY_SECRET = _provider("WOMPI_INTEGRITY_SECRET", "test_integrity_studiozens")

WOMPI_PAYOUTS_BASE_URL = _provider("WOMPI_PAYOUTS_BASE_URL", f"{SANDBOX_URL}/payouts/v1")
WOMPI_PAYOUTS_API_KEY = _provider("WOMPI_PAYOUTS_API_KEY", "sandbox-payouts-key")
WOMPI_PAYOUTS_PRINCIPAL_ID = _provider("WOMPI_PAYOUTS_PRINCIPAL_ID", "sandbox-payouts-principal")
WOMPI_PAYOUTS_EVENTS_SECRET = _provider(
    "WOMPI_PAYOUTS_EVENTS_SECRET", "test_events_payouts_studiozens"
)
# Which of our accounts there payouts leave from; without one, the first that is active.
WOMPI_PAYOUTS_ACCOUNT_ID = env.text("WOMPI_PAYOUTS_ACCOUNT_ID")
# How 3-D Secure goes; only the gateway's test environment knows what that is.
WOMPI_THREE_DS_SCENARIO = "" if env.is_production else env.text("WOMPI_THREE_DS_SCENARIO")

WHATSAPP_BASE_URL = _provider("WHATSAPP_BASE_URL", f"{SANDBOX_URL}/graph/v25.0")
WHATSAPP_PHONE_NUMBER_ID = _provider("WHATSAPP_PHONE_NUMBER_ID", "106540352242922")
WHATSAPP_TOKEN = _provider("WHATSAPP_TOKEN", "sandbox-whatsapp-token")
WHATSAPP_APP_SECRET = _provider("WHATSAPP_APP_SECRET", "sandbox-app-secret")
WHATSAPP_VERIFY_TOKEN = _provider("WHATSAPP_VERIFY_TOKEN", "sandbox-verify-token")

TWILIO_BASE_URL = _provider("TWILIO_BASE_URL", f"{SANDBOX_URL}/twilio")
TWILIO_VERIFY_BASE_URL = _provider("TWILIO_VERIFY_BASE_URL", f"{SANDBOX_URL}/twilio/verify")
TWILIO_ACCOUNT_SID = _provider("TWILIO_ACCOUNT_SID", "AC00000000000000000000000000000001")
TWILIO_AUTH_TOKEN = _provider("TWILIO_AUTH_TOKEN", "sandbox-twilio-token")
TWILIO_VERIFY_SERVICE_SID = _provider(
    "TWILIO_VERIFY_SERVICE_SID", "VA00000000000000000000000000000001"
)
TWILIO_FROM = _provider("TWILIO_FROM", "+15005550006")

# Where the checkout sends the payer back to; without one it shows its own receipt.
PAYMENT_RETURN_URL = env.text("PAYMENT_RETURN_URL")

PROVIDER_CONNECT_TIMEOUT = env.decimal("PROVIDER_CONNECT_TIMEOUT", default=2.0)
PROVIDER_READ_TIMEOUT = env.decimal("PROVIDER_READ_TIMEOUT", default=5.0)

# Addresses that people type (calendars elsewhere) are public https ones, unless the studio keeps
# its calendars inside its own network and says so.
FETCH_PRIVATE_ADDRESSES = env.flag("FETCH_PRIVATE_ADDRESSES", default=False)
