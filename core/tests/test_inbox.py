"""Webhooks: kept once, worked on until they are done (FIN-02)."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from core import inbox
from core.inbox import LEASE, process_due, store
from core.models import InboxMessage
from core.models.outbox import MAX_ATTEMPTS
from core.tasks import process_inbox
from core.testing import race, run_process
from core.tests.happenings import write_down, written

pytestmark = pytest.mark.django_db(transaction=True)

PROVIDER = "test"


class Desk:
    """A handler that writes the body down and remembers what it was asked."""

    def __init__(self) -> None:
        self.batches: list[list[bytes]] = []
        self.in_transaction: list[bool] = []
        self.meanwhile: Any = None

    def look_up(self, bodies: list[bytes]) -> list[Any]:
        self.batches.append(list(bodies))
        self.in_transaction.append(transaction.get_connection().in_atomic_block)
        if self.meanwhile:
            self.meanwhile()
        if b"explode" in bodies:
            raise OSError("the provider is away")
        return [LookupError("unknown") if body == b"unknown" else body.upper() for body in bodies]

    def apply(self, bodies: list[bytes], facts: list[Any], now: datetime) -> None:
        for known in facts:
            write_down(known.decode())
        if b"refuse" in bodies:
            raise ValueError("no")


@pytest.fixture
def desk() -> Iterator[Desk]:
    desk = Desk()
    inbox.register_batch_handler(PROVIDER, look_up=desk.look_up, apply=desk.apply)
    yield desk
    del inbox._handlers[PROVIDER]


def receive(*bodies: str) -> None:
    for body in bodies:
        store(provider=PROVIDER, key=body, body=body.encode(), now=timezone.now())


def test_however_many_nobody_waits_for_money_goes_first(desk: Desk) -> None:
    early = timezone.now() - timedelta(hours=1)
    for number in range(2 * inbox.BATCH):
        key = f"status {number}"
        store(provider=PROVIDER, key=key, body=key.encode(), now=early, is_awaited=False)
    receive("first payment", "second payment")

    process_due(now=timezone.now(), limit=2)

    assert desk.batches == [[b"first payment", b"second payment"]]


def test_each_message_five_times_in_any_order_has_its_effect_once(desk: Desk) -> None:
    storm = ["one", "two", "three"] * 5
    Random(3).shuffle(storm)

    for position, body in enumerate(storm):
        receive(body)
        if position % 4 == 0:
            process_inbox()
    process_inbox()

    assert sorted(written()) == ["ONE", "THREE", "TWO"]
    assert set(InboxMessage.objects.values_list("times_received", "status")) == {(5, "DONE")}


def test_repeats_that_arrive_at_once_are_one_message(desk: Desk) -> None:
    race([lambda: receive("same")] * 16)

    assert InboxMessage.objects.get().times_received == 16


def test_na_31_the_provider_is_asked_outside_any_transaction_once_for_the_batch(desk: Desk) -> None:
    receive("one", "two")

    process_due(now=timezone.now())

    assert desk.batches == [[b"one", b"two"]]
    assert desk.in_transaction == [False]


def test_a_message_the_provider_cannot_explain_waits_and_stops_no_other(desk: Desk) -> None:
    receive("unknown", "fine")

    process_due(now=timezone.now())

    assert written() == ["FINE"]
    waiting = InboxMessage.objects.get(key="unknown")
    assert (waiting.status, waiting.attempts, waiting.leased_until) == ("PENDING", 1, None)
    assert waiting.last_error == "LookupError: unknown"


def test_a_look_up_that_fails_postpones_its_batch(desk: Desk) -> None:
    receive("explode", "fine")

    process_due(now=timezone.now())

    assert not written()
    assert set(InboxMessage.objects.values_list("status", "attempts")) == {("PENDING", 1)}


def test_na_25_an_effect_that_fails_leaves_no_trace_and_the_message_is_tried_again(
    desk: Desk,
) -> None:
    receive("refuse", "fine")

    process_due(now=timezone.now())

    assert written() == ["FINE"]
    refused = InboxMessage.objects.get(key="refuse")
    assert (refused.status, refused.last_error) == ("PENDING", "ValueError: no")


def test_a_message_nobody_can_apply_is_dead_in_the_end(desk: Desk) -> None:
    receive("refuse")
    InboxMessage.objects.update(attempts=MAX_ATTEMPTS - 1)

    process_due(now=timezone.now())

    assert InboxMessage.objects.get().status == "DEAD"
    assert not written()


def test_a_message_in_work_is_not_taken_by_another_worker(desk: Desk) -> None:
    taken: list[int] = []
    desk.meanwhile = lambda: taken.append(_process_elsewhere())
    receive("one")

    process_due(now=timezone.now())

    assert taken == [0]
    assert written() == ["ONE"]


def _process_elsewhere(later: timedelta = timedelta()) -> int:
    (taken,) = race([lambda: process_due(now=timezone.now() + later)])
    assert isinstance(taken, int)
    return taken


def test_a_lease_that_lapsed_is_taken_over_and_the_slow_worker_writes_nothing(desk: Desk) -> None:
    def take_over() -> None:
        desk.meanwhile = None
        assert _process_elsewhere(LEASE + timedelta(seconds=1)) == 1

    desk.meanwhile = take_over
    receive("one")

    process_due(now=timezone.now())

    assert written() == ["ONE"]
    assert InboxMessage.objects.get().status == "DONE"


def test_a_worker_whose_lease_is_anothers_now_leaves_the_message_to_it(desk: Desk) -> None:
    theirs = timezone.now() + 2 * LEASE
    desk.meanwhile = lambda: InboxMessage.objects.update(leased_until=theirs)
    receive("one")

    process_due(now=timezone.now())

    assert not written()
    assert InboxMessage.objects.get().leased_until == theirs


def test_a_worker_killed_in_the_look_up_leaves_the_message_to_another(desk: Desk) -> None:
    receive("one")
    script = """
import os, signal
from django.utils import timezone
from core import inbox
def die(bodies):
    os.kill(os.getpid(), signal.SIGKILL)
inbox.register_batch_handler("test", look_up=die, apply=None)
inbox.process_due(now=timezone.now())
"""

    assert run_process(script) == -9
    assert process_due(now=timezone.now()) == 0
    assert process_due(now=timezone.now() + LEASE + timedelta(seconds=1)) == 1

    assert written() == ["ONE"]


def test_a_provider_has_one_handler(desk: Desk) -> None:
    with pytest.raises(RuntimeError, match="already"):
        inbox.register_handler(PROVIDER, apply=lambda body, facts, now: None)


def test_a_message_whose_provider_is_gone_waits_and_stops_no_other(desk: Desk) -> None:
    store(provider="retired", key="orphan", body=b"?", now=timezone.now())
    receive("fine")

    process_due(now=timezone.now())

    assert written() == ["FINE"]
    assert InboxMessage.objects.get(key="orphan").status == "PENDING"


def test_messages_may_be_worked_on_one_by_one() -> None:
    inbox.register_handler("single", apply=lambda body, facts, now: write_down(body.decode()))
    store(provider="single", key="k", body=b"one", now=timezone.now())

    process_inbox()

    del inbox._handlers["single"]
    assert written() == ["one"]
