"""Money held for clients becomes the studio's, and a document says so (FIN-04, FIN-09)."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from core.db import requires_transaction
from core.money import ZERO, as_amount
from core.selectors.settings import get_settings
from finances.domain.accounts import Account, Side, move
from finances.domain.sales import BilledLine, bill
from finances.domain.taxes import PAYABLE_IN, Rates
from finances.models import FinanceSettings
from finances.models.ledger import MovementKind
from finances.steps.credit_notes import draft_note, given_back_before
from finances.steps.documents import Draft, issue
from finances.steps.ledger import Movement, post_once
from finances.types import Earning


@requires_transaction
def recognise(earnings: Sequence[Earning], *, now: datetime) -> int:
    """Earn what was held for clients, each once per cause; says how many happened now.

    The taxes in it are owed to the state, the rest is revenue; each has its document. Nothing to
    earn is nothing to write. A thing that earns twice for two reasons names two kinds of cause.
    Raises `ValueError` for a negative amount, for one that is more than its lines are worth, and
    when the cause earned other money before.
    """
    rates = get_settings(FinanceSettings).rates
    drafts = []
    for earning in earnings:
        if as_amount(earning.amount) < 0:
            raise ValueError(f"{earning.amount} cannot be earned")
        if earning.amount == 0:
            continue
        draft = _draft(earning, rates)
        movement = Movement(
            MovementKind.REVENUE_RECOGNISED,
            sides_of(
                draft.lines,
                currency=earning.currency,
                held_in=earning.source,
                revenue=earning.revenue,
                party=earning.client_id,
            ),
            cause_kind=earning.cause_kind,
            cause_id=earning.cause_id,
        )
        if post_once(movement, now=now):
            drafts.append(draft)
    issue(drafts, now=now)
    return len(drafts)


def _draft(earning: Earning, rates: Rates) -> Draft:
    sale = earning.sale
    lines = bill(
        sale.lines,
        since=sale.billed,
        until=sale.billed + earning.amount,
        currency=earning.currency,
        rates=rates,
    )
    return Draft(
        location_id=sale.location_id,
        client_id=earning.client_id,
        currency=earning.currency,
        payable_kind=sale.payable_kind,
        payable_id=sale.payable_id,
        account=earning.revenue,
        cause_kind=earning.cause_kind,
        cause_id=earning.cause_id,
        lines=lines,
        part_of=sale.part_of,
    )


def sides_of(
    lines: Sequence[BilledLine],
    *,
    currency: str,
    held_in: Account,
    revenue: Account,
    party: UUID | None,
) -> list[Side]:
    """What leaves `held_in` for these lines, and where it goes: revenue and each tax."""
    parts: dict[Account, Decimal] = defaultdict(lambda: ZERO)
    for line in lines:
        parts[revenue] += line.base
        if line.tax:
            parts[PAYABLE_IN[line.tax_category]] += line.tax
    whole = sum(parts.values(), ZERO)
    sides = [Side(held_in, whole, currency, party)]
    sides += [Side(account, -amount, currency) for account, amount in parts.items() if amount]
    return sides


@requires_transaction
def take_back(
    *,
    client_id: UUID,
    amount: Decimal,
    currency: str,
    held_in: Account,
    revenue: Account,
    earned_by: tuple[str, UUID],
    cause_kind: str,
    cause_id: UUID,
    reason: str,
    now: datetime,
) -> bool:
    """Hold for the client again what the cause `earned_by` has earned, once per cause.

    A credit note takes it off that cause's document; what is older than documents has none, and
    what a refund took off before is not taken off twice: the studio gave it once already. Says
    whether it happened now. Raises `ValueError` for more than was earned.
    """
    if amount == 0:
        return False
    cause: dict[str, Any] = {"cause_kind": cause_kind, "cause_id": cause_id}
    gone = given_back_before(earned_by=earned_by, amount=amount, **cause)
    note, sides = None, []
    if amount > gone:
        note = draft_note(earned_by=earned_by, amount=amount - gone, reason=reason, **cause)
        sides = _back(note, revenue, held_in, amount - gone, currency, client_id)
    if gone:
        refunds = Account.REFUNDS
        sides += move(
            amount=gone, currency=currency, debit=refunds, credit=held_in, party=client_id
        )
    movement = Movement(
        MovementKind.REVENUE_RECOGNISED, sides, cause_kind=cause_kind, cause_id=cause_id
    )
    if not post_once(movement, now=now):
        return False
    if note is not None:
        issue([note], now=now)
    return True


def _back(
    note: Draft | None,
    revenue: Account,
    held_in: Account,
    amount: Decimal,
    currency: str,
    party: UUID,
) -> list[Side]:
    """What was earned is held again, by the lines of the note if there is one."""
    if note is None:
        whole = move(amount=amount, currency=currency, debit=revenue, credit=held_in, party=party)
        return list(whole)
    earned = sides_of(note.lines, currency=currency, held_in=held_in, revenue=revenue, party=party)
    return [Side(side.account, -side.amount, currency, side.party) for side in earned]
