"""The till in the admin: opened, moved in and out, counted."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from unfold.dataclasses import UnfoldAction
from unfold.decorators import action
from unfold.forms import BaseDialogForm
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
)

from core.admin import ReadOnlyAdmin, ReadOnlyInline, ReasonForm, act_and_say, actor_of
from core.ids import uuid7
from core.models import Location
from finances.models import CashMovement, CashShift
from finances.models.cash import BY_HAND
from finances.services.cash import close_shift, move_cash, open_shift


def _cash(label: str, help_text: str = "") -> forms.DecimalField:
    return forms.DecimalField(
        label=label,
        help_text=help_text,
        min_value=0,
        max_digits=12,
        decimal_places=2,
        widget=UnfoldAdminDecimalFieldWidget(),
    )


class OpenForm(BaseDialogForm):
    """Where, and what is in the drawer."""

    location = forms.ModelChoiceField(
        Location.objects.order_by("name"), label="Sede", widget=UnfoldAdminSelectWidget()
    )
    opening_float = _cash("Fondo inicial", "Cuenta lo que hay en el cajón.")


class MoveForm(ReasonForm):
    """What goes in or out, and why. Sent twice, it moves once."""

    kind = forms.ChoiceField(
        label="Qué",
        choices=BY_HAND,
        widget=UnfoldAdminSelectWidget(choices=BY_HAND),
    )
    amount = _cash("Valor")
    movement_id = forms.UUIDField(initial=uuid7, widget=forms.HiddenInput())
    field_order = ("kind", "amount", "reason", "movement_id")


class CountForm(BaseDialogForm):
    """What was counted."""

    counted = _cash("Efectivo contado", "Todo lo que hay en el cajón, con el fondo.")
    note = forms.CharField(
        label="Nota", required=False, max_length=300, widget=UnfoldAdminTextareaWidget()
    )


class CashMovementInline(ReadOnlyInline):
    """What was put in and taken out."""

    model = CashMovement
    fields = ["made_at", "kind", "amount", "reason", "made_by"]
    ordering = ["pk"]


@admin.register(CashShift)
class CashShiftAdmin(ReadOnlyAdmin):
    """Shifts; they change through services only, and show no sum before they are counted."""

    list_display = [
        "opened_at", "location", "opened_by", "closed_at", "counted", "expected", "difference",
    ]  # fmt: skip
    list_filter = ["location", ("closed_at", admin.EmptyFieldListFilter)]
    list_select_related = ["location", "opened_by"]
    date_hierarchy = "opened_at"
    ordering = ["-opened_at"]
    inlines = [CashMovementInline]
    actions_list = ["open_shift"]
    actions_detail = ["move", "count"]

    def has_open_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whoever may add shifts."""
        return bool(request.user.has_perm("finances.add_cashshift"))

    def has_work_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whoever may change shifts."""
        return bool(request.user.has_perm("finances.change_cashshift"))

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[UnfoldAction]:
        """Only while it is open."""
        shift = self.get_object(request, str(object_id))
        found: list[UnfoldAction] = super().get_actions_detail(request, object_id)
        return found if shift and shift.closed_at is None else []

    @action(
        description="Abrir turno",
        url_path="open",
        permissions=["open"],
        icon="lock_open",
        dialog={
            "title": "Abrir un turno de caja",
            "description": "Desde ahora el efectivo de la sede entra en este turno.",
            "form_class": OpenForm,
            "form_submit_text": "Abrir",
        },
    )
    def open_shift(self, request: HttpRequest, form: OpenForm) -> HttpResponse:
        """With what is in the drawer."""

        def begin() -> str:
            shift = open_shift(
                location_id=form.cleaned_data["location"].pk,
                opening_float=form.cleaned_data["opening_float"],
                **_by(request),
            )
            return _("Turno abierto con %(float)s.") % {"float": shift.opening_float}

        return act_and_say(self, request, begin)

    @action(
        description="Entrada o salida",
        url_path="move",
        permissions=["work"],
        icon="swap_vert",
        dialog={
            "title": "Registrar una entrada o salida de efectivo",
            "description": "Lo que pagan los clientes ya queda registrado con cada pago.",
            "form_class": MoveForm,
            "form_submit_text": "Registrar",
        },
    )
    def move(self, request: HttpRequest, form: MoveForm, object_id: str) -> HttpResponse:
        """To the bank, from the bank, or for a small expense."""

        def put() -> str:
            typed = form.cleaned_data
            move_cash(
                shift_id=UUID(object_id),
                kind=typed["kind"],
                amount=typed["amount"],
                reason=typed["reason"],
                cause_id=typed["movement_id"],
                **_by(request),
            )
            return _("Movimiento registrado.")

        return act_and_say(self, request, put, object_id=object_id)

    @action(
        description="Contar y cerrar",
        url_path="count",
        permissions=["work"],
        icon="lock",
        dialog={
            "title": "Contar la caja y cerrar el turno",
            "description": "Escribe lo que contaste; después se muestra lo que debía haber. "
            "Un turno cerrado no se cambia.",
            "form_class": CountForm,
            "form_submit_text": "Cerrar",
        },
    )
    def count(self, request: HttpRequest, form: CountForm, object_id: str) -> HttpResponse:
        """End it by what is there."""

        def end() -> str:
            typed = form.cleaned_data
            shift = close_shift(
                shift_id=UUID(object_id),
                counted=typed["counted"],
                note=typed["note"],
                **_by(request),
            )
            said = _("Turno cerrado. Debía haber %(expected)s; la diferencia es %(difference)s.")
            return said % {"expected": shift.expected, "difference": shift.difference}

        return act_and_say(self, request, end, object_id=object_id)


def _by(request: HttpRequest) -> dict[str, Any]:
    return {"actor_id": actor_of(request), "now": timezone.now()}
