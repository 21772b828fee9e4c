"""Refunds at the desk (FIN-09)."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from unfold.dataclasses import UnfoldAction
from unfold.decorators import action
from unfold.forms import BaseDialogForm

from core.admin import ReadOnlyAdmin, ReasonForm, act_and_say, actor_of
from finances.admin.refund_dialog import say_where_it_stands
from finances.domain.refunds import State
from finances.models import Refund
from finances.selectors.refunds import list_refunds
from finances.services.refunds import (
    approve_refund,
    end_refund_by_hand,
    look_refund_up_again,
    reject_refund,
)

# Which buttons make sense where a refund stands.
DECIDE = {"approve", "reject"}
BY_HAND = {"look_again", "it_went_back", "it_did_not"}


@admin.register(Refund)
class RefundAdmin(ReadOnlyAdmin):
    """Refunds; they change through services only."""

    list_display = [
        "requested_at",
        "client",
        "amount",
        "currency",
        "source",
        "destination",
        "state",
        "requested_by",
        "decided_by",
    ]
    list_filter = ["state", "destination", "source", "needs_approval"]
    list_select_related = ["client", "requested_by", "decided_by"]
    search_fields = [
        "reference",
        "gateway_id",
        "client__phone",
        "client__first_name",
        "client__last_name",
        "attempt__gateway_id",
    ]
    date_hierarchy = "requested_at"
    ordering = ["-requested_at"]
    actions_detail = ["approve", "reject", "look_again", "it_went_back", "it_did_not"]

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[UnfoldAction]:
        """Only what makes sense where the refund stands."""
        refund = list_refunds().filter(pk=object_id).first()
        wanted: set[str] = set()
        if refund is not None and refund.state == State.REQUESTED:
            wanted = DECIDE
        elif refund is not None and refund.waits_for_somebody:
            wanted = BY_HAND
        found: list[UnfoldAction] = super().get_actions_detail(request, object_id)
        return [one for one in found if one.method.original_function_name in wanted]

    @action(
        description="Aprobar",
        url_path="approve",
        permissions=["administer"],
        icon="check",
        dialog={
            "title": "Aprobar la devolución",
            "description": "El dinero sale ahora.",
            "form_class": BaseDialogForm,
            "form_submit_text": "Aprobar",
        },
    )
    def approve(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        """A second person agrees."""
        return self._do(request, approve_refund, object_id=object_id)

    @action(
        description="Rechazar",
        url_path="reject",
        permissions=["administer"],
        icon="close",
        dialog={
            "title": "Rechazar la devolución",
            "description": "El saldo que se había apartado vuelve a estar disponible.",
            "form_class": ReasonForm,
            "form_submit_text": "Rechazar",
        },
    )
    def reject(self, request: HttpRequest, form: ReasonForm, object_id: str) -> HttpResponse:
        """It does not happen."""
        order = partial(reject_refund, reason=form.cleaned_data["reason"])
        return self._do(request, order, object_id=object_id)

    @action(
        description="Volver a consultar",
        url_path="look-again",
        permissions=["administer"],
        icon="refresh",
        dialog={
            "title": "Volver a consultar en la pasarela",
            "description": "Se consulta en unos segundos.",
            "form_class": BaseDialogForm,
            "form_submit_text": "Consultar",
        },
    )
    def look_again(
        self, request: HttpRequest, form: BaseDialogForm, object_id: str
    ) -> HttpResponse:
        """Have the gateway asked."""

        def look() -> str:
            refund = look_refund_up_again(refund_id=UUID(object_id), now=timezone.now())
            return say_where_it_stands(refund)

        return act_and_say(self, request, look, object_id=object_id)

    @action(
        description="La pasarela la hizo",
        url_path="it-went-back",
        permissions=["administer"],
        dialog={
            "title": "La pasarela muestra la devolución",
            "description": "Búscala por su referencia en el panel de la pasarela. Queda hecha.",
            "form_class": ReasonForm,
            "form_submit_text": "Queda hecha",
        },
    )
    def it_went_back(self, request: HttpRequest, form: ReasonForm, object_id: str) -> HttpResponse:
        """As the gateway's own desk shows."""
        order = partial(end_refund_by_hand, is_done=True, reason=form.cleaned_data["reason"])
        return self._do(request, order, object_id=object_id)

    @action(
        description="La pasarela no la hizo",
        url_path="it-did-not",
        permissions=["administer"],
        dialog={
            "title": "La pasarela no muestra la devolución",
            "description": "El dinero queda como saldo a favor del cliente.",
            "form_class": ReasonForm,
            "form_submit_text": "Queda como saldo",
        },
    )
    def it_did_not(self, request: HttpRequest, form: ReasonForm, object_id: str) -> HttpResponse:
        """As the gateway's own desk shows."""
        order = partial(end_refund_by_hand, is_done=False, reason=form.cleaned_data["reason"])
        return self._do(request, order, object_id=object_id)

    def _do(
        self, request: HttpRequest, order: Callable[..., Refund], *, object_id: str
    ) -> HttpResponse:
        def act() -> str:
            refund = order(
                refund_id=UUID(object_id), actor_id=actor_of(request), now=timezone.now()
            )
            return say_where_it_stands(refund)

        return act_and_say(self, request, act, object_id=object_id)
