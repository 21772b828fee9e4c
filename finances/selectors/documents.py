"""Reading sales documents, and how what they are for was paid (FIN-09, FIN-11)."""

from collections import defaultdict
from decimal import Decimal
from uuid import UUID

from django.db.models import OuterRef, Q, QuerySet, Subquery, Sum

from core.money import ZERO
from finances import errors
from finances.models import CounterPayment, CreditUse, Payment, PaymentAttempt, SalesDocument
from finances.models.credit import UseState
from finances.models.payments import AllocationFate, PaymentStatus

CREDIT = "credit"


def list_documents(*, client_id: UUID | None) -> QuerySet[SalesDocument]:
    """A client's documents, or everybody's for `None`, newest first. One query for a page."""
    found = SalesDocument.objects.select_related("series", "corrects__series")
    if client_id is not None:
        found = found.filter(client_id=client_id)
    return found.order_by("-issued_at", "-pk")


def get_document(*, document_id: UUID, client_id: UUID | None) -> SalesDocument:
    """One document, its lines and its client, if it is the client's. Two queries.

    Raises `DocumentUnknown`.
    """
    found = list_documents(client_id=client_id).select_related("client", "location")
    document = found.prefetch_related("lines").filter(pk=document_id).first()
    if document is None:
        raise errors.DocumentUnknown
    return document


def list_ways_paid(document: SalesDocument) -> dict[str, Decimal]:
    """How what the document is for was paid altogether, by method. Three queries.

    What several things were paid for together counts whole. Methods are the gateway's and the
    counter's words, and `credit`; money that became credit instead is not counted.
    """
    of = Q(payable_kind=document.payable_kind, payable_id=document.payable_id)
    if document.part_of_id is not None:
        of |= Q(payable_kind=document.part_of_kind, payable_id=document.part_of_id)
    method = PaymentAttempt.objects.filter(gateway_id=OuterRef("decided_by")).values("method")
    online = Payment.objects.filter(
        of, status=PaymentStatus.APPROVED, allocation=AllocationFate.ACCEPTED
    ).annotate(method=Subquery(method))
    spent = CreditUse.objects.filter(of, state=UseState.USED).aggregate(sum=Sum("amount"))["sum"]
    paid: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for rows in (online, CounterPayment.objects.filter(of)):
        for way, amount in rows.values_list("method", "amount").order_by("pk"):
            paid[way or "online"] += amount
    if spent:
        paid[CREDIT] += spent
    return {way: amount for way, amount in sorted(paid.items()) if amount}
