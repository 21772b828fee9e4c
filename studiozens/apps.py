"""The composition root as a Django app: it owns commands that touch every app, and no table."""

from django.apps import AppConfig


class StudioZensConfig(AppConfig):
    """StudioZens."""

    name = "studiozens"
    verbose_name = "StudioZens"
