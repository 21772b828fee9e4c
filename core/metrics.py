"""Metrics of the platform (CORE-10). Labels are names from code, never ids or dates (NA-45)."""

from prometheus_client import Counter, Gauge, Histogram

OUTBOX_DELIVERIES = Counter(
    "studiozens_outbox_deliveries_total", "Outbox deliveries tried", ["subscriber", "outcome"]
)
INBOX_MESSAGES = Counter(
    "studiozens_inbox_messages_total", "Webhooks worked on", ["provider", "outcome"]
)
QUEUE_DEPTH = Gauge(
    "studiozens_queue_depth", "Rows that wait for a worker", ["queue"], multiprocess_mode="max"
)
OLDEST_DUE_SECONDS = Gauge(
    "studiozens_queue_oldest_seconds",
    "Age of the oldest due row",
    ["queue"],
    multiprocess_mode="max",
)
DEAD_LETTERS = Gauge(
    "studiozens_dead_letters", "Rows that workers gave up on", ["queue"], multiprocess_mode="max"
)
PROVIDER_CALLS = Histogram(
    "studiozens_provider_call_seconds", "Calls to providers", ["provider", "operation", "outcome"]
)
BREAKER_OPEN = Gauge(
    "studiozens_breaker_open",
    "1 while calls to the provider are cut off",
    ["provider"],
    multiprocess_mode="mostrecent",
)
CACHE_READS = Counter("studiozens_cache_reads_total", "Cached reads", ["what", "outcome"])
THROTTLED = Counter("studiozens_throttled_total", "Requests refused by a limit", ["scope"])
IDEMPOTENT_REPLAYS = Counter("studiozens_idempotent_replays_total", "Answers given again")
