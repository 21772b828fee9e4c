"""The platform as a Django app."""

import django_stubs_ext
from django.apps import AppConfig


class CoreConfig(AppConfig):
    """Core."""

    name = "core"
    verbose_name = "Plataforma"

    def ready(self) -> None:
        """Let generic Django classes be subscripted; register the start-up checks."""
        django_stubs_ext.monkeypatch()
        from core import checks  # noqa: F401
