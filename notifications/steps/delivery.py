"""Telling a person something, in somebody's transaction (NOTIF-01)."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import msgspec
from django.utils import timezone

from core.db import execute, requires_transaction
from core.ids import uuid7
from core.nudges import nudge_after_commit
from notifications.domain.statuses import FIRST_CHANNEL
from notifications.domain.templates import check_facts

SEND_MESSAGES = "notifications.tasks.send_messages"

# One statement: the message and its delivery exist together, or the event was told before.
NOTIFY = """
WITH told AS (
    INSERT INTO notifications_notification
           (id, created_at, updated_at, person_id, template, facts, event_id, valid_until)
    VALUES (%(id)s, %(now)s, %(now)s, %(person_id)s, %(template)s, %(facts)s, %(event_id)s,
            %(valid_until)s)
        ON CONFLICT ON CONSTRAINT notifications_notification_once_per_event DO NOTHING
    RETURNING id)
INSERT INTO notifications_delivery
       (id, created_at, updated_at, notification_id, channel, status, due_at,
        attempts, failures, recipient, provider_id, reason)
SELECT %(delivery_id)s, %(now)s, %(now)s, told.id, %(channel)s, 'QUEUED', %(now)s,
       0, 0, '', '', ''
  FROM told
"""


@requires_transaction
def notify(
    *,
    person_id: UUID,
    template: str,
    facts: Mapping[str, object],
    event_id: UUID,
    valid_until: datetime | None = None,
) -> None:
    """Put a message into the person's inbox and owe its delivery, once per event and template.

    `facts` are stored and rendered when sent: ISO 8601 times with a zone beside them, amounts as
    text. A message not sent by `valid_until` is dropped. Raises `ValueError` for an unknown
    template or facts that do not fit it.
    """
    check_facts(template, facts)
    values = {
        "id": uuid7(),
        "delivery_id": uuid7(),
        "person_id": person_id,
        "template": template,
        "facts": msgspec.json.encode(dict(facts)).decode(),
        "event_id": event_id,
        "valid_until": valid_until,
        "channel": FIRST_CHANNEL,
        "now": timezone.now(),
    }
    if execute(NOTIFY, values):
        nudge_after_commit(SEND_MESSAGES)
