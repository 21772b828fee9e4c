"""Start-up checks: what would otherwise be found by the first request."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from core.rates import parse_rate


@register()
def rates_can_be_parsed(app_configs: Any, **options: Any) -> list[CheckMessage]:
    """Every rate in `THROTTLE_RATES` reads (NA-43)."""
    problems: list[CheckMessage] = []
    for scope, text in settings.THROTTLE_RATES.items():
        try:
            parse_rate(text)
        except ValueError as exc:
            problems.append(Error(f"THROTTLE_RATES[{scope}]: {exc}", id="core.E001"))
    return problems
