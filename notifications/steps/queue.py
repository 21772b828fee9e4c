"""The rows of the sending queue: claimed, recorded, handed to the next channel (NOTIF-05)."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F

from core.db import fetch, requires_transaction
from core.ids import uuid7
from core.nudges import nudge_after_commit
from notifications.domain.outcomes import (
    EXPIRED,
    Accepted,
    Attempt,
    Decision,
    Rules,
    give_up,
    patience,
)
from notifications.domain.statuses import Channel, DeliveryStatus, is_progress, next_channel
from notifications.domain.templates import TEMPLATES
from notifications.metrics import FALLBACKS, MESSAGES
from notifications.models import Delivery
from notifications.steps.delivery import SEND_MESSAGES
from notifications.steps.locks import DELIVERY, lock_delivery

logger = logging.getLogger(__name__)

# A row in flight or without an answer that falls due again was met with silence: it never left,
# unless a webhook that nobody has read yet says otherwise.
CLAIM = f"""
WITH due AS (
    SELECT id FROM notifications_delivery
     WHERE due_at <= %(now)s
       AND (status = 'QUEUED'
            OR (status IN ('IN_FLIGHT', 'UNKNOWN')
                AND NOT EXISTS (SELECT FROM core_inboxmessage
                                 WHERE provider IN ('whatsapp', 'twilio')
                                   AND status = 'PENDING' AND attempts = 0)))
     ORDER BY due_at, id
     LIMIT %(limit)s
       FOR UPDATE SKIP LOCKED)
UPDATE notifications_delivery AS delivery
   SET status = 'IN_FLIGHT', due_at = %(until)s, updated_at = %(now)s,
       attempts = delivery.attempts + 1,
       failures = delivery.failures + CASE WHEN delivery.status = 'QUEUED' THEN 0 ELSE 1 END
  FROM due, notifications_notification AS told
 WHERE delivery.id = due.id AND told.id = delivery.notification_id
RETURNING {DELIVERY.sql}
"""  # noqa: S608 - our own column names


@dataclass(frozen=True, slots=True)
class Claim:
    """A batch in our hands until `until`; `delivery.attempts` proves it when we record.

    `taken` counts also what was settled on the way.
    """

    deliveries: Sequence[Delivery]
    taken: int
    until: datetime


@requires_transaction
def claim_due(*, now: datetime, limit: int, rules: Rules) -> Claim:
    """Take what is due; what may no longer be sent is settled on the way and left out."""
    until = now + rules.status_grace
    rows = fetch(CLAIM, {"now": now, "until": until, "limit": limit})
    batch = sorted(map(DELIVERY.read, rows), key=lambda row: row.pk)
    ours = [row for row in batch if _may_be_sent(row, now=now, rules=rules)]
    return Claim(ours, len(batch), until)


def _may_be_sent(delivery: Delivery, *, now: datetime, rules: Rules) -> bool:
    valid_until = delivery.notification.valid_until
    if valid_until is not None and valid_until <= now:
        apply_decision(delivery, Decision(DeliveryStatus.DROPPED, EXPIRED), now=now)
        return False
    if delivery.failures >= patience(attempt_of(delivery), rules):
        apply_decision(delivery, give_up(), now=now)
        return False
    return True


def attempt_of(delivery: Delivery) -> Attempt:
    """What the rules need to know of a claimed delivery."""
    return Attempt(
        channel=Channel(delivery.channel),
        tries=delivery.attempts,
        failures=delivery.failures,
        is_critical=TEMPLATES[delivery.notification.template].is_critical,
    )


@requires_transaction
def lock_claimed(delivery: Delivery) -> Delivery | None:
    """The delivery, locked; `None` when somebody else has claimed it since."""
    found = lock_delivery(delivery_id=delivery.pk)
    return found if found and found.attempts == delivery.attempts else None


@requires_transaction
def record_acceptance(
    delivery: Delivery, accepted: Accepted, *, recipient: str, now: datetime
) -> None:
    """Note the provider's id and whom it went to. A status that overtook its answer stands."""
    delivery.recipient, delivery.provider_id = recipient, accepted.provider_id
    moved = _moved(delivery, DeliveryStatus.SENT, now=now)
    delivery.save(update_fields=["recipient", "provider_id", *moved, "updated_at"])


@requires_transaction
def advance(delivery: Delivery, reached: DeliveryStatus, *, now: datetime) -> None:
    """Move the delivery forward to what a provider says; anything else changes nothing."""
    if moved := _moved(delivery, reached, now=now):
        delivery.save(update_fields=[*moved, "updated_at"])


def _moved(delivery: Delivery, reached: DeliveryStatus, *, now: datetime) -> list[str]:
    """Move the delivery forward in memory and count it; the columns that changed, maybe none."""
    if not is_progress(DeliveryStatus(delivery.status), reached):
        return []
    delivery.status, delivery.reason = reached, ""
    delivery.sent_at = delivery.sent_at or now
    if reached in {DeliveryStatus.DELIVERED, DeliveryStatus.READ}:
        delivery.delivered_at = delivery.delivered_at or now
    _count(delivery)
    return ["status", "reason", "sent_at", "delivered_at"]


@requires_transaction
def apply_decision(delivery: Delivery, decision: Decision, *, now: datetime) -> None:
    """Let the decision be so; tell people and take the next channel where it says to."""
    delivery.status, delivery.reason = decision.status, decision.reason
    delivery.due_at = now + decision.pause
    delivery.failures += decision.counts_as_failure
    delivery.save(
        update_fields=["recipient", "status", "reason", "due_at", "failures", "updated_at"]
    )
    if decision.status is not DeliveryStatus.QUEUED:
        _count(delivery)
    if decision.falls_back:
        _take_next_channel(delivery, now=now)
    _report(delivery, decision)


def _take_next_channel(delivery: Delivery, *, now: datetime) -> None:
    channel = next_channel(Channel(delivery.channel))
    if channel is None:
        return
    following = Delivery(
        id=uuid7(), notification=delivery.notification, channel=channel, due_at=now
    )
    Delivery.objects.bulk_create([following], ignore_conflicts=True)
    template = delivery.notification.template
    transaction.on_commit(
        FALLBACKS.labels(template=template, channel=channel.value).inc, robust=True
    )
    nudge_after_commit(SEND_MESSAGES)


def _count(delivery: Delivery) -> None:
    labels = MESSAGES.labels(
        template=delivery.notification.template,
        channel=str(delivery.channel),
        status=str(delivery.status),
    )
    transaction.on_commit(labels.inc, robust=True)


def _report(delivery: Delivery, decision: Decision) -> None:
    """One line without the person; `alerts` makes it an error, which is what alerts watch."""
    logger.log(
        logging.ERROR if decision.alerts else logging.INFO,
        "message not sent",
        extra={
            "delivery": str(delivery.pk),
            "template": delivery.notification.template,
            "channel": str(delivery.channel),
            "status": str(delivery.status),
            "reason": decision.reason,
        },
    )


@requires_transaction
def requeue_failed(*, delivery_ids: Sequence[UUID], now: datetime) -> list[Delivery]:
    """Give failed deliveries another full round of tries; the others stay as they are."""
    failed = list(
        Delivery.objects.filter(pk__in=delivery_ids, status=DeliveryStatus.FAILED)
        .order_by("pk")
        .select_for_update(no_key=True)
    )
    Delivery.objects.filter(pk__in=[row.pk for row in failed]).update(
        status=DeliveryStatus.QUEUED, failures=0, reason="", due_at=now, attempts=F("attempts") + 1
    )
    nudge_after_commit(SEND_MESSAGES)
    return failed
