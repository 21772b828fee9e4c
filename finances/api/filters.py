"""Filters of lists."""

import django_filters

from finances.models import CounterPayment, Payment
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
