"""The app's entry in Django."""

from django.apps import AppConfig


class FinancesConfig(AppConfig):
    """Finances."""

    name = "finances"
    verbose_name = "Finanzas"
