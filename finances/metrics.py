"""What is counted about money (CORE-10)."""

from prometheus_client import Counter, Gauge, Histogram

SETTLED = Counter("studiozens_payments_settled_total", "Approved money booked", ["kind", "fate"])
DECLINED = Counter(
    "studiozens_payments_declined_total", "Payments refused by the gateway", ["kind"]
)
FLAGGED = Counter("studiozens_payments_flagged_total", "Contradictions found", ["field"])
VOIDED = Counter("studiozens_payments_voided_total", "Booked money the gateway took back", ["kind"])
TAKEN_IN_PERSON = Counter(
    "studiozens_counter_payments_total", "Payments taken in person", ["method"]
)
LATE_MONEY = Counter(
    "studiozens_payments_late_money_total",
    "Approvals after the end, by what became of them",
    ["kind", "branch"],
)
EVENTS_IGNORED = Counter(
    "studiozens_payment_events_ignored_total", "Events without effect", ["reason"]
)
LOOK_UPS = Counter("studiozens_payment_lookups_total", "Transactions found at the gateway", ["how"])
POLLS = Counter("studiozens_payment_polls_total", "Looks at quiet payments", ["outcome"])
CHARGES = Counter(
    "studiozens_charges_total", "Charges by API, by what the gateway said", ["method", "outcome"]
)
CHARGE_LOOKS = Counter(
    "studiozens_charge_looks_total", "Looks at charges without an answer", ["outcome"]
)
WEBHOOK_LAG = Histogram(
    "studiozens_payment_webhook_lag_seconds",
    "From the gateway's event to the booked money",
    buckets=(0.5, 1, 2, 5, 10, 30, 60, 300, 1800, 10_800, 86_400),
)
PAYOUTS = Counter("studiozens_payouts_total", "Batches of bank payments that ended", ["outcome"])
PAYOUT_LINES = Counter("studiozens_payout_lines_total", "Bank payments that ended", ["outcome"])
PAYOUTS_CONTRADICTED = Counter(
    "studiozens_payouts_contradicted_total", "Payouts of which the provider says what cannot be"
)
PAYOUT_STEPS = Counter(
    "studiozens_payout_steps_total", "What workers did about batches under way", ["outcome"]
)
REFUNDS_SENT = Counter(
    "studiozens_refunds_sent_total", "Refunds sent to the gateway", ["means", "outcome"]
)
REFUNDS_ENDED = Counter(
    "studiozens_refunds_ended_total", "Refunds that ended", ["destination", "state"]
)
RECONCILIATIONS = Counter(
    "studiozens_reconciliations_total", "Days compared with the providers' books", ["outcome"]
)
DIFFERENCES_PENDING = Gauge(
    "studiozens_differences_pending",
    "Differences with the providers' books that wait for somebody",
    multiprocess_mode="mostrecent",
)
RECONCILED_UNTIL = Gauge(
    "studiozens_reconciled_day_timestamp_seconds",
    "End of the last day before which every day was compared",
    multiprocess_mode="mostrecent",
)
