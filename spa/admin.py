"""The studio's desk: catalogue, people, hours, and visits to look at."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from unfold.admin import TabularInline

from core.admin import AuditedAdmin, BusinessSettingsAdmin, ReadOnlyAdmin, ReadOnlyInline
from spa.models import (
    Appointment,
    AppointmentItem,
    AppointmentTransition,
    BookingSettings,
    Resource,
    ResourceKind,
    ScheduleException,
    Service,
    ServiceCategory,
    Skill,
    StaffMember,
    WeeklyHours,
)
from spa.steps.team import give_resource


@admin.register(ServiceCategory)
class ServiceCategoryAdmin(AuditedAdmin):
    """Shelves."""

    list_display = ["name", "position"]
    prepopulated_fields = {"slug": ["name"]}
    search_fields = ["name"]


@admin.register(Skill)
class SkillAdmin(AuditedAdmin):
    """Skills."""

    search_fields = ["name"]


@admin.register(Service)
class ServiceAdmin(AuditedAdmin):
    """Services; deleting one hides it, visits keep it."""

    list_display = ["name", "category", "duration_minutes", "price", "is_online_bookable"]
    list_filter = ["category", "locations", "is_online_bookable"]
    list_select_related = ["category"]
    search_fields = ["name"]
    autocomplete_fields = ["category", "required_skill"]
    filter_horizontal = ["locations"]


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
class StaffMemberAdmin(AuditedAdmin):
    """The team."""

    list_display = ["display_name", "is_bookable", "position"]
    list_filter = ["is_bookable", "skills"]
    search_fields = ["display_name"]
    autocomplete_fields = ["user"]
    filter_horizontal = ["skills"]
    inlines = [WeeklyHoursInline, ScheduleExceptionInline]

    def save_model(
        self, request: HttpRequest, obj: StaffMember, form: ModelForm[Any], change: bool
    ) -> None:
        """Whoever joins the team gets a resource of their own on the ledger."""
        give_resource(obj)
        super().save_model(request, obj, form, change)


@admin.register(Resource)
class ResourceAdmin(AuditedAdmin):
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


@admin.register(BookingSettings)
class BookingSettingsAdmin(BusinessSettingsAdmin):
    """The rules of booking."""


class AppointmentItemInline(ReadOnlyInline):
    """What is done."""

    model = AppointmentItem
    fields = ["position", "service", "price", "starts_at", "ends_at", "room"]


class AppointmentTransitionInline(ReadOnlyInline):
    """What happened."""

    model = AppointmentTransition
    fields = ["at", "from_status", "to_status", "reason"]


@admin.register(Appointment)
class AppointmentAdmin(ReadOnlyAdmin):
    """Visits, to look at: their life goes through services."""

    list_display = ["starts_at", "title", "client", "staff", "location", "status", "total", "paid"]
    list_filter = ["status", "location", "staff"]
    list_select_related = ["client", "staff", "location"]
    date_hierarchy = "starts_at"
    search_fields = ["client__first_name", "client__last_name", "client__phone", "title"]
    ordering = ["-starts_at"]
    inlines = [AppointmentItemInline, AppointmentTransitionInline]
