"""Vouchers that the studio gives to one person (SPA-13, SPA-15)."""

import secrets
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings

from core.audit import record
from core.db import requires_transaction
from core.outbox import publish
from finances.domain.codes import new_code
from finances.domain.credit import ends_at, last_day_of
from finances.domain.discounts import Scope, VoucherKind
from finances.events import VoucherGiven
from finances.models import SubscriptionPeriod, Voucher
from finances.registry import Sellable


@requires_transaction
def give_service(
    month: SubscriptionPeriod,
    *,
    service_id: UUID,
    service: Sellable,
    days: int,
    reason: str,
    now: datetime,
) -> Voucher:
    """Reward a member's month with a service: once its price of today off it, for nobody else.

    `finances_voucher_one_for_a_reward` lets a month have no second one. Audited, and told.
    """
    zone = ZoneInfo(settings.TIME_ZONE)
    until = ends_at(now=now, days=days, zone=zone)
    client_id = month.subscription.client_id
    voucher = Voucher.objects.create(
        code=new_code(secrets.choice),
        name=f"Premio VIP: {service.name}"[:80],
        kind=VoucherKind.AMOUNT.value,
        value=service.price,
        currency=service.currency,
        scope=Scope.SERVICES.value,
        item_ids=[service_id],
        total_limit=1,
        per_person_limit=1,
        valid_from=now,
        valid_until=until,
        client_id=client_id,
        rewards=month,
    )
    record(
        action="finances.voucher.given",
        subject_kind="finances.voucher",
        subject_id=voucher.pk,
        actor_id=None,
        now=now,
        facts={"client": str(client_id), "month": str(month.pk), "value": str(voucher.value)},
    )
    publish(
        VoucherGiven(
            voucher_id=voucher.pk,
            client_id=client_id,
            code=voucher.code,
            service=service.name,
            reason=reason,
            last_day=last_day_of(until, zone),
        )
    )
    return voucher
