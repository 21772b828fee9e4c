"""Each class at the desk: who comes, and a button for everything that happens to it."""

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from unfold.decorators import action

from core.admin import ReadOnlyAdmin, ReadOnlyInline, ReasonForm, act_and_say, actor_of
from spa.admin.class_dialogs import (
    AttendanceForm,
    EnrolForm,
    LeaveForm,
    PaymentForm,
    SubstituteForm,
)
from spa.admin.when import WhenFilter, order_by_start
from spa.models import ClassSession, Enrolment
from spa.services.class_counter import take_class_payment
from spa.services.classes import cancel_session, substitute_instructor, take_attendance
from spa.services.enrolment import Wish, enrol, leave


class EnrolmentInline(ReadOnlyInline):
    """Who is in it, was in it, or waits."""

    model = Enrolment
    fields = ["client", "status", "price", "paid", "returned", "hold_expires_at", "joined_at"]
    ordering = ["joined_at"]


@admin.register(ClassSession)
class ClassSessionAdmin(ReadOnlyAdmin):
    """Classes with who is in them; everything that happens to them has its button."""

    list_display = [
        "starts_at", "class_type", "location", "instructor", "room", "seats", "status",
    ]  # fmt: skip
    list_filter = [WhenFilter, "status", "location", "class_type", "instructor"]
    list_select_related = ["class_type", "location", "instructor", "room"]
    search_fields = ["class_type__name", "instructor__display_name"]
    date_hierarchy = "date"
    inlines = [EnrolmentInline]
    actions_detail = ["enrol", "pay", "leave", "attendance", "substitute", "call_off"]

    def get_ordering(self, request: HttpRequest) -> list[str]:
        """What comes next is on top."""
        return order_by_start(request)

    @admin.display(description="cupos")
    def seats(self, session: ClassSession) -> str:
        """How many are taken, and of how many."""
        return f"{session.seats_taken}/{session.capacity}"

    def has_run_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whoever may change classes."""
        return bool(request.user.has_perm("spa.change_classsession"))

    @action(
        description="Inscribir",
        url_path="enrol",
        permissions=["run"],
        dialog={
            "title": "Inscribir a alguien",
            "description": "El cupo se guarda mientras se paga. Si no hay, queda en la lista.",
            "form_class": EnrolForm,
            "form_submit_text": "Inscribir",
        },
    )
    def enrol(self, request: HttpRequest, form: EnrolForm, object_id: str) -> HttpResponse:
        """A seat, or a place in line."""

        def act() -> str:
            placed = enrol(
                client_id=form.cleaned_data["phone"],
                session_id=UUID(object_id),
                wish=Wish(use_credit=form.cleaned_data["use_credit"], wait=True),
                actor_id=actor_of(request),
                now=timezone.now(),
            )
            return str(placed.enrolment.get_status_display())

        return act_and_say(self, request, act, object_id=object_id)

    @action(
        description="Recibir pago",
        url_path="pay",
        permissions=["run"],
        dialog={
            "title": "Recibir el pago de un cupo",
            "description": "Se recibe todo lo que falta y el cupo queda en firme.",
            "form_class": PaymentForm,
            "form_submit_text": "Recibir",
        },
    )
    def pay(self, request: HttpRequest, form: PaymentForm, object_id: str) -> HttpResponse:
        """Money at the desk."""

        def act() -> str:
            place = take_class_payment(
                session_id=UUID(object_id),
                client_id=form.client_id,
                method=form.cleaned_data["method"],
                actor_id=actor_of(request),
                now=timezone.now(),
            )
            return _("Recibido: %(amount)s") % {"amount": place.paid}

        return act_and_say(self, request, act, object_id=object_id)

    @action(
        description="Retirar",
        url_path="leave",
        permissions=["run"],
        dialog={
            "title": "Retirar a alguien",
            "description": "Devuelve lo que dicen las condiciones. Con un motivo, devuelve todo.",
            "form_class": LeaveForm,
            "form_submit_text": "Retirar",
        },
    )
    def leave(self, request: HttpRequest, form: LeaveForm, object_id: str) -> HttpResponse:
        """Somebody does not come."""

        def act() -> str:
            place = leave(
                client_id=form.client_id,
                session_id=UUID(object_id),
                actor_id=actor_of(request),
                waive_reason=form.cleaned_data["waive_reason"],
                now=timezone.now(),
            )
            return _("Saldo a favor: %(amount)s") % {"amount": place.returned}

        return act_and_say(self, request, act, object_id=object_id)

    @action(
        description="Asistencia",
        url_path="attendance",
        permissions=["run"],
        dialog={
            "title": "Tomar asistencia",
            "description": "Marca a quienes vinieron; los demás quedan como ausentes.",
            "form_class": AttendanceForm,
            "form_submit_text": "Guardar",
        },
    )
    def attendance(
        self, request: HttpRequest, form: AttendanceForm, object_id: str
    ) -> HttpResponse:
        """Who was there."""

        def act() -> str:
            present = form.cleaned_data["present"]
            take_attendance(
                session_id=UUID(object_id),
                present=present,
                actor_id=actor_of(request),
                now=timezone.now(),
            )
            return _("Asistieron: %(n)d") % {"n": len(present)}

        return act_and_say(self, request, act, object_id=object_id)

    @action(
        description="Cambiar instructor",
        url_path="substitute",
        permissions=["run"],
        dialog={
            "title": "Cambiar de instructor",
            "description": "Se avisa a quienes tienen cupo.",
            "form_class": SubstituteForm,
            "form_submit_text": "Cambiar",
        },
    )
    def substitute(
        self, request: HttpRequest, form: SubstituteForm, object_id: str
    ) -> HttpResponse:
        """Somebody else gives it."""

        def act() -> str:
            session = substitute_instructor(
                session_id=UUID(object_id),
                instructor_id=form.cleaned_data["instructor"],
                actor_id=actor_of(request),
                now=timezone.now(),
            )
            return _("La dicta %(name)s.") % {"name": session.instructor.display_name}

        return act_and_say(self, request, act, object_id=object_id)

    @action(
        description="Cancelar la clase",
        url_path="call-off",
        permissions=["run"],
        dialog={
            "title": "Cancelar la clase",
            "description": "Todos recuperan lo que pagaron o su sesión de paquete, y se les avisa.",
            "form_class": ReasonForm,
            "form_submit_text": "Cancelar la clase",
        },
    )
    def call_off(self, request: HttpRequest, form: ReasonForm, object_id: str) -> HttpResponse:
        """The studio does not give it."""

        def act() -> str:
            cancel_session(
                session_id=UUID(object_id),
                reason=form.cleaned_data["reason"],
                actor_id=actor_of(request),
                now=timezone.now(),
            )
            return _("La clase quedó cancelada.")

        return act_and_say(self, request, act, object_id=object_id)
