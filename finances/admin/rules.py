"""The rules of money."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget

from core.admin import BusinessSettingsAdmin
from finances.models import FinanceSettings
from finances.registry import list_sellables
from finances.types import Scope


class RulesForm(forms.ModelForm[FinanceSettings]):
    """The service that is given is chosen by its name."""

    vip_reward_service = forms.TypedChoiceField(
        label=_("VIP, servicio que se regala"),
        help_text=_("Con un cupón personal por su precio. Si ya no se ofrece, se da el saldo."),
        required=False,
        coerce=UUID,
        empty_value=None,
        widget=UnfoldAdminSelectWidget,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["vip_reward_service"]
        field.choices = [("", "—"), *list_sellables(Scope.SERVICES)]


@admin.register(FinanceSettings)
class FinanceSettingsAdmin(BusinessSettingsAdmin):
    """The poller's rhythm, how long credit lasts, what members get."""

    form = RulesForm
