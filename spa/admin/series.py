"""Series at the desk: booked, looked at, moved, cancelled, paid for."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from unfold.decorators import action
from unfold.forms import BaseDialogForm
from unfold.widgets import (
    UnfoldAdminDateWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTimeWidget,
    UnfoldBooleanSwitchWidget,
)

from core.admin import ReadOnlyAdmin, ReadOnlyInline, act_and_say, actor_of
from core.models import Weekday
from spa.admin.dialogs import METHODS
from spa.admin.visit_actions import CancelForm
from spa.admin.wish_form import WishForm
from spa.domain.recurrence import MOST
from spa.domain.series import Scope, SeriesPayment
from spa.models import Appointment, AppointmentSeries, StaffMember
from spa.models.series import PAYMENTS
from spa.services.series import Mode, book_series
from spa.services.series_cancellation import cancel_series
from spa.services.series_deposits import take_series_payment
from spa.services.series_moves import Change, Grounds, move_series
from spa.steps.cancelling import Cancelling
from spa.steps.series_planning import SeriesOrder

RULES = [
    ("FREQ=WEEKLY", "Cada semana"),
    ("FREQ=WEEKLY;INTERVAL=2", "Cada dos semanas"),
    ("FREQ=MONTHLY", "Cada mes, el mismo día"),
    ("FREQ=DAILY", "Todos los días"),
]
SCOPES = [(Scope.ALL.value, "Todas las que faltan"), (Scope.FOLLOWING.value, "Desde un día")]
NO_CHANGE = ("", "—")
TEAM = StaffMember.objects.filter(is_bookable=True).order_by("position", "display_name")


class SeriesForm(WishForm):
    """When, how often, and how it is paid."""

    day = forms.DateField(label="Primer día", widget=UnfoldAdminDateWidget())
    time = forms.TimeField(label="Hora", widget=UnfoldAdminTimeWidget())
    rule = forms.ChoiceField(
        label="Se repite", choices=RULES, widget=UnfoldAdminSelectWidget(choices=RULES)
    )
    count = forms.IntegerField(
        label="Cuántas citas",
        min_value=1,
        max_value=MOST,
        initial=4,
        widget=UnfoldAdminIntegerFieldWidget(),
    )
    payment = forms.ChoiceField(
        label="Anticipos", choices=PAYMENTS, widget=UnfoldAdminSelectWidget(choices=PAYMENTS)
    )
    only_free = forms.BooleanField(
        label="Reservar solo los días libres",
        required=False,
        help_text="Sin marcar, se reservan todos o ninguno.",
        widget=UnfoldBooleanSwitchWidget(),
    )

    def order(self, request: HttpRequest) -> SeriesOrder:
        """What the desk asks for."""
        typed = self.cleaned_data
        zone = typed["location"].zone
        return SeriesOrder(
            client_id=typed["phone"],
            service_ids=[service.pk for service in typed["services"]],
            start=datetime.combine(typed["day"], typed["time"], tzinfo=zone),
            rule=f"{typed['rule']};COUNT={typed['count']}",
            staff_id=typed["staff"].pk if typed["staff"] else None,
            location_id=typed["location"].pk,
            payment=SeriesPayment(typed["payment"]),
            booked_by=actor_of(request),
        )


class ScopeForm(BaseDialogForm):
    """How much of the series."""

    scope = forms.ChoiceField(
        label="Cuáles", choices=SCOPES, widget=UnfoldAdminSelectWidget(choices=SCOPES)
    )
    occurrence = forms.DateField(
        label="Desde la cita del día",
        required=False,
        help_text="El día que le dio la serie, como aparece en la lista de citas.",
        widget=UnfoldAdminDateWidget(),
    )


class CancelSeriesForm(ScopeForm, CancelForm):
    """What is cancelled, why, and whether the terms are waived."""


class MoveSeriesForm(ScopeForm):
    """What becomes different."""

    time = forms.TimeField(label="Nueva hora", required=False, widget=UnfoldAdminTimeWidget())
    weekday = forms.TypedChoiceField(
        label="Nuevo día de la semana",
        required=False,
        choices=[NO_CHANGE, *Weekday.choices],
        coerce=int,
        empty_value=None,
        widget=UnfoldAdminSelectWidget(choices=[NO_CHANGE, *Weekday.choices]),
    )
    staff = forms.ModelChoiceField(
        TEAM,
        label="Con otra persona",
        required=False,
        widget=UnfoldAdminSelectWidget(),
    )


class MethodForm(BaseDialogForm):
    """How somebody pays."""

    method = forms.ChoiceField(
        label="Cómo paga", choices=METHODS, widget=UnfoldAdminSelectWidget(choices=METHODS)
    )


class VisitInline(ReadOnlyInline):
    """Its visits."""

    model = Appointment
    fk_name = "series"
    fields = ["occurrence", "starts_at", "staff", "status", "hold_expires_at", "total", "paid"]
    readonly_fields = fields
    ordering = ["occurrence"]
    show_change_link = True


@admin.register(AppointmentSeries)
class AppointmentSeriesAdmin(ReadOnlyAdmin):
    """Series: what was asked for; their life goes through services."""

    list_display = ["starts_on", "wall_time", "title", "client", "rule", "status", "location"]
    list_filter = ["status", "location", "payment"]
    list_select_related = ["client", "location"]
    date_hierarchy = "booked_at"
    search_fields = ["client__first_name", "client__last_name", "client__phone", "title"]
    ordering = ["-booked_at"]
    inlines = [VisitInline]
    actions_list = ["book"]
    actions_detail = ["take_payment", "move", "cancel"]

    def has_serve_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whoever may change visits."""
        return bool(request.user.has_perm("spa.change_appointment"))

    @action(
        description="Reservar una serie",
        url_path="book",
        permissions=["serve"],
        icon="event_repeat",
        dialog={
            "title": "Reservar una serie",
            "description": "Las citas quedan apartadas hasta recibir el primer pago.",
            "form_class": SeriesForm,
            "form_submit_text": "Reservar",
        },
    )
    def book(self, request: HttpRequest, form: SeriesForm) -> HttpResponse:
        """All days, or those that are free."""

        def book() -> str:
            mode = Mode.FREE if form.cleaned_data["only_free"] else Mode.ALL
            booked = book_series(order=form.order(request), mode=mode, now=timezone.now())
            failed = ", ".join(row["date"] for row in booked.conflicts)
            if failed:
                return _("Serie reservada, menos estos días: %(days)s.") % {"days": failed}
            return _("Serie reservada.")

        return act_and_say(self, request, book)

    @action(
        description="Recibir el pago",
        url_path="take-payment",
        permissions=["serve"],
        icon="payments",
        dialog={
            "title": "Recibir el pago de la serie",
            "description": "Deja en firme todas sus citas.",
            "form_class": MethodForm,
            "form_submit_text": "Recibir",
        },
    )
    def take_payment(self, request: HttpRequest, form: MethodForm, object_id: str) -> HttpResponse:
        """Cash, card or transfer."""

        def receive() -> str:
            take_series_payment(
                series_id=UUID(object_id),
                method=form.cleaned_data["method"],
                actor_id=actor_of(request),
                now=timezone.now(),
            )
            return _("Pago recibido: la serie está en firme.")

        return act_and_say(self, request, receive, object_id=object_id)

    @action(
        description="Cambiar",
        url_path="move",
        permissions=["serve"],
        icon="edit_calendar",
        dialog={
            "title": "Cambiar la serie",
            "description": "Se cambian todas las citas elegidas, o ninguna.",
            "form_class": MoveSeriesForm,
            "form_submit_text": "Cambiar",
        },
    )
    def move(self, request: HttpRequest, form: MoveSeriesForm, object_id: str) -> HttpResponse:
        """Another time, weekday or person."""

        def move() -> str:
            typed = form.cleaned_data
            move_series(
                series_id=UUID(object_id),
                client_id=None,
                scope=Scope(typed["scope"]),
                named=typed["occurrence"],
                change=Change(
                    typed["time"], typed["weekday"], typed["staff"].pk if typed["staff"] else None
                ),
                grounds=Grounds(actor_of(request), by_staff=True),
                now=timezone.now(),
            )
            return _("Serie cambiada.")

        return act_and_say(self, request, move, object_id=object_id)

    @action(
        description="Cancelar",
        url_path="cancel",
        permissions=["serve"],
        icon="event_busy",
        dialog={
            "title": "Cancelar la serie",
            "description": "Cada cita, por las condiciones que el cliente aceptó.",
            "form_class": CancelSeriesForm,
            "form_submit_text": "Cancelar",
        },
    )
    def cancel(self, request: HttpRequest, form: CancelSeriesForm, object_id: str) -> HttpResponse:
        """By the terms, or with all that was paid back."""

        def give_up() -> str:
            typed = form.cleaned_data
            done = cancel_series(
                series_id=UUID(object_id),
                client_id=None,
                scope=Scope(typed["scope"]),
                named=typed["occurrence"],
                why=Cancelling(
                    actor_of(request), True, is_waived=typed["is_waived"], reason=typed["reason"]
                ),
                now=timezone.now(),
            )
            credit = sum(one.decision.credit for one in done.cancelled)
            return _("Citas canceladas: %(n)d. Saldo a favor: %(credit)s.") % {
                "n": len(done.cancelled),
                "credit": credit,
            }

        return act_and_say(self, request, give_up, object_id=object_id)
