"""The rules an owner may change."""

from django.contrib import admin

from core.admin import BusinessSettingsAdmin
from spa.models import BookingSettings


@admin.register(BookingSettings)
class BookingSettingsAdmin(BusinessSettingsAdmin):
    """The rules of booking."""
