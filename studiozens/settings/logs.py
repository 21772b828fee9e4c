"""Structured logs, one JSON object a line, personal data masked (CORE-04)."""

from typing import Any

from core.logging import configure_structlog, formatter
from studiozens.settings.env import env

LOG_LEVEL = env.text("LOG_LEVEL", default="INFO")
SLOW_REQUEST_SECONDS = env.decimal("SLOW_REQUEST_SECONDS", default=1.0)

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": formatter}},
    "handlers": {"stdout": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stdout"], "level": LOG_LEVEL},
    "loggers": {
        # Each answer is already one line of `core.middleware`, refusals included.
        "django.request": {"level": "ERROR"},
        "celery": {"level": "WARNING"},
        "celery.worker.strategy": {"level": "WARNING"},
        "celery.app.trace": {"level": "WARNING"},
        "django_celery_beat": {"level": "WARNING"},
        "urllib3": {"level": "ERROR"},
    },
}
configure_structlog()
