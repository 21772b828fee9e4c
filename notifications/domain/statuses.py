"""The life of a delivery."""

from enum import StrEnum


class Channel(StrEnum):
    """How a message reaches a person outside the application."""

    WHATSAPP = "WHATSAPP"
    SMS = "SMS"


class DeliveryStatus(StrEnum):
    """Where a delivery stands.

    QUEUED → IN_FLIGHT → SENT → DELIVERED → READ is the good way. UNKNOWN: the request left and no
    answer came. FAILED: given up, told why. DROPPED: its moment had passed.
    """

    QUEUED = "QUEUED"
    IN_FLIGHT = "IN_FLIGHT"
    UNKNOWN = "UNKNOWN"
    SENT = "SENT"
    FAILED = "FAILED"
    DROPPED = "DROPPED"
    DELIVERED = "DELIVERED"
    READ = "READ"


# Who arrived has arrived: nothing that comes later, or out of order, takes it back. That a message
# arrived also overrules our having given it up.
_RANKS = {
    DeliveryStatus.QUEUED: 0,
    DeliveryStatus.IN_FLIGHT: 1,
    DeliveryStatus.UNKNOWN: 2,
    DeliveryStatus.SENT: 3,
    DeliveryStatus.FAILED: 4,
    DeliveryStatus.DROPPED: 4,
    DeliveryStatus.DELIVERED: 5,
    DeliveryStatus.READ: 6,
}
# What comes after a channel that cannot reach the person.
_NEXT = {Channel.WHATSAPP: Channel.SMS}
FIRST_CHANNEL = Channel.WHATSAPP


def is_progress(current: DeliveryStatus, reported: DeliveryStatus) -> bool:
    """Whether a provider's report moves the delivery forward; never backwards (A6)."""
    return _RANKS[reported] > _RANKS[current]


def next_channel(channel: Channel) -> Channel | None:
    """Where the message goes when `channel` fails; `None` at the end of the chain."""
    return _NEXT.get(channel)
