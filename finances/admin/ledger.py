"""The books, to look at."""

from collections import defaultdict
from typing import Any

from django.contrib import admin
from django.db.models import Case, QuerySet, TextField, Value, When
from django.http import HttpRequest
from django.utils.formats import number_format

from core.admin import ReadOnlyAdmin, ReadOnlyInline
from finances.models import LedgerAccount, LedgerEntry, LedgerTransaction
from finances.selectors.ledger import list_balances


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
    """The chart of accounts, and what each says."""

    list_display = ["code", "name", "kind", "says"]
    ordering = ["code"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[LedgerAccount]:
        """With what each says now, a currency at a time: two more queries for all."""
        said: dict[str, list[str]] = defaultdict(list)
        for one in list_balances():
            said[one.account].append(f"{number_format(one.amount, 2)} {one.currency}")
        words = [When(code=code, then=Value(" · ".join(each))) for code, each in said.items()]
        accounts: QuerySet[LedgerAccount] = super().get_queryset(request)
        return accounts.annotate(said=Case(*words, default=Value("–"), output_field=TextField()))

    @admin.display(description="saldo")
    def says(self, account: Any) -> str:
        """Positive on its normal side."""
        return str(account.said)
