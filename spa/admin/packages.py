"""Packages at the desk: what is for sale, what people have, and what staff do with it."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from unfold.decorators import action
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from core.admin import (
    AuditedAdmin,
    ReadOnlyAdmin,
    ReadOnlyInline,
    ReasonForm,
    act_and_say,
    actor_of,
)
from core.ids import uuid7
from core.models import Location
from spa.admin.dialogs import METHODS, ClientForm
from spa.models import ClientPackage, Package, PackageUse
from spa.services.packages import refund_package, sell_package, transfer_package


class SaleForm(ClientForm):
    """Who buys, and how they pay. Sent twice, it sells once."""

    method = forms.ChoiceField(
        label="Cómo paga", choices=METHODS, widget=UnfoldAdminSelectWidget(choices=METHODS)
    )
    location = forms.ModelChoiceField(
        Location.objects.order_by("name"),
        label="Sede",
        required=False,
        help_text="Dónde se recibe el dinero; con una sola sede no hace falta.",
        widget=UnfoldAdminSelectWidget(),
    )
    sale_id = forms.UUIDField(initial=uuid7, widget=forms.HiddenInput())


class TransferForm(ClientForm):
    """To whom, and why."""

    reason = forms.CharField(
        label="Motivo", min_length=3, max_length=200, widget=UnfoldAdminTextareaWidget()
    )


@admin.register(Package)
class PackageAdmin(AuditedAdmin):
    """What is for sale. Changing a package changes nothing for who has bought it."""

    list_display = ["name", "sessions", "price", "currency", "validity_days", "is_active"]
    list_filter = ["is_active", "locations"]
    search_fields = ["name"]
    filter_horizontal = ["services", "class_types", "locations"]
    ordering = ["name"]
    actions_detail = ["sell"]

    @action(
        description="Vender",
        url_path="sell",
        permissions=["sell"],
        dialog={
            "title": "Vender en el mostrador",
            "description": "El cliente paga ahora todo el precio y ya puede usar el paquete.",
            "form_class": SaleForm,
            "form_submit_text": "Vender",
        },
    )
    def sell(self, request: HttpRequest, form: SaleForm, object_id: str) -> HttpResponse:
        """Take the money in person."""

        def sale() -> str:
            place = form.cleaned_data["location"]
            sold = sell_package(
                client_id=form.cleaned_data["phone"],
                package_id=UUID(object_id),
                method=form.cleaned_data["method"],
                location_id=place.pk if place else None,
                sale_id=form.cleaned_data["sale_id"],
                actor_id=actor_of(request),
                now=timezone.now(),
            )
            return _("Vendido. Código: %(code)s") % {"code": sold.code}

        return act_and_say(self, request, sale, object_id=object_id)

    def has_sell_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whoever may add packages to clients."""
        return bool(request.user.has_perm("spa.add_clientpackage"))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Taken off sale, never deleted: people have it."""
        return False


class PackageUseInline(ReadOnlyInline):
    """What became of the sessions."""

    model = PackageUse
    fields = ["used_at", "source_kind", "sessions", "state", "ended_at"]
    ordering = ["-used_at"]


@admin.register(ClientPackage)
class ClientPackageAdmin(ReadOnlyAdmin):
    """What people have; it changes through services only."""

    list_display = [
        "name", "client", "code", "status", "sessions_left", "sessions_total", "expires_at",
    ]  # fmt: skip
    list_filter = ["status", "package"]
    list_select_related = ["client", "package"]
    search_fields = ["code", "name", "client__phone", "client__first_name", "client__last_name"]
    date_hierarchy = "bought_at"
    ordering = ["-bought_at"]
    inlines = [PackageUseInline]
    actions_detail = ["refund", "transfer"]

    @action(
        description="Devolver lo no usado",
        url_path="refund",
        permissions=["settle"],
        dialog={
            "title": "Devolver lo no usado",
            "description": "Lo que valen las sesiones disponibles queda como saldo a favor de "
            "quien pagó el paquete. Las sesiones ya reservadas siguen en pie.",
            "form_class": ReasonForm,
            "form_submit_text": "Devolver",
        },
    )
    def refund(self, request: HttpRequest, form: ReasonForm, object_id: str) -> HttpResponse:
        """Give credit for what was not used."""

        def refund() -> str:
            refunded = refund_package(
                client_package_id=UUID(object_id),
                reason=form.cleaned_data["reason"],
                actor_id=actor_of(request),
                now=timezone.now(),
            )
            return _("Saldo a favor por %(n)d sesiones: %(amount)s") % {
                "n": refunded.sessions,
                "amount": refunded.amount,
            }

        return act_and_say(self, request, refund, object_id=object_id)

    @action(
        description="Ceder a otra persona",
        url_path="transfer",
        permissions=["settle"],
        dialog={
            "title": "Ceder a otra persona",
            "description": "Desde ahora solo esa persona puede usarlo.",
            "form_class": TransferForm,
            "form_submit_text": "Ceder",
        },
    )
    def transfer(self, request: HttpRequest, form: TransferForm, object_id: str) -> HttpResponse:
        """Make it somebody else's."""

        def transfer() -> str:
            transfer_package(
                client_package_id=UUID(object_id),
                to_client_id=form.cleaned_data["phone"],
                reason=form.cleaned_data["reason"],
                actor_id=actor_of(request),
                now=timezone.now(),
            )
            return _("El paquete ya es de la otra persona.")

        return act_and_say(self, request, transfer, object_id=object_id)

    def has_settle_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whoever may change packages of clients."""
        return bool(request.user.has_perm("spa.change_clientpackage"))
