"""Rewards for coming back."""

from django.contrib import admin

from core.admin import BusinessSettingsAdmin, ReadOnlyAdmin, ReadOnlyInline
from spa.models import LoyaltyReward, LoyaltySettings, LoyaltyStamp


@admin.register(LoyaltySettings)
class LoyaltySettingsAdmin(BusinessSettingsAdmin):
    """How often, and how much."""


class LoyaltyStampInline(ReadOnlyInline):
    """The visits it was given for."""

    model = LoyaltyStamp
    fields = ["appointment", "stamped_at"]


@admin.register(LoyaltyReward)
class LoyaltyRewardAdmin(ReadOnlyAdmin):
    """What was given."""

    list_display = ["given_at", "client", "number", "visits", "amount", "currency"]
    list_select_related = ["client"]
    search_fields = ["client__phone", "client__first_name", "client__last_name"]
    date_hierarchy = "given_at"
    ordering = ["-given_at"]
    inlines = [LoyaltyStampInline]
