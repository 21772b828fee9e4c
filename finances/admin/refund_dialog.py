"""The button on a payment, online or in person, that gives money of it back (FIN-09)."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from unfold.decorators import action
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from core.admin import ReasonForm, act_and_say, actor_of
from core.ids import uuid7
from core.models import Location
from finances.models import Refund
from finances.models.refunds import DESTINATIONS, SOURCES
from finances.services.refunds import Wish, request_refund


class RefundForm(ReasonForm):
    """How much goes back, and how. Sent twice, it asks once."""

    amount = forms.DecimalField(
        label="Valor", max_digits=12, decimal_places=2, widget=UnfoldAdminTextInputWidget()
    )
    source = forms.ChoiceField(
        label="De dónde sale", choices=SOURCES, widget=UnfoldAdminSelectWidget(choices=SOURCES)
    )
    destination = forms.ChoiceField(
        label="A dónde va",
        choices=DESTINATIONS,
        widget=UnfoldAdminSelectWidget(choices=DESTINATIONS),
    )
    location = forms.ModelChoiceField(
        label="Sede donde se entrega el efectivo",
        queryset=Location.objects.order_by("name"),
        required=False,
        widget=UnfoldAdminSelectWidget(),
    )
    refund_id = forms.UUIDField(initial=uuid7, widget=forms.HiddenInput())
    field_order = ("amount", "source", "destination", "location", "reason")


class RefundButton(admin.ModelAdmin[Any]):
    """A page of payments whose money can go back."""

    def has_give_back_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whoever may add refunds."""
        return bool(request.user.has_perm("finances.add_refund"))

    @action(
        description="Devolver dinero",
        url_path="give-back",
        permissions=["give_back"],
        icon="undo",
        dialog={
            "title": "Devolver dinero de este pago",
            "description": "Por encima del límite de las reglas de dinero lo aprueba otra persona. "
            "El cliente recibe un mensaje cuando está hecha.",
            "form_class": RefundForm,
            "form_submit_text": "Devolver",
        },
    )
    def give_back(self, request: HttpRequest, form: RefundForm, object_id: str) -> HttpResponse:
        """Promise it at once, or ask for somebody to agree."""
        typed = form.cleaned_data
        wish = Wish(
            payment_id=UUID(object_id),
            amount=typed["amount"],
            source=typed["source"],
            destination=typed["destination"],
            reason=typed["reason"],
            location_id=typed["location"].pk if typed["location"] else None,
        )

        def ask() -> str:
            refund = request_refund(
                refund_id=typed["refund_id"],
                wish=wish,
                actor_id=actor_of(request),
                now=timezone.now(),
            )
            return say_where_it_stands(refund)

        return act_and_say(self, request, ask, object_id=object_id)


def say_where_it_stands(refund: Refund) -> str:
    """For whoever pressed a button."""
    return _("Devolución: %(state)s") % {"state": refund.get_state_display()}
