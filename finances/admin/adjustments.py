"""Credit that is given or taken by hand (NA-29)."""

from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from unfold.dataclasses import UnfoldAction
from unfold.decorators import action
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminTextInputWidget

from core.admin import ReadOnlyAdmin, ReasonForm, act_and_say, actor_of
from core.ids import uuid7
from finances.models import Adjustment
from finances.models.adjustments import AdjustmentState
from finances.selectors.adjustments import list_adjustments
from finances.services.adjustments import (
    approve_adjustment,
    reject_adjustment,
    request_adjustment,
)
from users.forms import PersonField


class AdjustmentForm(ReasonForm):
    """Whose credit, how much, why. Sent twice, it asks once."""

    phone = PersonField()
    amount = forms.DecimalField(
        label="Valor",
        max_digits=12,
        decimal_places=2,
        help_text="Positivo: da saldo. Negativo: quita.",
        widget=UnfoldAdminTextInputWidget(),
    )
    adjustment_id = forms.UUIDField(initial=uuid7, widget=forms.HiddenInput())
    field_order = ("phone", "amount", "reason", "adjustment_id")


@admin.register(Adjustment)
class AdjustmentAdmin(ReadOnlyAdmin):
    """Adjustments; they change through services only."""

    list_display = [
        "requested_at",
        "client",
        "amount",
        "currency",
        "state",
        "requested_by",
        "decided_by",
    ]
    list_filter = ["state", "needs_approval", "currency"]
    list_select_related = ["client", "requested_by", "decided_by"]
    search_fields = ["client__phone", "client__first_name", "client__last_name", "reason"]
    date_hierarchy = "requested_at"
    ordering = ["-requested_at"]
    actions_list = ["ask"]
    actions_detail = ["approve", "reject"]

    def has_ask_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whoever may add adjustments."""
        return bool(request.user.has_perm("finances.add_adjustment"))

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[UnfoldAction]:
        """Only while somebody has to decide."""
        waits = list_adjustments().filter(pk=object_id, state=AdjustmentState.REQUESTED)
        found: list[UnfoldAction] = super().get_actions_detail(request, object_id)
        return found if waits.exists() else []

    @action(
        description="Ajustar un saldo",
        url_path="ask",
        permissions=["ask"],
        dialog={
            "title": "Ajustar el saldo de un cliente",
            "description": "Por encima del límite de las reglas de dinero lo aprueba otra persona. "
            "El cliente recibe un mensaje con el motivo.",
            "form_class": AdjustmentForm,
            "form_submit_text": "Ajustar",
        },
    )
    def ask(self, request: HttpRequest, form: AdjustmentForm) -> HttpResponse:
        """Change it at once, or ask for somebody to agree."""

        def adjust() -> str:
            adjustment = request_adjustment(
                adjustment_id=form.cleaned_data["adjustment_id"],
                client_id=form.cleaned_data["phone"],
                amount=form.cleaned_data["amount"],
                currency=settings.DEFAULT_CURRENCY,
                reason=form.cleaned_data["reason"],
                actor_id=actor_of(request),
                now=timezone.now(),
            )
            if adjustment.state == AdjustmentState.REQUESTED:
                return _("Queda por aprobar: lo decide otra persona.")
            return _("Saldo ajustado.")

        return act_and_say(self, request, adjust)

    @action(
        description="Aprobar",
        url_path="approve",
        permissions=["administer"],
        icon="check",
        dialog={
            "title": "Aprobar el ajuste",
            "description": "El saldo del cliente cambia ahora.",
            "form_class": BaseDialogForm,
            "form_submit_text": "Aprobar",
        },
    )
    def approve(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        """A second person agrees."""

        def agree() -> str:
            approve_adjustment(
                adjustment_id=UUID(object_id), actor_id=actor_of(request), now=timezone.now()
            )
            return _("Saldo ajustado.")

        return act_and_say(self, request, agree, object_id=object_id)

    @action(
        description="Rechazar",
        url_path="reject",
        permissions=["administer"],
        icon="close",
        dialog={
            "title": "Rechazar el ajuste",
            "description": "El saldo no cambia.",
            "form_class": ReasonForm,
            "form_submit_text": "Rechazar",
        },
    )
    def reject(self, request: HttpRequest, form: ReasonForm, object_id: str) -> HttpResponse:
        """It does not happen."""

        def refuse() -> str:
            reject_adjustment(
                adjustment_id=UUID(object_id),
                reason=form.cleaned_data["reason"],
                actor_id=actor_of(request),
                now=timezone.now(),
            )
            return _("Ajuste rechazado.")

        return act_and_say(self, request, refuse, object_id=object_id)
