"""What the desk asks when it books for somebody: who, what, where, with whom."""

from django import forms
from unfold.widgets import (
    UnfoldAdminSelectMultipleWidget,
    UnfoldAdminSelectWidget,
)

from core.models import Location
from spa.admin.dialogs import ClientForm
from spa.models import Service, StaffMember


class WishForm(ClientForm):
    """For whom, what, where, with whom."""

    services = forms.ModelMultipleChoiceField(
        Service.objects.filter(is_online_bookable=True).order_by("name"),
        label="Servicios",
        widget=UnfoldAdminSelectMultipleWidget(),
    )
    location = forms.ModelChoiceField(
        Location.objects.filter(is_open_to_public=True).order_by("name"),
        label="Sede",
        widget=UnfoldAdminSelectWidget(),
    )
    staff = forms.ModelChoiceField(
        StaffMember.objects.filter(is_bookable=True).order_by("position", "display_name"),
        label="Con quién",
        required=False,
        empty_label="Quien esté libre",
        widget=UnfoldAdminSelectWidget(),
    )
