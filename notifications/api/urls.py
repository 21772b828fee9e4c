"""Routes of this app, under `/api/v1/`."""

from django.urls import path

from notifications.api import views, webhooks

urlpatterns = [
    path("me/notifications", views.MyNotificationsView.as_view(), name="my-notifications"),
    path(
        "me/notifications/read-all",
        views.ReadAllNotificationsView.as_view(),
        name="read-all-notifications",
    ),
    path(
        "me/notifications/<uuid:notification_id>/read",
        views.ReadNotificationView.as_view(),
        name="read-notification",
    ),
    path("webhooks/whatsapp", webhooks.WhatsAppWebhookView.as_view(), name="whatsapp-webhook"),
    path(
        "webhooks/twilio/status",
        webhooks.TwilioStatusWebhookView.as_view(),
        name="twilio-status-webhook",
    ),
]
