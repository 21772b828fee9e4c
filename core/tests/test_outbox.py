"""Side effects: owed with the change, delivered at least once, in order (CORE-06)."""

import logging
from datetime import timedelta
from functools import partial
from threading import Event as Signal
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from core import events
from core.models import OutboxMessage
from core.models.outbox import LONGEST_PAUSE, MAX_ATTEMPTS, pause_after
from core.outbox import deliver_due, publish, publish_all, replay
from core.tasks import deliver_outbox
from core.testing import race, run_process
from core.tests import happenings
from core.tests.happenings import Noted, written

pytestmark = [pytest.mark.usefixtures("listening"), pytest.mark.django_db(transaction=True)]


def note(*texts: str, subject: str = "one") -> None:
    with transaction.atomic():
        for text in texts:
            publish(Noted(subject=subject, text=text))


def test_outside_a_transaction_nothing_is_owed() -> None:
    with pytest.raises(RuntimeError, match="transaction"):
        publish(Noted(text="alone"))

    assert not OutboxMessage.objects.exists()


def test_a_change_that_is_undone_owes_nothing() -> None:
    with transaction.atomic():
        publish(Noted(text="never"))
        transaction.set_rollback(True)

    assert not OutboxMessage.objects.exists()
    assert deliver_due(now=timezone.now()) == 0


def test_each_subscriber_is_owed_its_own_delivery() -> None:
    happenings.listen(name="core.test-second")

    note("hello")
    deliver_outbox()
    happenings.forget("core.test-second")

    assert written() == ["hello", "hello"]
    assert set(OutboxMessage.objects.values_list("status", "attempts")) == {("DONE", 0)}


def test_many_events_are_owed_in_their_order_by_one_statement(
    django_assert_num_queries: Any,
) -> None:
    happenings.listen(name="core.test-second")
    texts = [f"note {number}" for number in range(20)]

    with transaction.atomic(), django_assert_num_queries(1):
        publish_all([Noted(subject=text, text=text) for text in texts])
    happenings.forget("core.test-second")

    owed = OutboxMessage.objects.order_by("pk")
    assert [message.payload["text"] for message in owed] == [t for t in texts for _ in range(2)]
    assert [message.aggregate for message in owed] == [t for t in texts for _ in range(2)]
    assert {message.subscriber for message in owed} == {"core.test-writer", "core.test-second"}


def test_no_events_cost_nothing(django_assert_num_queries: Any) -> None:
    with transaction.atomic(), django_assert_num_queries(0):
        publish_all([])


def test_an_event_survives_being_stored() -> None:
    event = Noted(text="ñandú", event_id=uuid4())

    assert Noted.load(event.dump()) == event


def test_one_event_cannot_be_owed_twice_to_one_subscriber() -> None:
    event = Noted(text="once")

    with transaction.atomic():
        publish(event)

    with pytest.raises(IntegrityError, match="once_per_subscriber"), transaction.atomic():
        publish(event)

    assert OutboxMessage.objects.count() == 1


def test_deliveries_of_one_aggregate_keep_their_order_past_a_failure() -> None:
    note("refuse", "second", "third")
    note("other", subject="two")

    deliver_outbox()
    assert written() == ["other"]  # nobody overtakes, and nobody else waits

    OutboxMessage.objects.filter(payload__text="refuse").update(payload={"text": "first"})
    OutboxMessage.objects.update(due_at=timezone.now())
    deliver_outbox()

    assert written() == ["other", "first", "second", "third"]


def test_a_later_message_waits_while_another_worker_holds_the_earlier_one() -> None:
    note("first", "second")
    held, released = Signal(), Signal()

    def hold_the_first() -> None:
        with transaction.atomic():
            OutboxMessage.objects.select_for_update().order_by("pk").first()
            held.set()
            assert released.wait(10)

    def deliver_meanwhile() -> int:
        assert held.wait(10)
        try:
            return deliver_due(now=timezone.now())
        finally:
            released.set()

    assert race([hold_the_first, deliver_meanwhile]) == [None, 0]
    assert not written()


def test_two_workers_share_the_work_and_deliver_nothing_twice() -> None:
    for subject in range(30):
        note(f"note {subject}", subject=str(subject))

    taken = race([partial(deliver_due, now=timezone.now(), limit=8) for _ in range(4)])

    assert sum(taken) == 30
    assert sorted(written()) == sorted(f"note {subject}" for subject in range(30))


