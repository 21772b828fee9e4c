"""What is offered, and the rules of booking."""

from django.contrib import admin

from core.admin import AuditedAdmin
from spa.admin.images import ServiceImageInline
from spa.models import AddOn, Service, ServiceCategory, Skill


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
    inlines = [ServiceImageInline]


@admin.register(AddOn)
class AddOnAdmin(AuditedAdmin):
    """What can be added to services."""

    list_display = ["name", "extra_minutes", "price", "is_active"]
    list_filter = ["is_active"]
    search_fields = ["name"]
    filter_horizontal = ["services"]
