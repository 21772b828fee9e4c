"""Plans to edit; memberships to look at, with buttons to cancel and to charge (FIN-08)."""

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from unfold.dataclasses import UnfoldAction
from unfold.decorators import action
from unfold.forms import BaseDialogForm

from core.admin import AuditedAdmin, ReadOnlyAdmin, ReadOnlyInline, act_and_say, actor_of
from finances.domain.subscriptions import LIVE
from finances.models import (
    PlanChange,
    Subscription,
    SubscriptionLogEntry,
    SubscriptionPeriod,
    SubscriptionPlan,
)
from finances.services.renewals import charge_now
from finances.services.subscriptions import cancel_subscription


@admin.register(SubscriptionPlan)
class SubscriptionPlanAdmin(AuditedAdmin):
    """What can be subscribed to. Members keep the price they agreed to."""

    list_display = ["name", "monthly_price", "currency"]
    search_fields = ["name"]
    ordering = ["monthly_price"]


class MonthInline(ReadOnlyInline):
    """What was charged for which month."""

    model = SubscriptionPeriod
    ordering = ["-number"]
    fields = ["number", "plan", "price", "starts_on", "ends_on", "state", "payment", "closed_at"]


class ChangeInline(ReadOnlyInline):
    """Dearer plans."""

    model = PlanChange
    ordering = ["-asked_at"]
    fields = ["plan", "price", "amount", "state", "payment", "asked_at"]


class LogInline(ReadOnlyInline):
    """What happened."""

    model = SubscriptionLogEntry
    ordering = ["-at", "-pk"]
    fields = ["at", "what", "before", "after", "actor"]


@admin.register(Subscription)
class SubscriptionAdmin(ReadOnlyAdmin):
    """Memberships; they change through services only."""

    list_display = [
        "client",
        "plan",
        "price",
        "status",
        "paid_until",
        "tries",
        "end_reason",
        "subscribed_at",
    ]
    list_filter = ["status", "end_reason", "plan"]
    list_select_related = ["client", "plan"]
    search_fields = ["client__phone", "client__first_name", "client__last_name"]
    date_hierarchy = "subscribed_at"
    ordering = ["-subscribed_at"]
    inlines = [MonthInline, ChangeInline, LogInline]
    actions_detail = ["charge", "cancel"]

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[UnfoldAction]:
        """Only while it is not over."""
        live = Subscription.objects.filter(pk=object_id, status__in=LIVE)
        found: list[UnfoldAction] = super().get_actions_detail(request, object_id)
        return found if live.exists() else []

    @action(
        description="Cobrar ahora",
        url_path="charge",
        permissions=["administer"],
        icon="payments",
        dialog={
            "title": "Cobrar el mes ahora",
            "description": "Con el medio de pago guardado del cliente. Cuenta como un intento.",
            "form_class": BaseDialogForm,
            "form_submit_text": "Cobrar",
        },
    )
    def charge(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        """Without waiting for its day."""

        def act() -> str:
            is_sent = charge_now(
                subscription_id=UUID(object_id), actor_id=actor_of(request), now=timezone.now()
            )
            if is_sent:
                return _("Cobro enviado: su resultado se ve en un momento.")
            return _("No hay un medio de pago que se pueda cobrar.")

        return act_and_say(self, request, act, object_id=object_id)

    @action(
        description="Cancelar",
        url_path="cancel",
        permissions=["administer"],
        icon="close",
        dialog={
            "title": "Cancelar la membresía",
            "description": "No se cobra más. Lo que ya está pagado se conserva.",
            "form_class": BaseDialogForm,
            "form_submit_text": "Cancelar la membresía",
        },
    )
    def cancel(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        """The member asked for it."""

        def act() -> str:
            cancel_subscription(
                subscription_id=UUID(object_id),
                client_id=None,
                actor_id=actor_of(request),
                now=timezone.now(),
            )
            return _("Membresía cancelada.")

        return act_and_say(self, request, act, object_id=object_id)
