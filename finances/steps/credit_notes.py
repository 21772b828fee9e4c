"""Credit notes: what takes back a part of a sales document, or all of it (FIN-09)."""

from decimal import Decimal
from uuid import UUID

from django.db.models import Sum

from core.db import requires_transaction
from core.money import ZERO
from core.selectors.settings import get_settings
from finances.domain.causes import Cause
from finances.domain.sales import ItemKind, SaleLine, bill
from finances.models import FinanceSettings, SalesDocument, SalesLine
from finances.models.sales import DocumentKind
from finances.steps.documents import Draft


@requires_transaction
def draft_note(
    *,
    earned_by: tuple[str, UUID],
    amount: Decimal,
    reason: str,
    cause_kind: str,
    cause_id: UUID,
) -> Draft | None:
    """A note that takes `amount`, taxes included, off the document of the cause `earned_by`.

    The document is held until commit; `issue` and the ledger are the caller's. `None` where there
    is no document, being older than documents are. `reason` is Spanish and for the person. Raises
    `ValueError` for more than the document has left.
    """
    document = _hold_document(earned_by)
    if document is None:
        return None
    # A repeat finds the same note: what it takes back itself does not count.
    others = document.notes.exclude(cause_kind=cause_kind, cause_id=cause_id)
    taken_back = -(others.aggregate(sum=Sum("total"))["sum"] or ZERO)
    lines = bill(
        [_as_sold(line) for line in document.lines.order_by("position")],
        since=taken_back,
        until=taken_back + amount,
        currency=document.currency,
        rates=get_settings(FinanceSettings).rates,
    )
    return Draft(
        location_id=document.location_id,
        client_id=document.client_id,
        currency=document.currency,
        payable_kind=document.payable_kind,
        payable_id=document.payable_id,
        account=document.account,
        cause_kind=cause_kind,
        cause_id=cause_id,
        lines=lines,
        part_of=(document.part_of_kind, document.part_of_id) if document.part_of_id else None,
        corrects_id=document.pk,
        reason=reason,
    )


@requires_transaction
def given_back_before(
    *, earned_by: tuple[str, UUID], amount: Decimal, cause_kind: str, cause_id: UUID
) -> Decimal:
    """How much of `amount` refunds have taken off the document of `earned_by` before.

    They take what is left of it first: only what they leave too little for is theirs.
    """
    document = _hold_document(earned_by)
    if document is None:
        return ZERO
    others = document.notes.exclude(cause_kind=cause_kind, cause_id=cause_id)
    left = document.total + (others.aggregate(sum=Sum("total"))["sum"] or ZERO)
    by_refunds = others.filter(cause_kind=Cause.REFUND_NOTE).aggregate(sum=Sum("total"))["sum"]
    return min(max(amount - left, ZERO), -(by_refunds or ZERO))


def _hold_document(earned_by: tuple[str, UUID]) -> SalesDocument | None:
    """The sales document of the cause, until commit."""
    kind, identifier = earned_by
    found = SalesDocument.objects.filter(
        kind=DocumentKind.SALE, cause_kind=kind, cause_id=identifier
    )
    return found.select_for_update(no_key=True).first()


def _as_sold(line: SalesLine) -> SaleLine:
    """Taxed as it was then."""
    return SaleLine(
        kind=ItemKind(line.kind),
        description=line.description,
        list_price=line.list_price,
        discount=line.discount,
        tax_category=line.tax_category,
        tax_rate=line.tax_rate,
        item_id=line.item_id,
        staff_id=line.staff_id,
        staff_name=line.staff_name,
        category_id=line.category_id,
        category_name=line.category_name,
    )
