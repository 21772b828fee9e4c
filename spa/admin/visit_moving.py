"""The button that moves a visit (SPA-11)."""

from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from unfold.decorators import action
from unfold.forms import BaseDialogForm
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldBooleanSwitchWidget,
)

from core.admin import ReadOnlyAdmin, act_and_say, actor_of
from spa.admin.dialogs import MomentWidget, on_the_wall, refuse_without_reason
from spa.models import StaffMember
from spa.selectors.appointments import get_appointment
from spa.selectors.catalogue import list_staff
from spa.services.rescheduling import reschedule_appointment
from spa.steps.moving import Moving


class MoveForm(BaseDialogForm):
    """Where to, with whom, and whether the visit's terms are set aside."""

    start = forms.DateTimeField(label="Nueva hora (de la sede)", widget=MomentWidget())
    staff = forms.ModelChoiceField[StaffMember](
        queryset=StaffMember.objects.none(),
        label="Con quién",
        required=False,
        empty_label="Quien la atiende ahora, o quien esté libre",
        widget=UnfoldAdminSelectWidget(),
    )
    reason = forms.CharField(
        label="Motivo", required=False, max_length=140, widget=UnfoldAdminTextareaWidget()
    )
    is_override = forms.BooleanField(
        label="Aunque las condiciones de la cita no lo permitan",
        required=False,
        widget=UnfoldBooleanSwitchWidget(),
    )
    counts = forms.BooleanField(
        label="Cuenta como una de las reprogramaciones del cliente",
        required=False,
        widget=UnfoldBooleanSwitchWidget(),
    )

    def __init__(self, request: HttpRequest, object_id: Any = None, **more: Any) -> None:
        super().__init__(request, object_id, **more)
        self.fields["staff"].queryset = list_staff()

    def clean(self) -> dict[str, Any]:
        """Who overrides says why."""
        return refuse_without_reason(super().clean() or {}, "is_override")


class MovingDesk(ReadOnlyAdmin):
    """The button on a visit's page."""

    @action(
        description="Reprogramar",
        url_path="reschedule",
        permissions=["serve"],
        icon="event_repeat",
        dialog={
            "title": "Reprogramar la cita",
            "description": "Precios y anticipo no cambian. Se le avisa al cliente.",
            "form_class": MoveForm,
            "form_submit_text": "Reprogramar",
        },
    )
    def reschedule(self, request: HttpRequest, form: MoveForm, object_id: str) -> HttpResponse:
        """The visit has its new time, or keeps the old one."""

        def move() -> str:
            zone = get_appointment(appointment_id=UUID(object_id), client_id=None).location.zone
            staff = form.cleaned_data["staff"]
            moved = reschedule_appointment(
                appointment_id=UUID(object_id),
                client_id=None,
                moving=Moving(
                    start=on_the_wall(form.cleaned_data["start"], zone),
                    staff_id=staff.pk if staff else None,
                    actor_id=actor_of(request),
                    by_staff=True,
                    is_override=form.cleaned_data["is_override"],
                    counts=form.cleaned_data["counts"],
                    reason=form.cleaned_data["reason"],
                ),
                now=timezone.now(),
            )
            when = moved.starts_at.astimezone(zone)
            return _("La cita quedó para el %(when)s.") % {"when": f"{when:%Y-%m-%d %H:%M}"}

        return act_and_say(self, request, move, object_id=object_id)
