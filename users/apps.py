"""The app's entry in Django."""

from django.apps import AppConfig


class UsersConfig(AppConfig):
    """Users."""

    name = "users"
    verbose_name = "Identidad"
