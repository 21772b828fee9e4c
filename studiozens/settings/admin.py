"""The admin's face (django-unfold)."""

from typing import Any

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
