"""The admin's face (django-unfold)."""

from typing import Any

# The log-in page leads to the day's work, also when nothing else was asked for.
LOGIN_REDIRECT_URL = "admin:index"
UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "StudioZens",
    "SITE_HEADER": "StudioZens",
    "SITE_SYMBOL": "spa",
    "SITE_URL": "/api/docs",
    "DASHBOARD_CALLBACK": "studiozens.dashboard.dashboard",
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "SIDEBAR": {"show_search": True, "navigation": "studiozens.navigation.navigation"},
    "COMMAND": {"search_models": True},
}
