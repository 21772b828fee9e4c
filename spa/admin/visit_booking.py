"""The button that books for somebody who calls or walks in."""

from datetime import datetime
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from unfold.decorators import action
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectMultipleWidget,
    UnfoldAdminTextareaWidget,
    UnfoldBooleanSwitchWidget,
)

from core.admin import ReadOnlyAdmin, actor_of
from core.errors import DomainError
from spa import errors
from spa.admin.dialogs import MomentWidget, on_the_wall, refuse_without_reason
from spa.admin.wish_form import WishForm
from spa.models import AddOn
from spa.selectors.availability import Wish
from spa.services.desk_booking import Favour, book_for_client

MOST_PEOPLE = 4


class BookForm(WishForm):
    """When, for how many, and what is done against the rules."""

    start = forms.DateTimeField(label="Hora (de la sede)", widget=MomentWidget())
    add_ons = forms.ModelMultipleChoiceField(
        AddOn.objects.filter(is_active=True).order_by("name"),
        label="Adicionales",
        required=False,
        widget=UnfoldAdminSelectMultipleWidget(),
    )
    party = forms.IntegerField(
        label="Cuántas personas, a la vez",
        min_value=1,
        max_value=MOST_PEOPLE,
        initial=1,
        widget=UnfoldAdminIntegerFieldWidget(),
    )
    notes = forms.CharField(
        label="Notas",
        required=False,
        max_length=500,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
    )
    waives_deposit = forms.BooleanField(
        label="Sin anticipo: queda confirmada", required=False, widget=UnfoldBooleanSwitchWidget()
    )
    is_override = forms.BooleanField(
        label="Aunque pase sus límites, deba algo o sea para ya",
        required=False,
        widget=UnfoldBooleanSwitchWidget(),
    )
    reason = forms.CharField(
        label="Motivo de la excepción",
        required=False,
        max_length=160,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
    )

    def clean(self) -> dict[str, Any]:
        """Favours are for a reason."""
        return refuse_without_reason(super().clean() or {}, "waives_deposit", "is_override")

    @property
    def order(self) -> dict[str, Any]:
        """What `book_for_client` is asked for."""
        typed = self.cleaned_data
        services = [service.pk for service in typed["services"]]
        add_ons = [add_on.pk for add_on in typed["add_ons"]]
        return {
            "client_id": typed["phone"],
            "service_ids": services,
            "add_on_ids": add_ons,
            "guests": [Wish(services, None, add_ons)] * (typed["party"] - 1),
            "start": on_the_wall(typed["start"], typed["location"].zone),
            "location_id": typed["location"].pk,
            "staff_id": typed["staff"].pk if typed["staff"] else None,
            "notes": typed["notes"],
            "favour": Favour(typed["is_override"], typed["waives_deposit"], typed["reason"]),
        }


DIALOG = {
    "title": "Nueva cita",
    "description": "Para quien llama o llega. Se le avisa al cliente.",
    "form_class": BookForm,
    "form_submit_text": "Reservar",
}


class BookingDesk(ReadOnlyAdmin):
    """The button above the list of visits."""

    @action(
        description="Nueva cita",
        url_path="book",
        permissions=["serve"],
        icon="event_available",
        dialog=DIALOG,
    )
    def book(self, request: HttpRequest, form: BookForm) -> HttpResponse:
        """The visit's page, or the dialog again with what was typed and why it was refused."""
        try:
            booked = book_for_client(
                **form.order, actor_id=actor_of(request), now=timezone.now()
            ).appointment
        except DomainError as refusal:
            form.add_error(None, _in_words(refusal))
            shown = {"dialog": DIALOG, "form": form, "form_submit_text": DIALOG["form_submit_text"]}
            return render(request, "unfold/helpers/dialog.html", shown)
        told = _("Reservada: %(visit)s. Anticipo por pagar: %(due)s.")
        due = booked.deposit if booked.hold_expires_at else 0
        self.message_user(request, told % {"visit": booked.title, "due": due})
        page = reverse("admin:spa_appointment_change", args=[booked.pk])
        return HttpResponse(headers={"HX-Redirect": page})


def _in_words(refusal: DomainError) -> str:
    """The refusal, and when it could be instead."""
    if not isinstance(refusal, errors.SlotTaken):
        return refusal.detail
    free = [datetime.fromisoformat(one["start"]) for one in refusal.facts["alternatives"]]
    times = ", ".join(f"{start:%Y-%m-%d %H:%M}" for start in free) or _("ninguno esta semana")
    return _("%(detail)s Libres: %(times)s.") % {"detail": refusal.detail, "times": times}
