"""Settings: development needs nothing, what is wrong is said at once, all of it (CORE-16)."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SECRET = "0123456789-0123456789-0123456789-x"
PRODUCTION = {
    "STUDIOZENS_ENV": "production",
    "DATABASE_URL": "postgresql://studio@db/studio",
    "REDIS_URL": "redis://cache:6379/0",
    "ALLOWED_HOSTS": "studio.example",
    "PUBLIC_BASE_URL": "https://studio.example",
    "MEDIA_ROOT": "/srv/studio/media",
    "SECRET_KEY": f"{SECRET}-django-needs-a-longer-one-of-fifty",
    "JWT_SIGNING_KEY": SECRET,
    "FIELD_ENCRYPTION_KEYS": SECRET,
    "BLIND_INDEX_KEY": SECRET,
    "METRICS_TOKEN": SECRET,
    "WOMPI_BASE_URL": "https://production.wompi.co/v1",
    "WOMPI_CHECKOUT_URL": "https://checkout.wompi.co/p/",
    "WOMPI_PUBLIC_KEY": "pub_prod_x",
    "WOMPI_PRIVATE_KEY": "prv_prod_x",
    "WOMPI_EVENTS_SECRET": "prod_events_x",
    "WOMPI_INTEGRITY_SECRET": "prod_integrity_x",
    "WOMPI_PAYOUTS_BASE_URL": "https://api.payouts.wompi.co/v1",
    "WOMPI_PAYOUTS_API_KEY": "a-key-of-payouts",
    "WOMPI_PAYOUTS_PRINCIPAL_ID": "a-principal",
    "WOMPI_PAYOUTS_EVENTS_SECRET": "prod_events_y",
    "WHATSAPP_BASE_URL": "https://graph.facebook.com/v25.0",
    "WHATSAPP_PHONE_NUMBER_ID": "1",
    "WHATSAPP_TOKEN": "token",
    "WHATSAPP_APP_SECRET": "secret",
    "WHATSAPP_VERIFY_TOKEN": "verify",
    "TWILIO_BASE_URL": "https://api.twilio.com",
    "TWILIO_VERIFY_BASE_URL": "https://verify.twilio.com",
    "TWILIO_ACCOUNT_SID": "AC1",
    "TWILIO_AUTH_TOKEN": "token",
    "TWILIO_VERIFY_SERVICE_SID": "VA1",
    "TWILIO_FROM": "+576015550100",
    "SANDBOX_URL": "https://none.example",
}


def manage(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """`manage.py` in a process with exactly this environment."""
    bare = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/tmp")}  # noqa: S108
    return subprocess.run(  # noqa: S603
        [sys.executable, "-W", "ignore", "manage.py", *arguments],
        cwd=ROOT,
        env=bare | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_development_starts_with_an_empty_environment() -> None:
    checked = manage("check")

    assert checked.returncode == 0, checked.stderr


def test_production_says_everything_that_is_missing_in_one_message() -> None:
    checked = manage("check", STUDIOZENS_ENV="production", PROVIDER_READ_TIMEOUT="soon")

    assert checked.returncode != 0
    for name in set(PRODUCTION) - {"STUDIOZENS_ENV", "FIELD_ENCRYPTION_KEYS", "SANDBOX_URL"}:
        assert name in checked.stderr
    assert "PROVIDER_READ_TIMEOUT must be a number" in checked.stderr


def test_production_with_everything_it_needs_passes_the_checks_for_deploying() -> None:
    checked = manage("check", "--deploy", "--fail-level", "WARNING", **PRODUCTION)

    assert checked.returncode == 0, checked.stderr


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"SECRET_KEY": "short"}, "SECRET_KEY is required and must have at least 32"),
        ({"WHATSAPP_TOKEN": "sandbox-whatsapp-token"}, "WHATSAPP_TOKEN is a stand-in's"),
        ({"THROTTLE_RATES": "logn=1/min"}, "unknown scope: logn"),
        ({"STUDIOZENS_ENV": "prod"}, "STUDIOZENS_ENV must be one of"),
    ],
)
def test_production_refuses_what_would_only_hurt_later(wrong: dict[str, str], said: str) -> None:
    checked = manage("check", **PRODUCTION | wrong)

    assert checked.returncode != 0
    assert said in checked.stderr


def test_a_rate_nobody_can_read_stops_the_start_of_the_process() -> None:
    checked = manage("check", THROTTLE_RATES="login=often")

    assert checked.returncode != 0
    assert "THROTTLE_RATES[login]" in checked.stderr
