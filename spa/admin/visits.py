"""Visits, and what happened to them."""

from django.contrib import admin
from django.http import HttpRequest

from core.admin import ReadOnlyInline
from spa.admin.visit_actions import VisitDesk
from spa.admin.when import VisitWhenFilter, order_by_start
from spa.models import (
    Appointment,
    AppointmentItem,
    AppointmentReminder,
    AppointmentTransition,
)


class AppointmentItemInline(ReadOnlyInline):
    """What is done."""

    model = AppointmentItem
    fields = ["chain", "service", "add_on", "staff", "room", "price", "starts_at", "ends_at"]


class AppointmentTransitionInline(ReadOnlyInline):
    """What happened."""

    model = AppointmentTransition
    fields = ["at", "from_status", "to_status", "reason"]


class AppointmentReminderInline(ReadOnlyInline):
    """What the client was reminded of."""

    model = AppointmentReminder
    fields = ["sent_at", "kind", "for_start"]


@admin.register(Appointment)
class AppointmentAdmin(VisitDesk):
    """Visits: their life goes through services."""

    list_display = ["starts_at", "title", "client", "staff", "location", "status", "total", "paid"]
    list_filter = [VisitWhenFilter, "status", "location", "staff"]
    list_select_related = ["client", "staff", "location"]
    date_hierarchy = "starts_at"
    search_fields = ["client__first_name", "client__last_name", "client__phone", "title"]
    inlines = [AppointmentItemInline, AppointmentTransitionInline, AppointmentReminderInline]

    def get_ordering(self, request: HttpRequest) -> list[str]:
        """What comes next is on top."""
        return order_by_start(request)
