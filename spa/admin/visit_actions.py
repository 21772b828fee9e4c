"""What a receptionist does with a visit: buttons that call services, each where it makes sense."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from unfold.dataclasses import UnfoldAction
from unfold.decorators import action
from unfold.forms import BaseDialogForm
from unfold.widgets import (
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminSelect2MultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from core.admin import act_and_say, actor_of
from core.ids import uuid7
from finances.types import split
from spa.admin.dialogs import METHODS, refuse_without_reason
from spa.admin.visit_booking import BookingDesk
from spa.admin.visit_moving import MovingDesk
from spa.domain.lifecycle import AHEAD, OWING
from spa.domain.lifecycle import AppointmentStatus as Status
from spa.models import Appointment, StaffMember
from spa.services.attendance import (
    check_in,
    check_in_by_code,
    complete,
    mark_no_show,
    undo_check_in,
)
from spa.services.cancellation import cancel_appointment
from spa.services.counter import take_payment
from spa.steps.cancelling import Cancelling

# Where each button makes sense; what the service says goes.
BUTTONS: dict[str, frozenset[Status]] = {
    "check_in": frozenset({Status.CONFIRMED, Status.NO_SHOW}),
    "undo_check_in": frozenset({Status.CHECKED_IN}),
    "complete": frozenset({Status.CONFIRMED, Status.CHECKED_IN}),
    "take_payment": OWING,
    "no_show": frozenset({Status.CONFIRMED, Status.CHECKED_IN}),
    "reschedule": AHEAD,
    "cancel": AHEAD,
}


class CodeForm(BaseDialogForm):
    """The code a client shows."""

    code = forms.CharField(
        label="Código", max_length=20, widget=UnfoldAdminTextInputWidget(attrs={"autofocus": True})
    )


class ReasonForm(BaseDialogForm):
    """Why, where the desk takes something back."""

    reason = forms.CharField(
        label="Motivo",
        required=False,
        max_length=160,
        help_text="Necesario para corregir algo que ya se había registrado.",
        widget=UnfoldAdminTextareaWidget(),
    )


class CancelForm(BaseDialogForm):
    """Why, and whether the terms are waived."""

    reason = forms.CharField(
        label="Motivo", required=False, max_length=160, widget=UnfoldAdminTextareaWidget()
    )
    is_waived = forms.BooleanField(
        label="Devolver todo y no contar falta",
        required=False,
        help_text="Sin marcar, se aplican las condiciones que el cliente aceptó.",
        widget=UnfoldBooleanSwitchWidget(),
    )

    def clean(self) -> dict[str, Any]:
        """Who waives says why."""
        return refuse_without_reason(super().clean() or {}, "is_waived")


class PaymentForm(BaseDialogForm):
    """Money that is handed over. Sent twice, it is taken once."""

    amount = forms.DecimalField(
        label="Valor", min_value=0, decimal_places=2, widget=UnfoldAdminDecimalFieldWidget()
    )
    tip = forms.DecimalField(
        label="Propina",
        min_value=0,
        decimal_places=2,
        initial=0,
        widget=UnfoldAdminDecimalFieldWidget(),
    )
    tip_for = forms.ModelMultipleChoiceField(
        StaffMember.objects.order_by("display_name", "pk"),
        label="Propina para",
        required=False,
        help_text="Nadie marcado: quien presta el servicio. Varios: en partes iguales.",
        widget=UnfoldAdminSelect2MultipleWidget(),
    )
    method = forms.ChoiceField(
        label="Cómo paga", choices=METHODS, widget=UnfoldAdminSelectWidget(choices=METHODS)
    )
    payment_id = forms.UUIDField(initial=uuid7, widget=forms.HiddenInput())

    def __init__(self, request: HttpRequest, object_id: Any = None, **more: Any) -> None:
        super().__init__(request, object_id, **more)
        visit = Appointment.objects.filter(pk=object_id).first()
        if visit is not None:
            is_held = visit.status == Status.PENDING_PAYMENT
            owed = visit.deposit if is_held else visit.outstanding
            self.fields["amount"].initial = owed

    def clean(self) -> dict[str, Any]:
        """Whoever is to have a tip is named for one that is given."""
        typed: dict[str, Any] = super().clean() or {}
        if typed.get("tip_for") and not typed.get("tip"):
            raise ValidationError({"tip": _("Escribe la propina que se reparte.")})
        return typed

    def tips(self, currency: str) -> dict[UUID, Decimal]:
        """What each of those who are named gets, to the peso."""
        team, tip = list(self.cleaned_data["tip_for"]), self.cleaned_data["tip"]
        parts = split(tip, [tip] * len(team), currency=currency) if team else ()
        return {member.pk: part for member, part in zip(team, parts, strict=True)}


def _dialog(title: str, description: str, form: type[BaseDialogForm], submit: str) -> Any:
    return {
        "title": title,
        "description": description,
        "form_class": form,
        "form_submit_text": submit,
    }


class VisitDesk(MovingDesk, BookingDesk):
    """The buttons of a visit's page, and the one that reads a code."""

    actions_list = ["book", "check_in_by_code"]
    actions_detail = list(BUTTONS)

    def has_serve_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whoever may change visits."""
        return bool(request.user.has_perm("spa.change_appointment"))

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[UnfoldAction]:
        """Only what makes sense where the visit stands."""
        visit = self.get_object(request, str(object_id))
        found: list[UnfoldAction] = super().get_actions_detail(request, object_id)
        return [
            one
            for one in found
            if visit and visit.status in BUTTONS[one.method.original_function_name]
        ]

    @action(
        description="Llegada por código",
        url_path="check-in-by-code",
        permissions=["serve"],
        icon="qr_code_scanner",
        dialog=_dialog("Llegada por código", "Lee el QR o escribe el código.", CodeForm, "Llegó"),
    )
    def check_in_by_code(self, request: HttpRequest, form: CodeForm) -> HttpResponse:
        """Somebody shows a code."""

        def come() -> str:
            visit = check_in_by_code(code=form.cleaned_data["code"], **_now(request))
            return _("Llegó: %(visit)s") % {"visit": visit.title}

        return act_and_say(self, request, come)

    @action(
        description="Llegó",
        url_path="check-in",
        permissions=["serve"],
        icon="login",
        dialog=_dialog("Registrar la llegada", "El cliente está aquí.", ReasonForm, "Llegó"),
    )
    def check_in(self, request: HttpRequest, form: ReasonForm, object_id: str) -> HttpResponse:
        """Somebody is here."""
        return self._step(request, form, object_id, check_in, _("Llegada registrada."))

    @action(
        description="Deshacer llegada",
        url_path="undo-check-in",
        permissions=["serve"],
        icon="undo",
        dialog=_dialog(
            "Deshacer la llegada", "La cita se espera otra vez.", ReasonForm, "Deshacer"
        ),
    )
    def undo_check_in(self, request: HttpRequest, form: ReasonForm, object_id: str) -> HttpResponse:
        """It was somebody else."""
        return self._step(request, form, object_id, undo_check_in, _("La cita se espera otra vez."))

    @action(
        description="Completar",
        url_path="complete",
        permissions=["serve"],
        icon="check_circle",
        dialog=_dialog(
            "Completar la cita",
            "Lo que no esté pagado queda como deuda y no deja reservar de nuevo.",
            BaseDialogForm,
            "Completar",
        ),
    )
    def complete(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        """Somebody has been served."""

        def finish() -> str:
            complete(appointment_id=UUID(object_id), **_now(request))
            return _("Cita completada.")

        return act_and_say(self, request, finish, object_id=object_id)

    @action(
        description="No asistió",
        url_path="no-show",
        permissions=["serve"],
        icon="person_off",
        dialog=_dialog(
            "Registrar una inasistencia",
            "Se aplican las condiciones que el cliente aceptó y cuenta como falta.",
            ReasonForm,
            "No asistió",
        ),
    )
    def no_show(self, request: HttpRequest, form: ReasonForm, object_id: str) -> HttpResponse:
        """Nobody came."""
        return self._step(request, form, object_id, mark_no_show, _("Inasistencia registrada."))

    @action(
        description="Cancelar",
        url_path="cancel",
        permissions=["serve"],
        icon="event_busy",
        dialog=_dialog(
            "Cancelar la cita",
            "Su horario queda libre al instante.",
            CancelForm,
            "Cancelar la cita",
        ),
    )
    def cancel(self, request: HttpRequest, form: CancelForm, object_id: str) -> HttpResponse:
        """By the terms, or with all that was paid back."""

        def give_up() -> str:
            why = Cancelling(
                actor_id=actor_of(request),
                by_staff=True,
                is_waived=form.cleaned_data["is_waived"],
                reason=form.cleaned_data["reason"],
            )
            done = cancel_appointment(
                appointment_id=UUID(object_id), client_id=None, why=why, now=timezone.now()
            )
            return _("Cancelada. Saldo a favor: %(credit)s. Retenido: %(kept)s.") % {
                "credit": done.decision.credit,
                "kept": done.decision.kept,
            }

        return act_and_say(self, request, give_up, object_id=object_id)

    @action(
        description="Recibir pago",
        url_path="take-payment",
        permissions=["serve"],
        icon="payments",
        dialog=_dialog(
            "Recibir un pago",
            "Un anticipo confirma la cita. Lo que pase de lo que se debe es propina.",
            PaymentForm,
            "Recibir",
        ),
    )
    def take_payment(self, request: HttpRequest, form: PaymentForm, object_id: str) -> HttpResponse:
        """Cash, card or transfer."""

        def receive() -> str:
            currency = Appointment.objects.values_list("currency", flat=True).get(pk=object_id)
            visit = take_payment(
                appointment_id=UUID(object_id),
                method=form.cleaned_data["method"],
                amount=form.cleaned_data["amount"],
                tip=form.cleaned_data["tip"],
                tips=form.tips(currency),
                payment_id=form.cleaned_data["payment_id"],
                **_now(request),
            )
            told = _("Pago recibido. Falta por pagar: %(left)s.")
            return told % {"left": visit.outstanding}

        return act_and_say(self, request, receive, object_id=object_id)

    def _step(
        self,
        request: HttpRequest,
        form: ReasonForm,
        object_id: str,
        act: Callable[..., Any],
        said: str,
    ) -> HttpResponse:
        def step() -> str:
            reason = form.cleaned_data["reason"]
            act(appointment_id=UUID(object_id), reason=reason, **_now(request))
            return said

        return act_and_say(self, request, step, object_id=object_id)


def _now(request: HttpRequest) -> dict[str, Any]:
    return {"actor_id": actor_of(request), "now": timezone.now()}
