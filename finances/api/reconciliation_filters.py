"""Filters of reconciliations and differences."""

import django_filters

from finances.models import Difference, Reconciliation
from finances.models.reconciliation import DAY_STATUSES, DIFFERENCE_STATES


class ReconciliationFilter(django_filters.FilterSet):
    """`?status=`, `?since=`, `?until=` (days)."""

    status = django_filters.ChoiceFilter(choices=DAY_STATUSES)
    since = django_filters.DateFilter(field_name="day", lookup_expr="gte")
    until = django_filters.DateFilter(field_name="day", lookup_expr="lte")

    class Meta:
        model = Reconciliation
        fields = ["status", "since", "until"]


class DifferenceFilter(django_filters.FilterSet):
    """`?state=`."""

    state = django_filters.ChoiceFilter(choices=DIFFERENCE_STATES)

    class Meta:
        model = Difference
        fields = ["state"]
