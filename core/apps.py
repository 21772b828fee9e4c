"""The platform as a Django app."""

import django_stubs_ext
from django.apps import AppConfig

from core import moved_clock

# Generic Django classes must be subscriptable before any model is imported; this module is.
django_stubs_ext.monkeypatch()
# So must the clock they take their defaults from.
moved_clock.install()


class CoreConfig(AppConfig):
    """Core."""

    name = "core"
    verbose_name = "Plataforma"

    def ready(self) -> None:
        """Register the start-up checks."""
        from core import checks  # noqa: F401
