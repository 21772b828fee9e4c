"""Filters of lists."""

from datetime import date, datetime, timedelta

import django_filters
from django.db.models import QuerySet
from django.utils import timezone

from finances.domain.months import begins_at
from finances.models import (
    Adjustment,
    CashShift,
    Commission,
    CounterPayment,
    LedgerAccount,
    LedgerEntry,
    Payment,
    Payout,
    Refund,
    SalesDocument,
)
from finances.models.adjustments import AdjustmentState
from finances.models.ledger import MovementKind
from finances.models.payments import PaymentStatus
from finances.models.payouts import PAYOUT_STATUSES
from finances.models.refunds import STATES
from finances.models.sales import DocumentKind


class _Filter(django_filters.FilterSet):
    """`?status=`, `?payable_id=`."""

    status = django_filters.ChoiceFilter(choices=PaymentStatus.choices)
    payable_id = django_filters.UUIDFilter()


class PaymentFilter(_Filter):
    """Of payments at the gateway."""

    class Meta:
        model = Payment
        fields = ["status", "payable_id"]


class CounterPaymentFilter(_Filter):
    """Of payments in person."""

    class Meta:
        model = CounterPayment
        fields = ["payable_id"]


class AdjustmentFilter(django_filters.FilterSet):
    """`?state=`, `?client=`."""

    state = django_filters.ChoiceFilter(choices=AdjustmentState.choices)
    client = django_filters.UUIDFilter(field_name="client_id")

    class Meta:
        model = Adjustment
        fields = ["state", "client"]


class CashShiftFilter(django_filters.FilterSet):
    """`?location=`, `?open=`."""

    location = django_filters.UUIDFilter(field_name="location_id")
    open = django_filters.BooleanFilter(field_name="closed_at", lookup_expr="isnull")

    class Meta:
        model = CashShift
        fields = ["location", "open"]


class CommissionFilter(django_filters.FilterSet):
    """`?party=`, `?since=`, `?until=` (days), `?open=`."""

    party = django_filters.UUIDFilter()
    since = django_filters.DateFilter(field_name="day", lookup_expr="gte")
    until = django_filters.DateFilter(field_name="day", lookup_expr="lte")
    open = django_filters.BooleanFilter(field_name="line", lookup_expr="isnull")

    class Meta:
        model = Commission
        fields = ["party", "since", "until", "open"]


class PayoutFilter(django_filters.FilterSet):
    """`?status=`."""

    status = django_filters.ChoiceFilter(choices=PAYOUT_STATUSES)

    class Meta:
        model = Payout
        fields = ["status"]


class RefundFilter(django_filters.FilterSet):
    """`?state=`, `?client=`."""

    state = django_filters.ChoiceFilter(choices=STATES)
    client = django_filters.UUIDFilter(field_name="client_id")

    class Meta:
        model = Refund
        fields = ["state", "client"]


class LedgerEntryFilter(django_filters.FilterSet):
    """`?account=`, `?party=`, `?kind=`, `?from=` and `?to=` (local days, both included).

    Who asks for no time and for nobody gets this month: the books are long.
    """

    account = django_filters.ModelChoiceFilter(queryset=LedgerAccount.objects.all())
    party = django_filters.UUIDFilter()
    kind = django_filters.ChoiceFilter(field_name="transaction__kind", choices=MovementKind.choices)
    to = django_filters.DateFilter(method="until")

    class Meta:
        model = LedgerEntry
        fields = ["account", "party"]

    def filter_queryset(self, queryset: QuerySet[LedgerEntry]) -> QuerySet[LedgerEntry]:
        found: QuerySet[LedgerEntry] = super().filter_queryset(queryset)
        asked = self.form.cleaned_data
        if any(asked[name] for name in ("party", "from", "to")):
            return found
        return self.since(found, "from", timezone.localdate().replace(day=1))

    def since(self, found: QuerySet[LedgerEntry], name: str, day: date) -> QuerySet[LedgerEntry]:
        return found.filter(transaction__occurred_at__gte=_begins(day))

    def until(self, found: QuerySet[LedgerEntry], name: str, day: date) -> QuerySet[LedgerEntry]:
        return found.filter(transaction__occurred_at__lt=_begins(day + timedelta(days=1)))


# A word of Python's, so it cannot be written as the others.
LedgerEntryFilter.base_filters["from"] = django_filters.DateFilter(method="since")


def _begins(day: date) -> datetime:
    return begins_at(day, zone=timezone.get_default_timezone())


class SalesDocumentFilter(django_filters.FilterSet):
    """`?kind=`, `?location=`, `?client=`, `?payable_id=`, `?issued_after=`, `?issued_before=`."""

    kind = django_filters.ChoiceFilter(choices=DocumentKind.choices)
    location = django_filters.UUIDFilter(field_name="location_id")
    client = django_filters.UUIDFilter(field_name="client_id")
    payable_id = django_filters.UUIDFilter()
    issued_after = django_filters.IsoDateTimeFilter(field_name="issued_at", lookup_expr="gte")
    issued_before = django_filters.IsoDateTimeFilter(field_name="issued_at", lookup_expr="lt")

    class Meta:
        model = SalesDocument
        fields = ["kind", "location", "client", "payable_id", "issued_after", "issued_before"]
