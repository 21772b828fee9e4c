"""A person has the gateway asked again: only its own books lift a flag (FIN-02)."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from core.audit import record
from finances.domain.sightings import GatewayTransaction, Sighting
from finances.domain.statuses import UNSETTLED, Status
from finances.errors import PaymentSettled, PaymentUnknown
from finances.models import Payment
from finances.services.polling import find_all
from finances.steps.settlement import settle


def review_payment(*, payment_id: UUID, actor_id: UUID, now: datetime) -> Status:
    """Ask the gateway about an unsettled payment and believe its books; returns the new status.

    Nobody can approve a payment here (NA-22): if the books contradict what was owed, the payment is
    flagged, again or for the first time. Raises `PaymentUnknown`, `PaymentSettled`,
    `ProviderUnavailable`.
    """
    payment = Payment.objects.filter(pk=payment_id).first()
    if payment is None:
        raise PaymentUnknown
    found = find_all(payment)
    return _reconsider(payment_id, found, actor_id=actor_id, now=now)


@transaction.atomic(durable=True)
def _reconsider(
    payment_id: UUID, found: list[GatewayTransaction], *, actor_id: UUID, now: datetime
) -> Status:
    payment = Payment.objects.select_for_update(no_key=True).get(pk=payment_id)
    if payment.status not in UNSETTLED | {Status.FLAGGED}:
        raise PaymentSettled
    if payment.status == Status.FLAGGED:
        is_over = payment.expires_at <= now
        payment.status = Status.EXPIRED if is_over else Status.PENDING
        payment.save(update_fields=["status", "updated_at"])
    settle([Sighting(seen) for seen in found], now=now)
    payment.refresh_from_db(fields=["status"])
    record(
        action="finances.payment.reviewed",
        subject_kind="finances.payment",
        subject_id=payment_id,
        actor_id=actor_id,
        now=now,
        facts={"transactions": [seen.id for seen in found], "status": payment.status},
    )
    return Status(payment.status)
