"""The app's entry in Django."""

from django.apps import AppConfig


class SpaConfig(AppConfig):
    """Spa."""

    name = "spa"
    verbose_name = "Reservas"
