"""A refund of what was documented takes it off its documents, and off income and taxes (FIN-09).

Locks: as refunds do, then the documents of what was paid, in one order.
"""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from django.db.models import Q, Sum

from core.db import requires_transaction
from core.ids import uuid7
from core.money import ZERO
from finances.domain.accounts import Account, Side
from finances.domain.causes import Cause
from finances.models import CounterPayment, Payment, Refund, RefundNote, SalesDocument
from finances.models.ledger import MovementKind
from finances.models.sales import DocumentKind
from finances.steps.credit_notes import draft_note
from finances.steps.documents import issue
from finances.steps.ledger import Movement, post_once
from finances.steps.recognition import sides_of


@requires_transaction
def take_off_documents(refund: Refund, paid: Payment | CounterPayment, *, now: datetime) -> Decimal:
    """Take a refund out of goodwill off the documents of what was paid; how much it was.

    The newest first, each by what it has left, with a credit note, its income and taxes going back
    to what is owed to the client. What has no document yet is not touched.
    """
    missing = refund.amount
    for document, left in _documents(paid, refund.currency):
        part = min(left, missing)
        if part <= 0:
            continue
        _take_off(refund, document, part, now=now)
        missing -= part
    return refund.amount - missing


def _documents(
    paid: Payment | CounterPayment, currency: str
) -> Iterator[tuple[SalesDocument, Decimal]]:
    """What was sold for the payment, held until commit, and what notes have left of each."""
    one = Q(payable_kind=paid.payable_kind, payable_id=paid.payable_id)
    several = Q(part_of_kind=paid.payable_kind, part_of_id=paid.payable_id)
    sales = SalesDocument.objects.filter(one | several, kind=DocumentKind.SALE, currency=currency)
    held = list(sales.order_by("pk").select_for_update(no_key=True))
    notes = SalesDocument.objects.filter(corrects__in=held).values_list("corrects")
    taken = dict(notes.annotate(total=Sum("total")))
    for document in reversed(held):
        yield document, document.total + taken.get(document.pk, ZERO)


def _take_off(refund: Refund, document: SalesDocument, part: Decimal, *, now: datetime) -> None:
    cause = uuid7()
    note = draft_note(
        earned_by=(document.cause_kind, document.cause_id),
        amount=part,
        reason=refund.reason,
        cause_kind=Cause.REFUND_NOTE,
        cause_id=cause,
    )
    if note is None:
        raise RuntimeError(f"{document.pk} is gone while it is held")
    earned = sides_of(
        note.lines,
        currency=refund.currency,
        held_in=Account.REFUNDS_PAYABLE,
        revenue=Account(document.account),
        party=refund.client_id,
    )
    sides = [Side(side.account, -side.amount, side.currency, side.party) for side in earned]
    kind = MovementKind.REFUND_PROMISED
    post_once(Movement(kind, sides, cause_kind=Cause.REFUND_NOTE, cause_id=cause), now=now)
    (note_id,) = issue([note], now=now)
    RefundNote.objects.create(
        id=cause, refund=refund, document=document, note_id=note_id, amount=part
    )
