"""Routes of this app, under `/api/v1/`."""

from django.urls import path

from finances.api.views import PaymentsView, PaymentView, WompiWebhookView

urlpatterns = [
    path("payments", PaymentsView.as_view(), name="payments"),
    path("payments/<uuid:payment_id>", PaymentView.as_view(), name="payment"),
    path("webhooks/wompi", WompiWebhookView.as_view(), name="webhook-wompi"),
]
