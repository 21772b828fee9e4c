"""What the desk's dialogs have in common: who, why, when, how it is paid."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminTextInputWidget

from users.forms import PersonField

METHODS = [("cash", "Efectivo"), ("card", "Tarjeta en datáfono"), ("transfer", "Transferencia")]


class MomentWidget(UnfoldAdminTextInputWidget):
    """A date and a time, picked as the browser lets one."""

    input_type = "datetime-local"


class ClientForm(BaseDialogForm):
    """Somebody, found by their phone."""

    phone = PersonField()


def refuse_without_reason(typed: dict[str, Any], *favours: str) -> dict[str, Any]:
    """What was typed, unless it does somebody one of these favours and does not say why."""
    if any(typed.get(favour) for favour in favours) and not typed.get("reason"):
        raise ValidationError({"reason": _("Escribe el motivo.")})
    return typed


def on_the_wall(typed: datetime, zone: ZoneInfo) -> datetime:
    """What was typed, as the clock on the wall of the place shows it."""
    return timezone.make_naive(typed).replace(tzinfo=zone)
