"""Filters of lists."""

import django_filters

from finances.models import Adjustment, CashShift, CounterPayment, Payment
from finances.models.adjustments import AdjustmentState
from finances.models.payments import PaymentStatus


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
