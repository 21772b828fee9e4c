"""Tables of the platform."""

from core.models.audit import AuditEntry
from core.models.base import BaseModel, SoftDeleteModel
from core.models.idempotency import IdempotencyRecord
from core.models.inbox import InboxMessage
from core.models.location import Holiday, Location, OpeningHours, Weekday
from core.models.outbox import Deliverable, DeliveryStatus, OutboxMessage
from core.models.settings import SETTINGS_MODELS, BusinessSettings
from core.models.throttle import ThrottleCounter

__all__ = [
    "SETTINGS_MODELS",
    "AuditEntry",
    "BaseModel",
    "BusinessSettings",
    "Deliverable",
    "DeliveryStatus",
    "Holiday",
    "IdempotencyRecord",
    "InboxMessage",
    "Location",
    "OpeningHours",
    "OutboxMessage",
    "SoftDeleteModel",
    "ThrottleCounter",
    "Weekday",
]
