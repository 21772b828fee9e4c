"""Reading payouts."""

from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet

from finances import errors
from finances.models import Payee, Payout, PayoutLine


def list_payouts() -> QuerySet[Payout]:
    """Newest first, with how many are in each. One query."""
    return Payout.objects.annotate(
        line_count=Count("lines"),
        flagged_count=Count("lines", filter=Q(lines__flagged_at__isnull=False)),
    ).order_by("-stored_at", "-pk")


def count_payouts_for_somebody() -> int:
    """How many lines contradict the provider and wait for a person."""
    return PayoutLine.objects.filter(flagged_at__isnull=False).count()


def get_payout(*, payout_id: UUID) -> Payout:
    """One with its lines. Two queries. Raises `PayoutUnknown`."""
    lines = PayoutLine.objects.select_related("payee__bank").order_by("pk")
    found = list_payouts().prefetch_related(Prefetch("lines", lines)).filter(pk=payout_id).first()
    if found is None:
        raise errors.PayoutUnknown
    return found


def with_shared_accounts(payees: QuerySet[Payee]) -> QuerySet[Payee]:
    """The same, each with `is_account_shared`: whether another party is paid there now."""
    others = Payee.objects.filter(fingerprint=OuterRef("fingerprint"), replaced_at=None)
    return payees.annotate(is_account_shared=Exists(others.exclude(party=OuterRef("party"))))
