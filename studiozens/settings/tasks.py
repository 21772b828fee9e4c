"""Celery: a nudge, never a memory. What must happen is a row; Beat sweeps what a nudge forgot."""

from datetime import timedelta
from typing import Any

from studiozens.settings.database import REDIS_URL

CELERY_BROKER_URL = REDIS_URL
CELERY_TIMEZONE = "UTC"
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
# No time limits of Celery's: its thread pool cannot enforce them. Every statement and every call
# to a provider has its own (database.py, providers.py).
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_ROUTES = {"core.tasks.deliver_outbox": {"queue": "outbox"}}
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 600, "socket_connect_timeout": 0.5}
# The table remembers, so a broker that is down must not keep a request waiting.
CELERY_TASK_PUBLISH_RETRY = False

CELERY_BEAT_SCHEDULER = "core.beat:RealTimeScheduler"
CELERY_BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    "deliver outbox": {"task": "core.tasks.deliver_outbox", "schedule": timedelta(seconds=5)},
    "process inbox": {"task": "core.tasks.process_inbox", "schedule": timedelta(seconds=5)},
    "beat heartbeat": {"task": "core.tasks.heartbeat", "schedule": timedelta(seconds=15)},
    "purge expired": {"task": "core.tasks.purge", "schedule": timedelta(hours=1)},
    "send verifications": {
        "task": "users.tasks.send_verifications",
        "schedule": timedelta(seconds=5),
    },
    "tidy identity": {"task": "users.tasks.tidy_identity", "schedule": timedelta(hours=1)},
    "send messages": {
        "task": "notifications.tasks.send_messages",
        "schedule": timedelta(seconds=5),
    },
    "poll payments": {"task": "finances.tasks.poll_payments", "schedule": timedelta(seconds=30)},
    "look up charges": {
        "task": "finances.tasks.look_up_charges",
        "schedule": timedelta(seconds=10),
    },
    "look at payment sources": {
        "task": "finances.tasks.look_at_sources",
        "schedule": timedelta(seconds=10),
    },
    "send refunds": {"task": "finances.tasks.send_refunds", "schedule": timedelta(seconds=30)},
    "keep books": {"task": "finances.tasks.keep_books", "schedule": timedelta(hours=1)},
    "reconcile": {"task": "finances.tasks.reconcile", "schedule": timedelta(hours=1)},
    "renew subscriptions": {
        "task": "finances.tasks.renew_subscriptions",
        "schedule": timedelta(seconds=30),
    },
    "tidy credit": {"task": "finances.tasks.tidy_credit", "schedule": timedelta(hours=1)},
    "send payouts": {"task": "finances.tasks.send_payouts", "schedule": timedelta(seconds=30)},
    "pay commissions": {"task": "finances.tasks.pay_commissions", "schedule": timedelta(hours=1)},
    "read payout banks": {
        "task": "finances.tasks.read_payout_banks",
        "schedule": timedelta(hours=6),
    },
    "expire holds": {"task": "spa.tasks.expire_holds", "schedule": timedelta(seconds=20)},
    "expire class seats": {
        "task": "spa.tasks.expire_class_seats",
        "schedule": timedelta(seconds=20),
    },
    "make classes": {"task": "spa.tasks.make_classes", "schedule": timedelta(minutes=10)},
    "finish classes": {"task": "spa.tasks.finish_classes", "schedule": timedelta(minutes=5)},
    "tidy packages": {"task": "spa.tasks.tidy_packages", "schedule": timedelta(minutes=5)},
    "expire offers": {"task": "spa.tasks.expire_offers", "schedule": timedelta(seconds=20)},
    "sweep waitlist": {"task": "spa.tasks.sweep_waitlist", "schedule": timedelta(minutes=5)},
    "note no-shows": {"task": "spa.tasks.note_no_shows", "schedule": timedelta(seconds=60)},
    "send reminders": {"task": "spa.tasks.send_reminders", "schedule": timedelta(seconds=60)},
    "ask for series deposits": {
        "task": "spa.tasks.ask_for_series_deposits",
        "schedule": timedelta(minutes=5),
    },
    "archive appointments": {
        "task": "spa.tasks.archive_appointments",
        "schedule": timedelta(hours=1),
    },
    "read calendars": {"task": "spa.tasks.read_calendars", "schedule": timedelta(minutes=5)},
}
for _entry in CELERY_BEAT_SCHEDULE.values():
    # A sweep that waited out a dead worker is worthless: the next one does its work.
    _entry["options"] = {"expires": 60}
