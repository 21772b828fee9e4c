"""Every setting of the sandbox, read once from the environment.

The defaults are the development values that the product uses too.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


class BadSetting(ValueError):
    """An environment variable that cannot be what it says."""


@dataclass(frozen=True, slots=True)
class WompiSettings:
    """Keys, where events go, and the paces of section 9 and 11 of the provider's page."""

    public_key: str
    private_key: str
    events_secret: str
    integrity_secret: str
    events_url: str
    event_retry_seconds: tuple[float, ...]
    settle_seconds: float
    checkout_retry_seconds: float
    minimum_in_cents: int


@dataclass(frozen=True, slots=True)
class PayoutsSettings:
    """Wompi's other product: its own keys, where its events go, and how much money there is."""

    api_key: str
    principal_id: str
    events_secret: str
    events_url: str
    event_retry_seconds: tuple[float, ...]
    settle_seconds: float
    balance_in_cents: int
    daily_limit_in_cents: int


@dataclass(frozen=True, slots=True)
class WhatsappSettings:
    """The business number, its secrets and where its webhooks go."""

    phone_number_id: str
    token: str
    app_secret: str
    webhook_url: str
    webhook_retry_seconds: tuple[float, ...]
    status_webhooks: bool
    status_delay_seconds: float
    templates: Path


@dataclass(frozen=True, slots=True)
class TwilioSettings:
    """The account, its number and its Verify service."""

    account_sid: str
    auth_token: str
    from_number: str
    verify_service_sid: str
    verify_name: str
    verify_seconds: float
    status_delay_seconds: float


@dataclass(frozen=True, slots=True)
class Settings:
    """All of it."""

    host: str
    port: int
    database: str
    wompi: WompiSettings
    payouts: PayoutsSettings
    whatsapp: WhatsappSettings
    twilio: TwilioSettings


