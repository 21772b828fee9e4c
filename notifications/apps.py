"""The app's entry in Django."""

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    """Notifications."""

    name = "notifications"
    verbose_name = "Mensajes"

    def ready(self) -> None:
        """Listen to what providers say of our messages."""
        from notifications import subscribers

        subscribers.register()
