"""What the desk's dialogs have in common: who, why, how it is paid, and how it went."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from core.errors import DomainError
from users.selectors.people import find_person

METHODS = [("cash", "Efectivo"), ("card", "Tarjeta en datáfono"), ("transfer", "Transferencia")]


class ClientForm(BaseDialogForm):
    """Somebody, found by their phone."""

    phone = forms.CharField(
        label="Teléfono del cliente",
        help_text="Con indicativo: +573001112233",
        widget=UnfoldAdminTextInputWidget(),
    )

    def clean_phone(self) -> UUID:
        """Whose it is."""
        person = find_person(phone=self.cleaned_data["phone"].replace(" ", ""))
        if person is None:
            raise ValidationError(_("Nadie tiene ese teléfono."))
        return UUID(str(person.pk))


class ReasonForm(BaseDialogForm):
    """Why; it is kept in the audit log."""

    reason = forms.CharField(
        label="Motivo", min_length=3, max_length=200, widget=UnfoldAdminTextareaWidget()
    )


def carry_out(
    page: admin.ModelAdmin[Any], request: HttpRequest, act: Callable[[], str], object_id: str
) -> HttpResponse:
    """Do it, say how it went, and show the row as it is now."""
    try:
        page.message_user(request, act())
    except DomainError as refusal:
        page.message_user(request, refusal.detail, messages.WARNING)
    label = f"{page.opts.app_label}_{page.opts.model_name}"
    # The dialog lives on that page and asks by itself, so it is told where to go by a header.
    return HttpResponse(headers={"HX-Redirect": reverse(f"admin:{label}_change", args=[object_id])})


def actor_of(request: HttpRequest) -> UUID:
    """Who sits at the desk."""
    return UUID(str(request.user.pk))
