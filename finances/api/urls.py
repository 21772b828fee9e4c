"""Routes of this app, under `/api/v1/`."""

from django.urls import path

from finances.api.credit import MyCreditView
from finances.api.views import PaymentsView, PaymentView, WompiWebhookView
from finances.api.vouchers import VoucherCheckView

urlpatterns = [
    path("payments", PaymentsView.as_view(), name="payments"),
    path("payments/<uuid:payment_id>", PaymentView.as_view(), name="payment"),
    path("me/credit", MyCreditView.as_view(), name="my-credit"),
    path("vouchers/check", VoucherCheckView.as_view(), name="voucher-check"),
    path("webhooks/wompi", WompiWebhookView.as_view(), name="webhook-wompi"),
]
