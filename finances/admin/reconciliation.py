"""Days that were compared with the providers' books, and what differs (FIN-06)."""

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
from unfold.widgets import UnfoldAdminSelectWidget

from core.admin import ReadOnlyAdmin, ReasonForm, act_and_say, actor_of
from finances.domain.reconciliation import PENDING, State, Way
from finances.models import Difference, Reconciliation
from finances.models.reconciliation import WAYS
from finances.services.differences import (
    approve_resolution,
    ask_again,
    assign_difference,
    reject_resolution,
    resolve_difference,
)
from users.forms import PersonField

CHOSEN = [(way, label) for way, label in WAYS if way != Way.ASKED_AGAIN]


@admin.register(Reconciliation)
class ReconciliationAdmin(ReadOnlyAdmin):
    """Days; `allá` are the providers' books, `aquí` the ledger."""

    list_display = [
        "day",
        "status",
        "found",
        "settled",
        "paid_there",
        "paid_here",
        "refunded_there",
        "refunded_here",
        "paid_out_there",
        "paid_out_here",
        "problem",
    ]
    list_filter = ["status"]
    date_hierarchy = "day"
    ordering = ["-day"]


class ResolutionForm(ReasonForm):
    """Where the money is booked, whose it is if it is a client's, and why."""

    way = forms.ChoiceField(label="Cómo", choices=CHOSEN, widget=UnfoldAdminSelectWidget())
    phone = PersonField(
        required=False,
        help_text="Solo si queda como saldo a favor. Con indicativo: +573001112233",
    )
    field_order = ("way", "phone", "reason")


@admin.register(Difference)
class DifferenceAdmin(ReadOnlyAdmin):
    """What differs; buttons take it on, ask again, and book the money in question."""

    list_display = [
        "first_day",
        "subject",
        "kind",
        "thing",
        "amount",
        "currency",
        "state",
        "owner",
        "seen_at",
    ]
    list_filter = ["state", "subject", "kind"]
    list_select_related = ["first_run", "owner"]
    search_fields = ["thing", "note"]
    date_hierarchy = "created_at"
    ordering = ["-created_at"]
    actions_detail = ["take_on", "ask_provider", "resolve", "approve", "reject"]

    @admin.display(description="día", ordering="first_run__day")
    def first_day(self, difference: Difference) -> str:
        """The day it was seen on first."""
        return f"{difference.first_run.day:%Y-%m-%d}"

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[UnfoldAction]:
        """What can be done with it as it is."""
        state = Difference.objects.filter(pk=object_id).values_list("state", flat=True).first()
        found: list[UnfoldAction] = super().get_actions_detail(request, object_id)
        if state not in PENDING:
            return []
        deciding = ("approve", "reject") if state == State.PROPOSED else ("resolve",)
        offered = {"take_on", "ask_provider", *deciding}
        return [one for one in found if one.method.original_function_name in offered]

    @action(description="Encargarme", url_path="take-on", permissions=["administer"], icon="person",
            dialog={
                "title": "Encargarme de la diferencia",
                "description": "Queda a tu nombre.",
                "form_class": BaseDialogForm,
                "form_submit_text": "Encargarme",
            })  # fmt: skip
    def take_on(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        """It is mine."""

        def act() -> str:
            me = actor_of(request)
            assign_difference(
                difference_id=UUID(object_id), owner_id=me, actor_id=me, now=timezone.now()
            )
            return _("La diferencia queda a tu nombre.")

        return act_and_say(self, request, act, object_id=object_id)

    @action(description="Volver a consultar", url_path="ask-provider", permissions=["administer"],
            icon="sync",
            dialog={
                "title": "Volver a consultar al proveedor",
                "description": "Lo que diga se registra; si ya nada difiere, queda resuelta.",
                "form_class": ReasonForm,
                "form_submit_text": "Consultar",
            })  # fmt: skip
    def ask_provider(self, request: HttpRequest, form: ReasonForm, object_id: str) -> HttpResponse:
        """Only its own books count."""

        def act() -> str:
            ask_again(
                difference_id=UUID(object_id),
                note=form.cleaned_data["reason"],
                actor_id=actor_of(request),
                now=timezone.now(),
            )
            return _("Ya no hay diferencia.")

        return act_and_say(self, request, act, object_id=object_id)

    @action(description="Resolver", url_path="resolve", permissions=["administer"], icon="balance",
            dialog={
                "title": "Resolver la diferencia",
                "description": "El dinero en cuestión se contabiliza. Por encima del límite de "
                "las reglas de dinero lo aprueba otra persona.",
                "form_class": ResolutionForm,
                "form_submit_text": "Resolver",
            })  # fmt: skip
    def resolve(self, request: HttpRequest, form: ResolutionForm, object_id: str) -> HttpResponse:
        """Book it, or ask for somebody to agree."""

        def act() -> str:
            difference = resolve_difference(
                difference_id=UUID(object_id),
                way=Way(form.cleaned_data["way"]),
                note=form.cleaned_data["reason"],
                client_id=form.cleaned_data["phone"],
                actor_id=actor_of(request),
                now=timezone.now(),
            )
            if difference.state == State.PROPOSED:
                return _("Queda por aprobar: lo decide otra persona.")
            return _("Diferencia resuelta.")

        return act_and_say(self, request, act, object_id=object_id)

    @action(description="Aprobar", url_path="approve", permissions=["administer"], icon="check",
            dialog={
                "title": "Aprobar la solución",
                "description": "El dinero en cuestión se contabiliza ahora.",
                "form_class": BaseDialogForm,
                "form_submit_text": "Aprobar",
            })  # fmt: skip
    def approve(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        """A second person agrees."""

        def act() -> str:
            approve_resolution(
                difference_id=UUID(object_id), actor_id=actor_of(request), now=timezone.now()
            )
            return _("Diferencia resuelta.")

        return act_and_say(self, request, act, object_id=object_id)

    @action(description="Rechazar", url_path="reject", permissions=["administer"], icon="close",
            dialog={
                "title": "Rechazar la solución",
                "description": "La diferencia sigue abierta.",
                "form_class": BaseDialogForm,
                "form_submit_text": "Rechazar",
            })  # fmt: skip
    def reject(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        """It waits as before."""

        def act() -> str:
            reject_resolution(
                difference_id=UUID(object_id), actor_id=actor_of(request), now=timezone.now()
            )
            return _("La diferencia sigue abierta.")

        return act_and_say(self, request, act, object_id=object_id)
