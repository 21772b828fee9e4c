"""Payments, to look at; the one action asks the gateway, nobody writes."""

from uuid import UUID

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _

from core.admin import ReadOnlyAdmin, ReadOnlyInline, actor_of
from core.errors import DomainError
from finances.admin.charges import ChargeInline
from finances.admin.refund_dialog import RefundButton
from finances.models import Payment, PaymentAttempt
from finances.registry import payable_for
from finances.services.review import review_payment


class AttemptInline(ReadOnlyInline):
    """What payers tried."""

    model = PaymentAttempt
    fields = [
        "gateway_id",
        "reference",
        "status",
        "amount",
        "refunded",
        "currency",
        "method",
        "seen_at",
        "booked_at",
    ]


@admin.register(Payment)
class PaymentAdmin(RefundButton, ReadOnlyAdmin):
    """Payments with their attempts."""

    list_display = [
        "reference",
        "client",
        "amount",
        "currency",
        "status",
        "allocation",
        "opened_at",
    ]
    list_filter = ["status", "allocation", "kind", "currency"]
    list_select_related = ["client"]
    search_fields = ["reference", "decided_by", "attempts__gateway_id", "client__phone"]
    date_hierarchy = "opened_at"
    ordering = ["-opened_at"]
    inlines = [AttemptInline, ChargeInline]
    exclude = ["payable_kind", "payable_id"]
    readonly_fields = ["what"]
    actions = ["ask_gateway_again"]
    actions_detail = ["give_back"]

    @admin.display(description="qué se paga")
    def what(self, payment: Payment) -> str:
        """In words, and where to find it."""
        words = payable_for(payment.payable_kind).describe(payable_id=payment.payable_id)
        page = _page_of(payment.payable_kind, payment.payable_id)
        return format_html('<a href="{}">{}</a>', page, words) if page else words

    @admin.action(
        description="Volver a consultar en la pasarela",
        permissions=["administer"],
    )
    def ask_gateway_again(self, request: HttpRequest, queryset: QuerySet[Payment]) -> None:
        """Believe the gateway's books; what contradicts them stays in review."""
        for payment in queryset:
            try:
                status = review_payment(
                    payment_id=payment.pk, actor_id=actor_of(request), now=timezone.now()
                )
            except DomainError as refusal:
                self.message_user(
                    request, f"{payment.reference}: {refusal.detail}", messages.WARNING
                )
            else:
                outcome = _("quedó en estado %(status)s") % {"status": status}
                self.message_user(request, f"{payment.reference}: {outcome}")


def _page_of(kind: str, payable_id: UUID) -> str | None:
    """Its page, where the kind is the name of the table: a month of a membership has none."""
    shown = (model for model in admin.site._registry if model._meta.label_lower == kind)
    model = next(shown, None)
    if model is None or not model._default_manager.filter(pk=payable_id).exists():
        return None
    return reverse(f"admin:{kind.replace('.', '_')}_change", args=[payable_id])
