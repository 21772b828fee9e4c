"""Charges by API and kept ways to pay, to look at: nothing here could charge anybody."""

from django.contrib import admin

from core.admin import ReadOnlyAdmin, ReadOnlyInline
from finances.models import Charge, PaymentSource


class ChargeInline(ReadOnlyInline):
    """What was tried by API."""

    model = Charge
    fields = ["reference", "method", "status", "refusal", "gateway_id", "started_at", "ended_at"]


@admin.register(Charge)
class ChargeAdmin(ReadOnlyAdmin):
    """Orders to the gateway, and what became of them; what the payer typed stays hidden."""

    fields = [
        "payment",
        "number",
        "reference",
        "method",
        "source",
        "status",
        "gateway_id",
        "refusal",
        "ordered_by",
        "started_at",
        "ended_at",
        "looks",
        "next_look_at",
    ]
    list_display = ["reference", "method", "status", "refusal", "started_at", "ended_at"]
    list_filter = ["status", "method", "refusal"]
    search_fields = ["reference", "gateway_id", "payment__client__phone"]
    date_hierarchy = "started_at"
    ordering = ["-started_at"]


@admin.register(PaymentSource)
class PaymentSourceAdmin(ReadOnlyAdmin):
    """What people keep: brand and last digits, never what the gateway knows it by."""

    fields = [
        "client",
        "kind",
        "status",
        "brand",
        "last_four",
        "is_default",
        "refusal",
        "asked_at",
        "ended_at",
        "looks",
        "next_look_at",
    ]
    list_display = ["client", "kind", "brand", "last_four", "status", "is_default", "asked_at"]
    list_filter = ["status", "kind", "is_default"]
    list_select_related = ["client"]
    search_fields = ["client__phone", "client__first_name", "client__last_name", "last_four"]
    ordering = ["-asked_at"]
