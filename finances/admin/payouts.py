"""Commissions and payouts, to look at; buttons pay, ask the provider, and take back."""

from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from unfold.dataclasses import UnfoldAction
from unfold.decorators import action
from unfold.forms import BaseDialogForm

from core.admin import ReadOnlyAdmin, ReadOnlyInline, ReasonForm, act_and_say, actor_of
from core.errors import DomainError
from finances.models import Commission, Payout, PayoutLine
from finances.selectors.commissions import names_of_parties
from finances.services.commissions import take_commission_back
from finances.services.payouts import pay_out
from finances.services.payouts_review import ask_again


@admin.register(Commission)
class CommissionAdmin(ReadOnlyAdmin):
    """What was earned, and whether it is paid."""

    list_display = ["day", "whose", "description", "base", "percent", "amount", "paid_by"]
    list_filter = [("line", admin.EmptyFieldListFilter), "currency"]
    list_select_related = ["line__payout"]
    search_fields = ["description", "cause_id", "party"]
    date_hierarchy = "day"
    ordering = ["-earned_at", "-pk"]
    actions_detail = ["take_back"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Commission]:
        """Remembers what parties are called, asked once a page."""
        self._names = names_of_parties()
        found: QuerySet[Commission] = super().get_queryset(request)
        return found

    @admin.display(description="de quién")
    def whose(self, commission: Commission) -> str:
        """A name."""
        return self._names.get(commission.party, str(commission.party))

    @admin.display(description="pago")
    def paid_by(self, commission: Commission) -> str:
        """The line that pays it, and where that stands."""
        line = commission.line
        return f"{line.payout.reference} · {line.get_status_display()}" if line else "—"

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[UnfoldAction]:
        """Only what was not taken back."""
        found: list[UnfoldAction] = super().get_actions_detail(request, object_id)
        stands = Commission.objects.filter(pk=object_id, reverses=None, reversal=None)
        return found if stands.exists() else []

    @action(
        description="Anular",
        url_path="take-back",
        permissions=["administer"],
        icon="undo",
        dialog={
            "title": "Anular la comisión",
            "description": "Si ya se pagó, se descuenta del próximo pago.",
            "form_class": ReasonForm,
            "form_submit_text": "Anular",
        },
    )
    def take_back(self, request: HttpRequest, form: ReasonForm, object_id: str) -> HttpResponse:
        """It was earned by mistake."""

        def act() -> str:
            take_commission_back(
                commission_id=UUID(object_id),
                actor_id=actor_of(request),
                reason=form.cleaned_data["reason"],
                now=timezone.now(),
            )
            return _("Comisión anulada.")

        return act_and_say(self, request, act, object_id=object_id)


class LineInline(ReadOnlyInline):
    """Whom it pays."""

    model = PayoutLine
    fields = ["payee", "commissions", "tips", "refund", "amount", "status", "failure_detail"]


@admin.register(Payout)
class PayoutAdmin(ReadOnlyAdmin):
    """Batches; what became of one is the provider's to say."""

    list_display = [
        "reference",
        "payment_type",
        "amount",
        "currency",
        "status",
        "failure",
        "stored_at",
        "stored_by",
        "next_look_at",
    ]
    list_filter = ["status", "failure", "payment_type"]
    list_select_related = ["stored_by"]
    search_fields = ["reference", "gateway_id", "lines__reference", "lines__payee__name"]
    date_hierarchy = "stored_at"
    ordering = ["-stored_at"]
    inlines = [LineInline]
    actions = ["ask_provider_again"]
    actions_list = ["send"]

    @action(
        description="Pagar a quienes llegan a su mínimo",
        url_path="send",
        permissions=["administer"],
        dialog={
            "title": "Pagar comisiones y propinas",
            "description": "A todos los que llegan al mínimo de las reglas de dinero.",
            "form_class": BaseDialogForm,
            "form_submit_text": "Pagar",
        },
    )
    def send(self, request: HttpRequest, form: BaseDialogForm) -> HttpResponse:
        """Batches are stored now and sent within seconds."""

        def act() -> str:
            payouts = pay_out(actor_id=actor_of(request), now=timezone.now())
            names = ", ".join(payout.reference for payout in payouts)
            return _("Por enviar: %(names)s") % {"names": names}

        return act_and_say(self, request, act)

    @admin.action(description="Volver a consultar al proveedor", permissions=["administer"])
    def ask_provider_again(self, request: HttpRequest, queryset: QuerySet[Payout]) -> None:
        """A worker asks at once; what was never taken is sent under the same key."""
        for payout in queryset:
            try:
                ask_again(payout_id=payout.pk, actor_id=actor_of(request), now=timezone.now())
            except DomainError as refusal:
                text = f"{payout.reference}: {refusal.detail}"
                self.message_user(request, text, messages.WARNING)
            else:
                self.message_user(request, _("Se consultará %(name)s.") % {"name": payout})
