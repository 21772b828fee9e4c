"""Payments in person, to look at: they are taken with the visit they pay."""

from django.contrib import admin

from core.admin import ReadOnlyAdmin, ReadOnlyInline
from finances.admin.refund_dialog import RefundButton
from finances.models import CounterPayment, CounterTip


class CounterTipInline(ReadOnlyInline):
    """Who shares the tip."""

    model = CounterTip
    fields = ["party", "amount"]


@admin.register(CounterPayment)
class CounterPaymentAdmin(RefundButton, ReadOnlyAdmin):
    """What came in at the counter, tips included."""

    list_display = ["taken_at", "client", "method", "amount", "tip", "currency", "taken_by"]
    list_filter = ["method", "kind", "currency"]
    list_select_related = ["client", "taken_by"]
    search_fields = [
        "client__phone",
        "client__first_name",
        "client__last_name",
        "payable_id",
    ]
    date_hierarchy = "taken_at"
    ordering = ["-taken_at"]
    inlines = [CounterTipInline]
    actions_detail = ["give_back"]
