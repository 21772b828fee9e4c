"""Waking workers: after the commit, once, and never in the way (CORE-06)."""

import json
from typing import Any

import pytest
import redis
from django.db import transaction
from django.utils import timezone

from core.inbox import store
from core.models import InboxMessage, ThrottleCounter
from core.nudges import heard, nudge_after_commit

pytestmark = pytest.mark.django_db(transaction=True)

TASK = "core.tasks.process_inbox"


@pytest.fixture
def queued(settings: Any) -> Any:
    """The names of the tasks that wait in the broker."""
    broker = redis.Redis.from_url(settings.REDIS_URL)

    def names() -> list[str]:
        rows = broker.lrange("default", 0, -1)
        return [json.loads(row)["headers"]["task"] for row in rows]

    return names


def nudge() -> None:
    with transaction.atomic():
        nudge_after_commit(TASK)


def test_na_31_a_worker_is_woken_after_the_commit_and_not_before(queued: Any) -> None:
    with transaction.atomic():
        nudge_after_commit(TASK)
        assert queued() == []

    assert queued() == [TASK]


def test_what_is_undone_wakes_nobody(queued: Any) -> None:
    with transaction.atomic():
        nudge_after_commit(TASK)
        transaction.set_rollback(True)

    assert queued() == []


def test_only_a_webhook_somebody_waits_for_wakes_a_worker(queued: Any) -> None:
    def keep(key: str, *, is_awaited: bool) -> None:
        now = timezone.now()
        store(provider="test", key=key, body=b"", now=now, is_awaited=is_awaited)

    keep("a status", is_awaited=False)
    assert queued() == []

    keep("a payment", is_awaited=True)
    assert queued() == [TASK]
    assert InboxMessage.objects.count() == 2


def test_a_burst_is_one_message_until_a_worker_has_heard_it(queued: Any) -> None:
    with transaction.atomic():
        for _ in range(50):
            nudge_after_commit(TASK)
    for _ in range(50):
        nudge()
    assert queued() == [TASK]

    heard(TASK)
    nudge()

    assert queued() == [TASK, TASK]


def test_with_the_cache_and_broker_away_the_commit_stands(no_cache_server: None) -> None:
    with transaction.atomic():
        ThrottleCounter.objects.create(key="kept", window=1)
        nudge_after_commit(TASK)
    heard(TASK)

    assert ThrottleCounter.objects.filter(key="kept").exists()
