"""How messages fare (CORE-10, NOTIF-05). Labels are names from code, never ids (NA-45)."""

from prometheus_client import Counter

MESSAGES = Counter(
    "studiozens_messages_total",
    "Deliveries that came to a status",
    ["template", "channel", "status"],
)
FALLBACKS = Counter(
    "studiozens_message_fallbacks_total",
    "Messages that took the next channel",
    ["template", "channel"],
)