@pytest.mark.parametrize(("locks", "batches"), [(False, [6, 0]), (True, [2, 2, 2, 0])])
def test_reactions_that_take_locks_share_no_transaction(locks: bool, batches: list[int]) -> None:
    """Else a batch could hold what one person waits for, and wait for that person's row itself."""
    happenings.listen(name="core.test-second", locks=locks)
    for text in ("one", "two", "three"):
        note(text, subject=text)

    taken = [deliver_due(now=timezone.now()) for _ in batches]
    happenings.forget("core.test-second")

    assert taken == batches
    assert written() == ["one", "one", "two", "two", "three", "three"]


def test_a_worker_that_finds_rows_held_takes_others_instead_of_waiting() -> None:
    note("held", subject="one")
    note("free", subject="two")
    with transaction.atomic():
        OutboxMessage.objects.select_for_update().get(payload__text="held")
        (taken,) = race([partial(deliver_due, now=timezone.now())])

    assert taken == 1
    assert written() == ["free"]


def test_a_failing_reaction_leaves_no_trace_and_is_tried_later() -> None:
    note("refuse")
    now = timezone.now()

    assert deliver_due(now=now) == 1

    message = OutboxMessage.objects.get()
    assert not written()
    assert (message.status, message.attempts) == ("PENDING", 1)
    assert message.last_error == "Refused: no"
    assert timedelta(seconds=1) < message.due_at - now <= timedelta(seconds=4)
    assert deliver_due(now=now) == 0


def test_pauses_double_up_to_an_hour() -> None:
    assert [pause_after(n).total_seconds() for n in (1, 2, 3, 11)] == [2, 4, 8, 2048]
    assert pause_after(MAX_ATTEMPTS) == LONGEST_PAUSE


def test_after_the_last_try_a_message_is_dead_aloud_and_holds_nobody_up(caplog) -> None:
    note("refuse", "second")
    OutboxMessage.objects.filter(payload__text="refuse").update(attempts=MAX_ATTEMPTS - 1)

    deliver_outbox()

    assert OutboxMessage.objects.get(payload__text="refuse").status == "DEAD"
    assert written() == ["second"]
    assert [record.is_dead for record in caplog.records if record.levelno == logging.ERROR] == [
        True
    ]


def test_a_dead_message_can_be_given_another_round() -> None:
    note("refuse", "fine")
    OutboxMessage.objects.filter(payload__text="refuse").update(status="DEAD", attempts=12)
    ids = list(OutboxMessage.objects.values_list("pk", flat=True))
    OutboxMessage.objects.filter(status="DEAD").update(payload={"text": "mended"})

    assert replay(message_ids=ids, now=timezone.now()) == 1
    deliver_outbox()

    assert sorted(written()) == ["fine", "mended"]
    assert set(OutboxMessage.objects.values_list("status", flat=True)) == {"DONE"}


def test_a_subscriber_that_is_gone_kills_no_worker() -> None:
    note("fine", subject="two")
    note("orphan")
    OutboxMessage.objects.filter(payload__text="orphan").update(subscriber="core.retired")

    deliver_outbox()

    assert written() == ["fine"]
    assert OutboxMessage.objects.get(subscriber="core.retired").attempts == 1


def test_a_worker_killed_mid_batch_undoes_effects_and_receipts_together() -> None:
    for text in ("first", "die", "last"):
        note(text, subject=text)
    script = """
from django.utils import timezone
from core.outbox import deliver_due
from core.tests import happenings
happenings.listen()
deliver_due(now=timezone.now())
"""

    assert run_process(script) == -9

    assert not written()
    assert set(OutboxMessage.objects.values_list("status", "attempts")) == {("PENDING", 0)}

    OutboxMessage.objects.filter(payload__text="die").update(payload={"text": "live"})
    deliver_outbox()
    assert sorted(written()) == ["first", "last", "live"]


def test_a_message_waits_for_its_time() -> None:
    note("later")
    OutboxMessage.objects.update(due_at=timezone.now() + timedelta(hours=1))

    assert deliver_due(now=timezone.now()) == 0
    assert deliver_due(now=timezone.now() + timedelta(hours=2)) == 1


def test_a_name_can_be_subscribed_once() -> None:
    with pytest.raises(RuntimeError, match="already"):
        happenings.listen()


def test_a_topic_must_say_what_happened_to_whom_and_its_version() -> None:
    with pytest.raises(TypeError, match="topic"):
        type("Bad", (events.Event,), {"topic": "Something happened"})
