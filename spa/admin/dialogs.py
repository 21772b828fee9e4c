"""What the desk's dialogs have in common: who, why, when, how it is paid."""

from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from users.selectors.people import find_person

METHODS = [("cash", "Efectivo"), ("card", "Tarjeta en datáfono"), ("transfer", "Transferencia")]


class MomentWidget(UnfoldAdminTextInputWidget):
    """A date and a time, picked as the browser lets one."""

    input_type = "datetime-local"


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


def refuse_without_reason(typed: dict[str, Any], *favours: str) -> dict[str, Any]:
    """What was typed, unless it does somebody one of these favours and does not say why."""
    if any(typed.get(favour) for favour in favours) and not typed.get("reason"):
        raise ValidationError({"reason": _("Escribe el motivo.")})
    return typed


def on_the_wall(typed: datetime, zone: ZoneInfo) -> datetime:
    """What was typed, as the clock on the wall of the place shows it."""
    return timezone.make_naive(typed).replace(tzinfo=zone)
