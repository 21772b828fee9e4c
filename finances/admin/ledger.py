"""The books, to look at."""

from django.contrib import admin

from core.admin import ReadOnlyAdmin, ReadOnlyInline
from finances.models import LedgerAccount, LedgerEntry, LedgerTransaction


class EntryInline(ReadOnlyInline):
    """All sides."""

    model = LedgerEntry
    fields = ["account", "amount", "currency", "party"]


@admin.register(LedgerTransaction)
class LedgerTransactionAdmin(ReadOnlyAdmin):
    """Movements with their sides."""

    list_display = ["occurred_at", "kind", "attempt", "cause_kind"]
    list_filter = ["kind", "cause_kind"]
    list_select_related = ["attempt"]
    search_fields = ["attempt__gateway_id", "attempt__payment__reference", "cause_id"]
    date_hierarchy = "occurred_at"
    ordering = ["-occurred_at"]
    inlines = [EntryInline]


@admin.register(LedgerAccount)
class LedgerAccountAdmin(ReadOnlyAdmin):
    """The chart of accounts."""

    list_display = ["code", "name", "kind"]
    ordering = ["code"]
