"""Strikes and appeals at the desk (SPA-10)."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from unfold.dataclasses import UnfoldAction
from unfold.decorators import action
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from core.admin import ReadOnlyAdmin, ReadOnlyInline, act_and_say, actor_of
from spa.models import AppealStatus, Strike, StrikeAppeal
from spa.selectors.strikes import list_strikes
from spa.services.strikes import answer_appeal, waive_strike

VERDICTS = [("yes", "Aceptar: la falta no cuenta"), ("no", "Rechazar: la falta se mantiene")]


class WaiveForm(BaseDialogForm):
    """Why; it is kept in the audit log."""

    reason = forms.CharField(
        label="Motivo", min_length=3, max_length=200, widget=UnfoldAdminTextareaWidget()
    )


class AnswerForm(BaseDialogForm):
    """What is decided, and what the client is told."""

    verdict = forms.ChoiceField(
        label="Decisión", choices=VERDICTS, widget=UnfoldAdminSelectWidget(choices=VERDICTS)
    )
    answer = forms.CharField(
        label="Respuesta al cliente",
        min_length=3,
        max_length=200,
        widget=UnfoldAdminTextareaWidget(),
    )


class StateFilter(admin.SimpleListFilter):
    """What a strike waits for."""

    title = "situación"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The words."""
        return [
            ("appealed", "Con apelación por decidir"),
            ("counts", "Cuentan"),
            ("waived", "Perdonadas"),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Strike]) -> QuerySet[Strike]:
        """Those rows."""
        match self.value():
            case "appealed":
                return queryset.filter(appeal__status=AppealStatus.OPEN)
            case "counts":
                return queryset.filter(waived_at=None)
            case "waived":
                return queryset.filter(waived_at__isnull=False)
        return queryset


class StrikeAppealInline(ReadOnlyInline):
    """What the client says."""

    model = StrikeAppeal
    fields = ["filed_at", "text", "status", "answer", "decided_by", "decided_at"]


@admin.register(Strike)
class StrikeAdmin(ReadOnlyAdmin):
    """Visits somebody did not come to, or gave up too late."""

    list_display = ["at", "kind", "client", "appointment", "waived_at", "appeal_status"]
    list_filter = [StateFilter, "kind"]
    search_fields = ["client__first_name", "client__last_name", "client__phone"]
    list_select_related = ["client", "appointment", "appeal"]
    date_hierarchy = "at"
    ordering = ["-at"]
    inlines = [StrikeAppealInline]
    actions_detail = ["waive", "answer"]

    @admin.display(description="apelación")
    def appeal_status(self, strike: Strike) -> str:
        """Whether the client said something."""
        appeal = getattr(strike, "appeal", None)
        return appeal.get_status_display() if appeal else "—"

    def has_judge_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whoever may change strikes."""
        return bool(request.user.has_perm("spa.change_strike"))

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[UnfoldAction]:
        """Only what makes sense where the strike stands."""
        strike = list_strikes(client_id=None).filter(pk=object_id).first()
        if strike is None or strike.waived_at is not None:
            return []
        appeal = getattr(strike, "appeal", None)
        is_open = appeal is not None and appeal.status == AppealStatus.OPEN
        found: list[UnfoldAction] = super().get_actions_detail(request, object_id)
        return [one for one in found if is_open or one.method.original_function_name == "waive"]

    @action(
        description="Perdonar",
        url_path="waive",
        permissions=["judge"],
        icon="volunteer_activism",
        dialog={
            "title": "Perdonar la falta",
            "description": "Ya no cuenta. Si el cliente estaba suspendido por faltas y le quedan "
            "menos del límite, vuelve a estar activo.",
            "form_class": WaiveForm,
            "form_submit_text": "Perdonar",
        },
    )
    def waive(self, request: HttpRequest, form: WaiveForm, object_id: str) -> HttpResponse:
        """It counts no more."""

        def forgive() -> str:
            waive_strike(
                strike_id=UUID(object_id),
                reason=form.cleaned_data["reason"],
                actor_id=actor_of(request),
                now=timezone.now(),
            )
            return _("Falta perdonada.")

        return act_and_say(self, request, forgive, object_id=object_id)

    @action(
        description="Responder la apelación",
        url_path="answer",
        permissions=["judge"],
        icon="gavel",
        dialog={
            "title": "Responder la apelación",
            "description": "El cliente recibe la respuesta.",
            "form_class": AnswerForm,
            "form_submit_text": "Responder",
        },
    )
    def answer(self, request: HttpRequest, form: AnswerForm, object_id: str) -> HttpResponse:
        """For or against."""

        def decide() -> str:
            answer_appeal(
                strike_id=UUID(object_id),
                is_upheld=form.cleaned_data["verdict"] == "yes",
                answer=form.cleaned_data["answer"],
                actor_id=actor_of(request),
                now=timezone.now(),
            )
            return _("Apelación respondida.")

        return act_and_say(self, request, decide, object_id=object_id)
