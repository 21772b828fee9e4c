"""Credit that had paid for something and comes back keeps the days it had (FIN-05)."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import F

from core.db import requires_transaction
from core.money import ZERO
from core.selectors.settings import get_settings
from finances.domain.accounts import Account, move
from finances.domain.credit import Available, comes_back_until, spread
from finances.models import CreditLot, CreditUse, FinanceSettings
from finances.models.credit import UseState
from finances.models.ledger import MovementKind
from finances.steps.credit import issue_credit
from finances.steps.ledger import Movement, post
from finances.steps.lots import NewLot, write_lots


@requires_transaction
def return_credit(
    *,
    client_id: UUID,
    amount: Decimal,
    currency: str,
    source: Account,
    paid_kind: str,
    paid_id: UUID,
    cause_kind: str,
    cause_id: UUID,
    reason: str,
    now: datetime,
) -> None:
    """Give back out of `source`, as credit, what a thing was paid with; once per cause.

    What credit had paid comes back first, the shortest before the rest, and ends when it would
    have, though never within `returned_credit_days`; what money had paid is new credit.
    """
    uses = _lock_uses(client_id, currency, paid_kind, paid_id)
    if _has_given(cause_kind, cause_id, uses):
        return
    held = [Available(use.pk, use.amount - use.returned, use.lot.expires_at) for use in uses]
    parts = dict(spread(held, up_to=amount))
    paying = [(use, parts[use.pk]) for use in uses if use.pk in parts]
    lots = [_lot(use, part, cause_kind, cause_id, reason=reason, now=now) for use, part in paying]
    if lots:
        post([_movement(lot, source) for lot in lots], now=now)
        write_lots(lots, now=now)
    for use, part in paying:
        CreditUse.objects.filter(pk=use.pk).update(returned=F("returned") + part, updated_at=now)
    rest = amount - sum(parts.values(), ZERO)
    if rest:
        issue_credit(
            client_id=client_id,
            amount=rest,
            currency=currency,
            source=source,
            cause_kind=cause_kind,
            cause_id=cause_id,
            reason=reason,
            now=now,
        )


def _lock_uses(client_id: UUID, currency: str, kind: str, paid_id: UUID) -> list[CreditUse]:
    """What credit paid of the thing; hardly anything was paid so."""
    uses = CreditUse.objects.filter(
        payable_id=paid_id,
        payable_kind=kind,
        state=UseState.USED,
        lot__client_id=client_id,
        lot__currency=currency,
    )
    return list(
        uses.select_related("lot").order_by("pk").select_for_update(of=("self",), no_key=True)
    )


def _has_given(cause_kind: str, cause_id: UUID, uses: list[CreditUse]) -> bool:
    causes = [_cause_of(cause_id, use) for use in uses]
    lots = CreditLot.objects.filter(cause_kind=cause_kind, cause_id__in=causes)
    return bool(causes) and lots.exists()


def _cause_of(cause_id: UUID, use: CreditUse) -> UUID:
    """One cause gives back several lots, and each lot has a cause of its own."""
    return uuid5(cause_id, str(use.pk))


def _lot(
    use: CreditUse, part: Decimal, cause_kind: str, cause_id: UUID, *, reason: str, now: datetime
) -> NewLot:
    until = comes_back_until(
        use.lot.expires_at,
        now=now,
        at_least=get_settings(FinanceSettings).returned_credit_days,
        zone=ZoneInfo(settings.TIME_ZONE),
    )
    cause = _cause_of(cause_id, use)
    return NewLot(use.lot.client_id, part, use.lot.currency, cause_kind, cause, reason, until)


def _movement(lot: NewLot, source: Account) -> Movement:
    sides = move(
        amount=lot.amount,
        currency=lot.currency,
        debit=source,
        credit=Account.CLIENT_CREDIT,
        party=lot.client_id,
    )
    return Movement(
        MovementKind.CREDIT_ISSUED, sides, cause_kind=lot.cause_kind, cause_id=lot.cause_id
    )
