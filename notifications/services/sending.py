"""Sending what is owed: claim in one transaction, call outside any, record in another (NA-31).

A sender that dies between the call and the record leaves the row in flight. The provider's status
webhook, which carries our reference, then says that it was sent; if none comes within the grace
period it never left, and is sent again. So nothing is lost and nothing is said twice (NA-36).
"""

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.utils import timezone

from core import audit
from core.selectors.settings import get_settings
from core.use_cases import use_case
from notifications.domain.masking import mask_phone
from notifications.domain.outcomes import (
    NOBODYS_PHONES,
    UNREADABLE,
    Accepted,
    Outcome,
    Pointless,
    Reference,
    Refused,
    Rules,
    Verdict,
    decide,
)
from notifications.domain.statuses import Channel, DeliveryStatus
from notifications.domain.templates import render
from notifications.gateways.channels import Gateway
from notifications.gateways.sms import SmsGateway
from notifications.gateways.whatsapp import WhatsAppGateway
from notifications.models import Delivery, MessagingSettings
from notifications.steps import queue
from users.selectors.people import get_contacts
from users.types import Contact

logger = logging.getLogger(__name__)

BATCH = 20
# No call is begun that could outlive the claim; a call takes at most its two time-outs.
MARGIN = timedelta(seconds=30)
GATEWAYS: Mapping[Channel, Gateway] = {
    Channel.WHATSAPP: WhatsAppGateway(),
    Channel.SMS: SmsGateway(),
}


def send_due(*, now: datetime, limit: int = BATCH) -> int:
    """Send one batch of what is due; returns how many deliveries it took up."""
    rules = get_settings(MessagingSettings).rules
    claim = _claim(now=now, limit=limit, rules=rules)
    people = get_contacts(person_ids=[row.notification.person_id for row in claim.deliveries])
    for delivery in claim.deliveries:
        if timezone.now() > claim.until - MARGIN:
            logger.warning("claim lapsed before all was sent")
            break
        person = people[delivery.notification.person_id]
        outcome = _send(delivery, person)
        _record(delivery, outcome, phone=person.phone, rules=rules, now=timezone.now())
    return claim.taken


@use_case
def _claim(*, now: datetime, limit: int, rules: Rules) -> queue.Claim:
    return queue.claim_due(now=now, limit=limit, rules=rules)


def _send(delivery: Delivery, person: Contact) -> Outcome:
    """Put the message into words as they are true now, and try its channel once."""
    if person.phone.startswith(NOBODYS_PHONES):
        return Pointless()
    told = delivery.notification
    try:
        message = render(told.template, told.facts, name=person.first_name)
    except ValueError:
        logger.exception("message cannot be rendered", extra={"delivery": str(delivery.pk)})
        return Refused(UNREADABLE, Verdict.FAIL, needs_us=True)
    reference = Reference(delivery.pk, delivery.attempts)
    gateway = GATEWAYS[Channel(delivery.channel)]
    return gateway.send(reference=reference, phone=person.phone, message=message)


@use_case
def _record(
    claimed: Delivery, outcome: Outcome, *, phone: str, rules: Rules, now: datetime
) -> None:
    """Keep what became of the attempt, unless the row has been claimed by somebody else since."""
    delivery = queue.lock_claimed(claimed)
    if delivery is None:
        return
    recipient = mask_phone(phone)
    if isinstance(outcome, Accepted):
        queue.record_acceptance(delivery, outcome, recipient=recipient, now=now)
    elif delivery.status == DeliveryStatus.IN_FLIGHT:  # no webhook has said more meanwhile
        delivery.recipient = recipient
        queue.apply_decision(delivery, decide(outcome, queue.attempt_of(delivery), rules), now=now)


@use_case
def send_again(*, delivery_ids: Sequence[UUID], actor_id: UUID | None, now: datetime) -> int:
    """Queue failed deliveries once more, as `actor_id` asks; returns how many had failed."""
    requeued = queue.requeue_failed(delivery_ids=delivery_ids, now=now)
    for delivery in requeued:
        audit.record(
            action="notifications.send-again",
            subject_kind="notifications.delivery",
            subject_id=delivery.pk,
            actor_id=actor_id,
            now=now,
            facts={"reason": delivery.reason, "channel": str(delivery.channel)},
        )
    return len(requeued)