class Environment:
    """Typed reading that fails loudly and names the variable."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values

    def text(self, name: str, default: str) -> str:
        return self._values.get(name) or default

    def number(self, name: str, default: float) -> float:
        raw = self.text(name, str(default))
        try:
            return float(raw)
        except ValueError as exc:
            raise BadSetting(f"{name} must be a number, not {raw!r}") from exc

    def numbers(self, name: str, default: str) -> tuple[float, ...]:
        raw = self.text(name, default)
        try:
            return tuple(float(part) for part in raw.split(",") if part.strip())
        except ValueError as exc:
            raise BadSetting(f"{name} must be numbers with commas, not {raw!r}") from exc

    def switch(self, name: str, default: str) -> bool:
        raw = self.text(name, default).lower()
        if raw not in {"on", "off"}:
            raise BadSetting(f"{name} must be on or off, not {raw!r}")
        return raw == "on"


def read_settings(values: Mapping[str, str]) -> Settings:
    """The settings that `values` describe.

    Raises `BadSetting`.
    """
    env = Environment(values)
    product = env.text("PUBLIC_BASE_URL", "http://127.0.0.1:8000").rstrip("/")
    return Settings(
        host=env.text("SANDBOX_HOST", "127.0.0.1"),
        port=int(env.number("SANDBOX_PORT", 8010)),
        database=env.text("SANDBOX_DB", ":memory:"),
        wompi=_wompi(env, product),
        payouts=_payouts(env, product),
        whatsapp=_whatsapp(env, product),
        twilio=_twilio(env),
    )


def _wompi(env: Environment, product: str) -> WompiSettings:
    return WompiSettings(
        public_key=env.text("WOMPI_PUBLIC_KEY", "pub_test_studiozens"),
        private_key=env.text("WOMPI_PRIVATE_KEY", "prv_test_studiozens"),
        events_secret=env.text("WOMPI_EVENTS_SECRET", "test_events_studiozens"),
        integrity_secret=env.text("WOMPI_INTEGRITY_SECRET", "test_integrity_studiozens"),
        events_url=env.text("SANDBOX_WOMPI_EVENTS_URL", f"{product}/api/v1/webhooks/wompi"),
        # 30 min, 3 h and 24 h: wompi.md section 9.
        event_retry_seconds=env.numbers("SANDBOX_WOMPI_RETRY_SECONDS", "1800,10800,86400"),
        settle_seconds=env.number("SANDBOX_WOMPI_SETTLE_SECONDS", 0.6),
        checkout_retry_seconds=env.number("SANDBOX_WOMPI_CHECKOUT_RETRY_SECONDS", 180),
        minimum_in_cents=int(env.number("SANDBOX_WOMPI_MINIMUM_IN_CENTS", 150_000)),
    )


def _payouts(env: Environment, product: str) -> PayoutsSettings:
    address = f"{product}/api/v1/webhooks/wompi-payouts"
    return PayoutsSettings(
        api_key=env.text("WOMPI_PAYOUTS_API_KEY", "sandbox-payouts-key"),
        principal_id=env.text("WOMPI_PAYOUTS_PRINCIPAL_ID", "sandbox-payouts-principal"),
        events_secret=env.text("WOMPI_PAYOUTS_EVENTS_SECRET", "test_events_payouts_studiozens"),
        events_url=env.text("SANDBOX_PAYOUTS_EVENTS_URL", address),
        # Up to three more tries; their moments are not on the page, so those of section 9.
        event_retry_seconds=env.numbers("SANDBOX_PAYOUTS_RETRY_SECONDS", "1800,10800,86400"),
        settle_seconds=env.number("SANDBOX_PAYOUTS_SETTLE_SECONDS", 0.6),
        balance_in_cents=int(env.number("SANDBOX_PAYOUTS_BALANCE_IN_CENTS", 5_000_000_000)),
        daily_limit_in_cents=int(env.number("SANDBOX_PAYOUTS_DAILY_LIMIT_IN_CENTS", 150 * 10**9)),
    )


def _whatsapp(env: Environment, product: str) -> WhatsappSettings:
    catalogue = Path(__file__).parent / "whatsapp" / "templates.json"
    return WhatsappSettings(
        phone_number_id=env.text("WHATSAPP_PHONE_NUMBER_ID", "106540352242922"),
        token=env.text("WHATSAPP_TOKEN", "sandbox-whatsapp-token"),
        app_secret=env.text("WHATSAPP_APP_SECRET", "sandbox-app-secret"),
        webhook_url=env.text("SANDBOX_WHATSAPP_WEBHOOK_URL", f"{product}/api/v1/webhooks/whatsapp"),
        # Meta only says "growing delay, up to 7 days"; the steps are ours.
        webhook_retry_seconds=env.numbers(
            "SANDBOX_WHATSAPP_RETRY_SECONDS", "5,30,300,3600,21600,86400"
        ),
        status_webhooks=env.switch("SANDBOX_STATUS_WEBHOOKS", "on"),
        status_delay_seconds=env.number("SANDBOX_STATUS_DELAY_SECONDS", 0.2),
        templates=Path(env.text("SANDBOX_WHATSAPP_TEMPLATES", str(catalogue))),
    )


def _twilio(env: Environment) -> TwilioSettings:
    return TwilioSettings(
        account_sid=env.text("TWILIO_ACCOUNT_SID", "AC00000000000000000000000000000001"),
        auth_token=env.text("TWILIO_AUTH_TOKEN", "sandbox-twilio-token"),
        from_number=env.text("TWILIO_FROM", "+15005550006"),
        verify_service_sid=env.text(
            "TWILIO_VERIFY_SERVICE_SID", "VA00000000000000000000000000000001"
        ),
        verify_name=env.text("SANDBOX_VERIFY_NAME", "StudioZens"),
        verify_seconds=env.number("SANDBOX_VERIFY_SECONDS", 600),
        status_delay_seconds=env.number("SANDBOX_STATUS_DELAY_SECONDS", 0.2),
    )
