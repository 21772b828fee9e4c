"""Filters of lists."""

import django_filters

from finances.models import (
    Adjustment,
    CashShift,
    Commission,
    CounterPayment,
    Payment,
    Payout,
    Refund,
)
from finances.models.adjustments import AdjustmentState
from finances.models.payments import PaymentStatus
from finances.models.payouts import PAYOUT_STATUSES
from finances.models.refunds import STATES


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
