"""Refunds as the gateway's list has them, beside ours and the ledger (FIN-06)."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.db import transaction

from core.money import ZERO
from finances.domain.reconciliation import Day, Ours, Subject, Theirs
from finances.domain.refunds import PROMISED, Outcome, State
from finances.gateways.books_port import ListedRefund
from finances.gateways.current import provider_books, refund_gateway
from finances.models import Difference, Refund
from finances.selectors.reconciled import refunds_done_on, refunds_here

# So long whoever looks it up may still settle it; afterwards a person hears of it.
LATE = timedelta(days=1)


class Refunds:
    """The gateway's refunds, by our reference; one without is `#` and the gateway's id.

    `kept` are differences that wait: a refund that is no longer listed is as it was seen.
    """

    subject = Subject.REFUND

    def __init__(self, kept: Mapping[str, Difference]) -> None:
        self._kept = kept
        self._others: dict[str, Theirs] = {}

    def listed(self, day: Day) -> dict[str, Theirs]:
        """Everything on the list. Raises `RefundLookUpMissing` if there is none."""
        rows = provider_books().refunds(day.read_from, day.read_until)
        found = {one.key: one for one in map(_listed, rows)}
        self._others = {key: one for key, one in found.items() if key.startswith("#")}
        return found

    def here_on(self, day: Day) -> set[str]:
        """What the gateway gave back for us that day."""
        return refunds_done_on(day)

    def open_here(self, *, now: datetime) -> set[str]:
        """Those that only a person could end, since nobody could be asked."""
        waiting = Refund.objects.filter(state=State.UNKNOWN, next_look_at=None)
        return set(waiting.values_list("reference", flat=True))

    def look_up(self, keys: Collection[str]) -> dict[str, Theirs]:
        """Ours by their reference; others, which nobody can be asked for, as they were seen.

        Raises `ProviderUnavailable`.
        """
        found = {key: self._others[key] for key in self._others.keys() & set(keys)}
        mine = Refund.objects.filter(reference__in=list(keys), attempt__isnull=False)
        for refund in mine.select_related("attempt"):
            if (one := _find(refund)) is not None:
                found[refund.reference] = one
        for key in set(keys) & self._kept.keys() - found.keys():
            if key.startswith("#") and self._kept[key].theirs:
                found[key] = _as_kept(self._kept[key])
        return found

    def settle(self, theirs: Mapping[str, Theirs], *, now: datetime) -> int:
        """Have those looked up again that waited for a person and have an answer now."""
        with transaction.atomic(durable=True):
            return Refund.objects.filter(
                reference__in=[one.reference for one in theirs.values() if one.reference],
                state=State.UNKNOWN,
                next_look_at=None,
            ).update(next_look_at=now)

    def here(self, keys: Collection[str], theirs: Mapping[str, Theirs]) -> dict[str, Ours]:
        """Our side of them."""
        return refunds_here(keys)


def under_way(keys: Collection[str], *, now: datetime) -> set[str]:
    """Those of ours that were sent lately and nobody knows about yet: their look-up will tell."""
    waiting = Refund.objects.filter(
        reference__in=list(keys),
        state__in=sorted(state.value for state in PROMISED),
        sent_at__gt=now - LATE,
    )
    return set(waiting.values_list("reference", flat=True))


def _find(refund: Refund) -> Theirs | None:
    transaction_id = refund.attempt.gateway_id if refund.attempt else ""
    seen = refund_gateway().find_refund(transaction_id=transaction_id, reference=refund.reference)
    if seen is None:
        return None
    row = ListedRefund(
        id=seen.id,
        transaction_id=transaction_id,
        reference=refund.reference,
        outcome=seen.outcome,
        status=seen.status,
        amount=seen.amount,
        at=refund.ended_at,
    )
    return _listed(row)


def _listed(row: ListedRefund) -> Theirs:
    return Theirs(
        key=row.reference or f"#{row.id}",
        status=row.status,
        amount=row.amount,
        currency=settings.DEFAULT_CURRENCY,
        money=-row.amount if row.outcome is Outcome.DONE else ZERO,
        at=row.at,
        reference=row.reference,
        belongs_to=row.transaction_id,
    )


def _as_kept(difference: Difference) -> Theirs:
    facts = difference.theirs or {}
    return Theirs(
        key=difference.thing,
        status=facts["status"],
        amount=Decimal(facts["amount"]),
        currency=facts["currency"],
        money=Decimal(facts["money"]),
        at=difference.created_at,
        reference=facts["reference"],
        belongs_to=facts["belongs_to"],
    )
