"""What providers tell about messages that left (NOTIF-05)."""

import logging
from datetime import datetime

from core.db import requires_transaction
from notifications.domain.outcomes import Decision, StatusReport
from notifications.domain.statuses import DeliveryStatus, is_progress
from notifications.models import Delivery
from notifications.steps.locks import lock_delivery, lock_delivery_of
from notifications.steps.queue import advance, apply_decision

logger = logging.getLogger(__name__)


@requires_transaction
def record_status(report: StatusReport, *, now: datetime) -> None:
    """Move the delivery to what the provider says; never backwards, and repeats change nothing.

    A failure sends the message over the next channel.
    """
    delivery = _lock_reported(report)
    if delivery is None:
        logger.info("status of a message that is not ours", extra={"status": report.status.value})
        return
    is_latest_try = report.reference is None or report.reference.attempt == delivery.attempts
    if is_latest_try and delivery.provider_id != report.provider_id:
        # We died between the provider's answer and our record: this is the answer (NA-36).
        delivery.provider_id = report.provider_id
        delivery.save(update_fields=["provider_id", "updated_at"])
    if report.status is not DeliveryStatus.FAILED:
        # Whichever try it was: the person has the message.
        advance(delivery, report.status, now=now)
    elif is_latest_try:
        _fail(delivery, report, now=now)


def _lock_reported(report: StatusReport) -> Delivery | None:
    """By our reference, which travelled with the message; by the provider's where it did not."""
    if report.reference is not None:
        return lock_delivery(delivery_id=report.reference.delivery_id)
    return lock_delivery_of(provider_id=report.provider_id)


def _fail(delivery: Delivery, report: StatusReport, *, now: datetime) -> None:
    if not is_progress(DeliveryStatus(delivery.status), DeliveryStatus.FAILED):
        return
    refusal = report.refusal
    decision = Decision(
        DeliveryStatus.FAILED,
        reason=refusal.code if refusal else "",
        falls_back=True,
        alerts=refusal is not None and refusal.needs_us,
    )
    apply_decision(delivery, decision, now=now)
