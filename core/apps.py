"""The platform as a Django app."""

import django_stubs_ext
from django.apps import AppConfig

# Generic Django classes must be subscriptable before any model is imported; this module is.
django_stubs_ext.monkeypatch()


class CoreConfig(AppConfig):
    """Core."""

    name = "core"
    verbose_name = "Plataforma"

    def ready(self) -> None:
        """Register the start-up checks; in a demonstration, let its clock be moved."""
        from core import checks, moved_clock  # noqa: F401

        moved_clock.install()
