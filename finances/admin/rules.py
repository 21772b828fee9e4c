"""The rules of money."""

from django.contrib import admin

from core.admin import BusinessSettingsAdmin
from finances.models import FinanceSettings


@admin.register(FinanceSettings)
class FinanceSettingsAdmin(BusinessSettingsAdmin):
    """The poller's rhythm, and how long credit lasts."""
