"""Who works when, and with what."""

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from unfold.admin import TabularInline

from core.admin import AuditedAdmin
from spa.admin.blocks import BlocksTime
from spa.models import Resource, ResourceKind, ScheduleException, StaffMember, WeeklyHours
from spa.selectors.resources import get_member
from spa.steps.team import announce_open_time, give_resource


class WeeklyHoursInline(TabularInline):
    """When they work."""

    model = WeeklyHours
    extra = 0
    tab = True


class ScheduleExceptionInline(TabularInline):
    """Days off, and extra work."""

    model = ScheduleException
    extra = 0
    tab = True


@admin.register(StaffMember)
class StaffMemberAdmin(BlocksTime, AuditedAdmin):
    """The team."""

    list_display = ["display_name", "is_bookable", "position"]
    list_filter = ["is_bookable", "skills"]
    search_fields = ["display_name"]
    autocomplete_fields = ["user"]
    filter_horizontal = ["skills"]
    inlines = [WeeklyHoursInline, ScheduleExceptionInline]

    def resource_id_of(self, object_id: str) -> UUID:
        """Their own resource."""
        return get_member(staff_id=UUID(object_id)).resource_id

    def save_model(
        self, request: HttpRequest, obj: StaffMember, form: ModelForm[Any], change: bool
    ) -> None:
        """Whoever joins the team gets a resource of their own on the ledger."""
        give_resource(obj)
        super().save_model(request, obj, form, change)

    def save_related(
        self, request: HttpRequest, form: ModelForm[Any], formsets: Any, change: bool
    ) -> None:
        """New hours, or a day off less, may be what somebody waits for."""
        super().save_related(request, form, formsets, change)
        if any(formset.has_changed() for formset in formsets):
            announce_open_time(form.instance.resource)


@admin.register(Resource)
class ResourceAdmin(BlocksTime, AuditedAdmin):
    """Rooms, cabins and machines; people's own resources are kept with the team."""

    list_display = ["name", "kind", "location", "is_active"]
    list_filter = ["kind", "location", "is_active"]
    list_select_related = ["location"]
    search_fields = ["name"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Resource]:
        found: QuerySet[Resource] = super().get_queryset(request)
        return found.exclude(kind=ResourceKind.STAFF)

    def formfield_for_choice_field(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """A room is not a person."""
        if db_field.name == "kind":
            kwargs["choices"] = [c for c in ResourceKind.choices if c[0] != ResourceKind.STAFF]
        return super().formfield_for_choice_field(db_field, request, **kwargs)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Switched off, never deleted: the ledger points at it."""
        return False
