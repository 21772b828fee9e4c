"""The log of messages, for people of ours. Read-only; a button sends a failed one again."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import ngettext

from core.admin import BusinessSettingsAdmin, ReadOnlyAdmin
from notifications.models import Delivery, MessagingSettings, Notification
from notifications.services.sending import send_again


@admin.register(Notification)
class NotificationAdmin(ReadOnlyAdmin):
    """What people were told, as facts."""

    list_display = ("created_at", "template", "person", "read_at", "valid_until")
    list_filter = ("template",)
    list_select_related = ("person",)
    search_fields = ("=person__phone",)
    date_hierarchy = "created_at"


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    """How each message fared on each channel."""

    list_display = (
        "created_at",
        "template",
        "channel",
        "status",
        "recipient",
        "attempts",
        "reason",
        "delivered_at",
    )
    list_filter = ("status", "channel", "notification__template")
    list_select_related = ("notification",)
    search_fields = ("=provider_id",)
    actions = ("send_again",)

    @admin.display(description="plantilla")
    def template(self, delivery: Delivery) -> str:
        """What was said."""
        return delivery.notification.template

    def has_send_permission(self, request: HttpRequest) -> bool:
        """Who may send again: whoever may change deliveries, though nobody edits them."""
        return request.user.has_perm("notifications.change_delivery")

    @admin.action(description="Enviar de nuevo los fallidos", permissions=["send"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> None:
        """Queue the failed ones of the selection."""
        count = send_again(
            delivery_ids=list(queryset.values_list("pk", flat=True)),
            actor_id=request.user.pk,
            now=timezone.now(),
        )
        text = ngettext("%d mensaje vuelve a la cola.", "%d mensajes vuelven a la cola.", count)
        self.message_user(request, text % count, messages.SUCCESS)


@admin.register(MessagingSettings)
class MessagingSettingsAdmin(BusinessSettingsAdmin):
    """The one row of rules."""
