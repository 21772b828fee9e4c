"""Tables of this app."""

from notifications.models.delivery import Delivery
from notifications.models.notification import Notification
from notifications.models.settings import MessagingSettings

__all__ = ["Delivery", "MessagingSettings", "Notification"]
