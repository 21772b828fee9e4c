"""Credit of clients, to look at: where it came from, what it paid for, when it ends."""

from django.contrib import admin

from core.admin import ReadOnlyAdmin, ReadOnlyInline
from finances.models import CreditLot, CreditUse


class CreditUseInline(ReadOnlyInline):
    """What it paid for, or waits to."""

    model = CreditUse
    fields = ["amount", "state", "payable_kind", "payable_id", "reserved_at", "ended_at"]


@admin.register(CreditLot)
class CreditLotAdmin(ReadOnlyAdmin):
    """Credit, lot by lot."""

    list_display = [
        "client",
        "amount",
        "remaining",
        "reserved",
        "currency",
        "reason",
        "issued_at",
        "expires_at",
    ]
    list_filter = ["currency", "cause_kind"]
    list_select_related = ["client"]
    search_fields = ["client__phone", "client__first_name", "client__last_name", "cause_id"]
    date_hierarchy = "issued_at"
    ordering = ["-issued_at"]
    inlines = [CreditUseInline]
