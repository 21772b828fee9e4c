"""Filters of lists."""

import django_filters

from finances.models import Payment
from finances.models.payments import PaymentStatus


class PaymentFilter(django_filters.FilterSet):
    """`?status=`, `?payable_id=`."""

    status = django_filters.ChoiceFilter(choices=PaymentStatus.choices)
    payable_id = django_filters.UUIDFilter()

    class Meta:
        model = Payment
        fields = ["status", "payable_id"]
