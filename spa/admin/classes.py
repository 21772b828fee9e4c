"""Classes at the desk: what is taught, when, and what could not be."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from core.admin import AuditedAdmin, ReadOnlyAdmin
from core.models import Weekday
from spa.models import ClassConflict, ClassSchedule, ClassType
from spa.selectors.resources import list_resources
from spa.services.class_planning import make_sessions


@admin.register(ClassType)
class ClassTypeAdmin(AuditedAdmin):
    """What is taught. A changed price or deadline is for those who enrol afterwards."""

    list_display = ["name", "duration_minutes", "price", "currency", "capacity", "is_active"]
    list_filter = ["is_active"]
    search_fields = ["name"]
    autocomplete_fields = ["required_skill"]
    ordering = ["name"]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Not offered any more, never deleted: people have been in it."""
        return False


class ScheduleForm(forms.ModelForm[ClassSchedule]):
    """Weekdays are ticked."""

    weekdays = forms.TypedMultipleChoiceField(
        label="días",
        choices=Weekday.choices,
        coerce=int,
        widget=UnfoldAdminCheckboxSelectMultipleWidget(),
    )

    class Meta:
        model = ClassSchedule
        fields = [
            "class_type", "location", "weekdays", "starts", "instructor", "room", "capacity",
            "valid_from", "valid_until", "is_active",
        ]  # fmt: skip


@admin.register(ClassSchedule)
class ClassScheduleAdmin(AuditedAdmin):
    """When classes are given; a single one is a schedule of one date.

    What changes here changes classes that are not made yet; those that are have pages of their own.
    """

    form = ScheduleForm
    list_display = ["class_type", "location", "__str__", "instructor", "room", "is_active"]
    list_filter = ["location", "class_type", "instructor", "is_active"]
    list_select_related = ["class_type", "location", "instructor", "room"]
    ordering = ["class_type__name", "starts"]
    actions = ["make_now"]

    def formfield_for_foreignkey(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """A person is no room."""
        if db_field.name == "room":
            kwargs["queryset"] = list_resources()
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    @admin.action(description="Programar las clases ahora", permissions=["change"])
    def make_now(self, request: HttpRequest, queryset: QuerySet[ClassSchedule]) -> None:
        """As the clock does every few minutes."""
        made = [
            make_sessions(schedule_id=schedule_id, now=timezone.now())
            for schedule_id in queryset.values_list("pk", flat=True)
        ]
        told = {"made": sum(m.made for m in made), "refused": sum(m.refused for m in made)}
        text = _("Clases nuevas: %(made)d. Sin programar: %(refused)d.") % told
        self.message_user(request, text)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Ended by its date, never deleted: classes were made of it."""
        return False


@admin.register(ClassConflict)
class ClassConflictAdmin(ReadOnlyAdmin):
    """Classes that could not be made; they are tried again until they can."""

    list_display = ["date", "schedule", "reason", "seen_at"]
    list_filter = ["reason", "schedule__location"]
    list_select_related = ["schedule"]
    ordering = ["date", "pk"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[ClassConflict]:
        found: QuerySet[ClassConflict] = super().get_queryset(request)
        return found.filter(schedule__is_active=True, schedule__class_type__is_active=True)
