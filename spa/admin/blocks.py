"""Blocked time at the desk, and calendars of elsewhere."""

from functools import partial
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from unfold.decorators import action
from unfold.forms import BaseDialogForm
from unfold.widgets import (
    UnfoldAdminPasswordWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from core.admin import AuditedAdmin, ReadOnlyAdmin, ReadOnlyInline, act_and_say, actor_of
from spa.admin.dialogs import MomentWidget, on_the_wall
from spa.models import Block, BlockKind, BlockOccurrence, CalendarImport, Resource
from spa.selectors.resources import get_resource, zone_of
from spa.services.blocking import block_time, lift_block
from spa.steps.outside_time import give_back_outside_time

IF_BUSY = [("refuse", "No bloquear nada"), ("skip", "Omitir esas fechas")]


class BlockForm(BaseDialogForm):
    """From when to when, why, and how often again."""

    kind = forms.ChoiceField(
        label="Tipo",
        choices=BlockKind.choices,
        widget=UnfoldAdminSelectWidget(choices=BlockKind.choices),
    )
    begin = forms.DateTimeField(label="Desde", widget=MomentWidget())
    end = forms.DateTimeField(label="Hasta", widget=MomentWidget())
    reason = forms.CharField(
        label="Motivo", max_length=200, required=False, widget=UnfoldAdminTextInputWidget()
    )
    rule = forms.CharField(
        label="Repetición",
        max_length=200,
        required=False,
        help_text="RFC 5545, por ejemplo FREQ=WEEKLY;COUNT=10. Vacío: una sola vez",
        widget=UnfoldAdminTextInputWidget(),
    )
    if_busy = forms.ChoiceField(
        label="Si ya hay algo reservado",
        choices=IF_BUSY,
        widget=UnfoldAdminSelectWidget(choices=IF_BUSY),
    )

    def block(self, resource_id: UUID, request: HttpRequest) -> str:
        """Take the time of somebody or something; says what was taken and what left out."""
        typed, zone = self.cleaned_data, zone_of(get_resource(resource_id=resource_id))
        blocked = block_time(
            resource_id=resource_id,
            kind=typed["kind"],
            reason=typed["reason"],
            begin=on_the_wall(typed["begin"], zone),
            end=on_the_wall(typed["end"], zone),
            rule=typed["rule"],
            if_busy=typed["if_busy"],
            actor_id=actor_of(request),
            now=timezone.now(),
        )
        taken = sum(one.status == "taken" for one in blocked.occurrences)
        omitted = len(blocked.occurrences) - taken
        told = _("Bloqueado: %(taken)d. Omitido: %(omitted)d.")
        return told % {"taken": taken, "omitted": omitted}


class NewBlockForm(BlockForm):
    """The same, of whom or what."""

    resource = forms.ModelChoiceField(
        Resource.objects.order_by("kind", "name"),
        label="De quién o qué",
        widget=UnfoldAdminSelectWidget(),
    )
    field_order = ("resource",)


def dialog(form: type[BlockForm]) -> Any:
    """The dialog that blocks time."""
    return {
        "title": "Bloquear tiempo",
        "description": "En ese tiempo no se ofrece nada. Lo que ya está reservado se queda.",
        "form_class": form,
        "form_submit_text": "Bloquear",
    }


class BlocksTime:
    """A page of somebody or something whose time can be blocked."""

    actions_detail = ["block"]

    def resource_id_of(self, object_id: str) -> UUID:
        """Whose time it is."""
        return UUID(object_id)

    @action(
        description="Bloquear tiempo",
        url_path="block",
        permissions=["block"],
        dialog=dialog(BlockForm),
    )
    def block(self, request: HttpRequest, form: BlockForm, object_id: str) -> HttpResponse:
        """Take the time, once or by rule."""
        block = partial(form.block, self.resource_id_of(object_id), request)
        return act_and_say(self, request, block, object_id=object_id)  # type: ignore[arg-type]

    def has_block_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whoever may add blocks."""
        return bool(request.user.has_perm("spa.add_block"))


class BlockOccurrenceInline(ReadOnlyInline):
    """Each time it happens."""

    model = BlockOccurrence
    fields = ["starts_at", "ends_at", "status"]
    ordering = ["starts_at"]


@admin.register(Block)
class BlockAdmin(ReadOnlyAdmin):
    """What is blocked."""

    list_display = ["resource", "kind", "reason", "starts_at", "ends_at", "rule", "lifted_at"]
    list_filter = ["kind", "resource", ("lifted_at", admin.EmptyFieldListFilter)]
    list_select_related = ["resource"]
    date_hierarchy = "starts_at"
    ordering = ["-starts_at"]
    inlines = [BlockOccurrenceInline]
    actions_list = ["block"]
    actions_detail = ["lift"]

    @action(
        description="Bloquear tiempo",
        url_path="block",
        permissions=["block"],
        icon="block",
        dialog=dialog(NewBlockForm),
    )
    def block(self, request: HttpRequest, form: NewBlockForm) -> HttpResponse:
        """Of anybody or anything; on their own pages it is a button too."""
        resource_id = UUID(str(form.cleaned_data["resource"].pk))
        return act_and_say(self, request, partial(form.block, resource_id, request))

    @action(description="Levantar", url_path="lift", permissions=["lift"])
    def lift(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Give back all that has not passed."""

        def lift() -> str:
            lift_block(
                block_id=UUID(object_id),
                occurrence_id=None,
                actor_id=actor_of(request),
                now=timezone.now(),
            )
            return _("Levantado: ese tiempo se vuelve a ofrecer.")

        return act_and_say(self, request, lift, object_id=object_id)

    def has_block_permission(self, request: HttpRequest) -> bool:
        """Whoever may add blocks. Named as a power, unfold would ask an empty database for it."""
        return bool(request.user.has_perm("spa.add_block"))

    def has_lift_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Whoever may change blocks."""
        return bool(request.user.has_perm("spa.change_block"))


class CalendarImportForm(ModelForm[CalendarImport]):
    """Whoever has a calendar's address reads it: it is typed here and never shown again."""

    url = forms.CharField(
        label="Dirección (https)",
        required=False,
        help_text="No se muestra una vez guardada. Vacía: se conserva la que había",
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Otherwise nothing typed would count as a change.
        self.initial.pop("url", None)

    def clean_url(self) -> str:
        """The one there is, unless another is typed."""
        address = self.cleaned_data["url"] or self.instance.url
        if not address:
            raise forms.ValidationError(_("Escribe la dirección del calendario."))
        return str(address)


@admin.register(CalendarImport)
class CalendarImportAdmin(AuditedAdmin):
    """Calendars of elsewhere; a new or changed address is read at once."""

    form = CalendarImportForm

    list_display = ["name", "staff", "is_active", "fetched_at", "busy_count", "problem"]
    list_filter = ["is_active", "staff"]
    list_select_related = ["staff"]
    fields = ["staff", "name", "url", "is_active", "fetched_at", "busy_count", "problem"]
    readonly_fields = ["fetched_at", "busy_count", "problem"]

    def save_model(
        self, request: HttpRequest, obj: CalendarImport, form: ModelForm[Any], change: bool
    ) -> None:
        """What is switched off, or is somebody else's now, frees the time it took."""
        if change and form.changed_data:
            give_back_outside_time(source_id=obj.pk, now=timezone.now())
        obj.next_fetch_at = timezone.now()
        super().save_model(request, obj, form, change)

    def delete_model(self, request: HttpRequest, obj: CalendarImport) -> None:
        """Its time is free again."""
        give_back_outside_time(source_id=obj.pk, now=timezone.now())
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        """Their time is free again."""
        for source in queryset:
            give_back_outside_time(source_id=source.pk, now=timezone.now())
        super().delete_queryset(request, queryset)
