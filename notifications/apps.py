"""The app's entry in Django."""

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    """Notifications."""

    name = "notifications"
    verbose_name = "Mensajes"
