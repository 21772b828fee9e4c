"""Routes of this app, under `/api/v1/`."""

from django.urls import path

from finances.api import (
    adjustments,
    cash,
    documents,
    ledger,
    payouts,
    reconciliation,
    refunds,
    reports,
    subscriptions,
)
from finances.api.charges import ChargeView, PaymentAcceptanceView, PseBanksView, RetryView
from finances.api.credit import MyCreditView
from finances.api.sources import PaymentSourcesView, PaymentSourceView
from finances.api.views import PaymentsView, PaymentView, WompiWebhookView
from finances.api.vouchers import VoucherCheckView

urlpatterns = [
    # They come by the thousand when the gateway returns, and addresses are tried in this order.
    path("webhooks/wompi", WompiWebhookView.as_view(), name="webhook-wompi"),
    path(
        "webhooks/wompi-payouts",
        payouts.PayoutsWebhookView.as_view(),
        name="webhook-wompi-payouts",
    ),
    path("payments", PaymentsView.as_view(), name="payments"),
    path("payments/<uuid:payment_id>", PaymentView.as_view(), name="payment"),
    path("payments/<uuid:payment_id>/charge", ChargeView.as_view(), name="payment-charge"),
    path("payments/<uuid:payment_id>/retry", RetryView.as_view(), name="payment-retry"),
    path("payment-acceptance", PaymentAcceptanceView.as_view(), name="payment-acceptance"),
    path("payment-sources", PaymentSourcesView.as_view(), name="payment-sources"),
    path("payment-sources/<uuid:source_id>", PaymentSourceView.as_view(), name="payment-source"),
    path("pse-banks", PseBanksView.as_view(), name="pse-banks"),
    path("me/credit", MyCreditView.as_view(), name="my-credit"),
    path("adjustments", adjustments.AdjustmentsView.as_view(), name="adjustments"),
    path(
        "adjustments/<uuid:adjustment_id>/approve",
        adjustments.ApproveAdjustmentView.as_view(),
        name="approve-adjustment",
    ),
    path(
        "adjustments/<uuid:adjustment_id>/reject",
        adjustments.RejectAdjustmentView.as_view(),
        name="reject-adjustment",
    ),
    path("refunds", refunds.RefundsView.as_view(), name="refunds"),
    path("refunds/<uuid:refund_id>", refunds.RefundView.as_view(), name="refund"),
    path(
        "refunds/<uuid:refund_id>/approve",
        refunds.ApproveRefundView.as_view(),
        name="approve-refund",
    ),
    path(
        "refunds/<uuid:refund_id>/reject",
        refunds.RejectRefundView.as_view(),
        name="reject-refund",
    ),
    path("cash-shifts", cash.CashShiftsView.as_view(), name="cash-shifts"),
    path("cash-shifts/current", cash.CurrentCashShiftView.as_view(), name="current-cash-shift"),
    path("cash-shifts/<uuid:shift_id>", cash.CashShiftView.as_view(), name="cash-shift"),
    path(
        "cash-shifts/<uuid:shift_id>/movements",
        cash.CashMovementsView.as_view(),
        name="cash-movements",
    ),
    path(
        "cash-shifts/<uuid:shift_id>/close",
        cash.CloseCashShiftView.as_view(),
        name="close-cash-shift",
    ),
    path("ledger/accounts", ledger.LedgerAccountsView.as_view(), name="ledger-accounts"),
    path("ledger/entries", ledger.LedgerEntriesView.as_view(), name="ledger-entries"),
    path("commissions", payouts.CommissionsView.as_view(), name="commissions"),
    path("payouts", payouts.PayoutsView.as_view(), name="payouts"),
    path("payouts/<uuid:payout_id>", payouts.PayoutView.as_view(), name="payout"),
    path(
        "payments/<uuid:payment_id>/receipt",
        documents.ReceiptView.as_view(),
        name="payment-receipt",
    ),
    path("sales-documents", documents.SalesDocumentsView.as_view(), name="sales-documents"),
    path(
        "sales-documents/<uuid:document_id>",
        documents.SalesDocumentView.as_view(),
        name="sales-document",
    ),
    path(
        "sales-documents/<uuid:document_id>/pdf",
        documents.SalesDocumentPdfView.as_view(),
        name="sales-document-pdf",
    ),
    path(
        "subscription-plans",
        subscriptions.SubscriptionPlansView.as_view(),
        name="subscription-plans",
    ),
    path("subscriptions", subscriptions.SubscriptionsView.as_view(), name="subscriptions"),
    path(
        "subscriptions/<uuid:subscription_id>",
        subscriptions.SubscriptionView.as_view(),
        name="subscription",
    ),
    path(
        "subscriptions/<uuid:subscription_id>/cancel",
        subscriptions.CancelSubscriptionView.as_view(),
        name="cancel-subscription",
    ),
    path(
        "subscriptions/<uuid:subscription_id>/reactivate",
        subscriptions.ReactivateSubscriptionView.as_view(),
        name="reactivate-subscription",
    ),
    path(
        "subscriptions/<uuid:subscription_id>/change",
        subscriptions.ChangePlanView.as_view(),
        name="change-subscription",
    ),
    path("me/membership", subscriptions.MyMembershipView.as_view(), name="my-membership"),
    path("reconciliations", reconciliation.ReconciliationsView.as_view(), name="reconciliations"),
    path(
        "reconciliations/<uuid:reconciliation_id>",
        reconciliation.ReconciliationView.as_view(),
        name="reconciliation",
    ),
    path(
        "reconciliations/<uuid:reconciliation_id>/differences",
        reconciliation.DifferencesView.as_view(),
        name="differences",
    ),
    path(
        "differences/<uuid:difference_id>",
        reconciliation.DifferenceView.as_view(),
        name="difference",
    ),
    path(
        "differences/<uuid:difference_id>/assign",
        reconciliation.AssignDifferenceView.as_view(),
        name="assign-difference",
    ),
    path(
        "differences/<uuid:difference_id>/resolve",
        reconciliation.ResolveDifferenceView.as_view(),
        name="resolve-difference",
    ),
    path(
        "differences/<uuid:difference_id>/approve",
        reconciliation.ApproveResolutionView.as_view(),
        name="approve-resolution",
    ),
    path(
        "differences/<uuid:difference_id>/reject",
        reconciliation.RejectResolutionView.as_view(),
        name="reject-resolution",
    ),
    path(
        "differences/<uuid:difference_id>/ask-again",
        reconciliation.AskAgainView.as_view(),
        name="ask-again-difference",
    ),
    path("reports/daily", reports.DailyReportView.as_view(), name="daily-report"),
    path("reports/monthly", reports.MonthlyReportView.as_view(), name="monthly-report"),
    path("vouchers/check", VoucherCheckView.as_view(), name="voucher-check"),
]
