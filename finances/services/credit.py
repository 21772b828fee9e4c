"""Credit that nobody spent: its owner is told in time, then it ends (FIN-05)."""

from collections import defaultdict
from datetime import datetime
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from core.money import ZERO
from core.outbox import publish_all
from core.selectors.settings import get_settings
from core.use_cases import use_case
from finances.domain.accounts import Account, move
from finances.domain.causes import Cause
from finances.domain.credit import last_day_of, next_notice
from finances.domain.sales import ItemKind, SaleLine, bill
from finances.domain.taxes import TaxCategory
from finances.events import CreditEnding
from finances.models import CreditLot, FinanceSettings
from finances.models.ledger import MovementKind
from finances.steps.documents import Draft, issue
from finances.steps.ledger import Movement, post

BATCH = 100


@use_case
def tell_next_of_ending_credit(*, now: datetime) -> bool:
    """Tell the person whose credit has waited longest to be told of; `False` when nobody is due.

    One message for all of it that ends on one day. What was due is due again at its next notice
    only: run twice, at once or late, it tells once, since who waits for the lots finds none due.
    """
    owner = _due(now=now).order_by("next_notice_at", "pk").values_list("client_id", flat=True)
    client_id = owner.first()
    if client_id is None:
        return False
    days_before = get_settings(FinanceSettings).credit_notice_days
    due = _due(now=now).filter(client_id=client_id).order_by("pk")
    lots = list(due.select_for_update(no_key=True))
    for lot in lots:
        lot.next_notice_at = next_notice(
            expires_at=lot.expires_at, now=now, days_before=days_before
        )
    CreditLot.objects.bulk_update(lots, ["next_notice_at"])
    publish_all(_notices(client_id, [lot for lot in lots if lot.expires_at > now]))
    return True


@use_case
def expire_ended_credit(*, now: datetime, limit: int = BATCH) -> int:
    """End up to `limit` lots whose time is over; returns how many.

    What is left of them is earned by the studio. A lot of which something is reserved waits until
    that is used or given back.
    """
    ended = (
        CreditLot.objects.filter(expires_at__lte=now, remaining__gt=0, reserved=0)
        .order_by("expires_at")
        .select_for_update(skip_locked=True, no_key=True)
    )
    lots = list(ended[:limit])
    if lots:
        post([_ending(lot) for lot in lots], now=now)
        issue([_document(lot) for lot in lots], now=now)
        CreditLot.objects.filter(pk__in=[lot.pk for lot in lots]).update(
            remaining=ZERO, next_notice_at=None, updated_at=now
        )
    return len(lots)


def _due(*, now: datetime) -> QuerySet[CreditLot]:
    return CreditLot.objects.filter(next_notice_at__lte=now)


def _notices(client_id: UUID, lots: list[CreditLot]) -> list[CreditEnding]:
    totals: dict[tuple[str, datetime], Decimal] = defaultdict(lambda: ZERO)
    for lot in lots:
        totals[lot.currency, lot.expires_at] += lot.remaining
    zone = ZoneInfo(settings.TIME_ZONE)
    return [
        CreditEnding(
            client_id=client_id,
            amount=amount,
            currency=currency,
            last_day=last_day_of(expires_at, zone),
            expires_at=expires_at,
        )
        for (currency, expires_at), amount in sorted(totals.items())
        if amount > 0
    ]


def _ending(lot: CreditLot) -> Movement:
    sides = move(
        amount=lot.remaining,
        currency=lot.currency,
        debit=Account.CLIENT_CREDIT,
        credit=Account.REVENUE_FORFEITED,
        party=lot.client_id,
    )
    return Movement(
        MovementKind.CREDIT_EXPIRED, sides, cause_kind=Cause.CREDIT_LOT, cause_id=lot.pk
    )


def _document(lot: CreditLot) -> Draft:
    """Kept by nobody's place, and nothing is sold by it: no tax."""
    kept = SaleLine(
        kind=ItemKind.FORFEIT,
        description=_("Saldo a favor vencido"),
        list_price=lot.remaining,
        tax_category=TaxCategory.NONE.value,
    )
    rates = get_settings(FinanceSettings).rates
    lines = bill([kept], since=ZERO, until=kept.net, currency=lot.currency, rates=rates)
    return Draft(
        location_id=None,
        client_id=lot.client_id,
        currency=lot.currency,
        payable_kind=Cause.CREDIT_LOT,
        payable_id=lot.pk,
        account=Account.REVENUE_FORFEITED,
        cause_kind=Cause.CREDIT_LOT,
        cause_id=lot.pk,
        lines=lines,
    )
