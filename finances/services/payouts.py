"""Paying out what is owed: who is paid, in which batches (FIN-07, NA-30)."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings

from core.selectors.settings import get_settings
from core.use_cases import use_case
from finances import errors
from finances.domain.payouts import is_due
from finances.models import FinanceSettings, Payout, PayoutLine
from finances.models.payees import PayeeKind
from finances.models.payouts import LineSource
from finances.selectors.commissions import start_of
from finances.steps.payouts import Due, lock_payees, owed_to, store_earnings


@use_case
def pay_out(
    *, payee_ids: Sequence[UUID] | None = None, actor_id: UUID, now: datetime
) -> list[Payout]:
    """Store batches for everybody who reaches the threshold, or for those named whatever is owed.

    Nothing is sent here: a worker does, once this is committed. Audited. Raises `PayeeUnknown`,
    `NothingToPayOut`.
    """
    payees = lock_payees(payee_ids)
    if payee_ids is not None and {payee.pk for payee in payees} != set(payee_ids):
        raise errors.PayeeUnknown
    payouts = _store(owed_to(payees), is_named=payee_ids is not None, actor_id=actor_id, now=now)
    if not payouts:
        raise errors.NothingToPayOut
    return payouts


@use_case
def pay_out_by_the_rules(*, now: datetime) -> int:
    """Store batches for everybody who reaches the threshold, if the rules say so; how many.

    Nobody twice a day: what a bank or a lack of funds sent back is tried again tomorrow.
    """
    if not get_settings(FinanceSettings).pays_out_by_itself:
        return 0
    today = now.astimezone(ZoneInfo(settings.TIME_ZONE)).date()
    had_theirs = set(
        PayoutLine.objects.filter(
            source=LineSource.EARNINGS, payout__stored_at__gte=start_of(today)
        ).values_list("party", flat=True)
    )
    dues = [due for due in owed_to(lock_payees(None)) if due.payee.party not in had_theirs]
    return len(_store(dues, is_named=False, actor_id=None, now=now))


def _store(
    dues: Sequence[Due], *, is_named: bool, actor_id: UUID | None, now: datetime
) -> list[Payout]:
    rules = get_settings(FinanceSettings)
    paid = [
        due for due in dues if is_due(due.owed, threshold=_threshold(due, rules), is_named=is_named)
    ]
    return store_earnings(paid, most=rules.payout_limit, actor_id=actor_id, now=now)


def _threshold(due: Due, rules: FinanceSettings) -> Decimal:
    is_developer = due.payee.kind == PayeeKind.DEVELOPER
    return rules.developer_threshold if is_developer else rules.staff_threshold
