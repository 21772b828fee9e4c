"""The wire breaks, or the worker dies: one payout all the same (NA-30, NA-31)."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
import requests
from django.db import transaction
from django.db.models.query import QuerySet
from django.utils import timezone

from core.breakers import breaker_for
from core.inbox import LEASE as INBOX_LEASE
from core.inbox import process_due
from core.models import AuditEntry
from core.testing import process_inbox, race
from finances.models import Payee, Payout
from finances.selectors.ledger import verify
from finances.services import payouts_sending
from finances.services.payees import refresh_banks
from finances.services.payouts import pay_out
from finances.services.payouts_review import ask_again
from finances.services.payouts_sending import LEASE, work_on_next_payout
from finances.tests.bank_desk import NOW, BankDesk, state, work
from finances.tests.books import books
from finances.tests.crashes import CRASHES, Point, die
from finances.tests.relay import Relay
from users.models import User

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.mark.parametrize("fault", ["before", "after", 500, (201, b"<html>"), (201, b"{}"), 408])
def test_na_30_an_unknown_outcome_is_looked_up_and_never_a_second_batch(
    cable: Relay, provider: BankDesk, payout: Payout, fault: Any
) -> None:
    cable.fault = fault
    work(NOW)
    assert state(payout) == ("unknown", "pending")
    assert books()["payouts_in_transit"] == -250_000

    cable.fault = None
    for minutes in range(1, 5):
        work(NOW + minutes * MINUTE)

    assert state(payout) == ("sent", "pending")
    assert len(provider.batches) == 1
    assert len(set(cable.keys)) == 1
    assert len(cable.keys) == (1 if fault == "after" else 2)
    assert verify() == []


@pytest.mark.parametrize("status", [401, 403, 429])
def test_na_30_a_wrong_key_is_no_lack_of_funds_and_opens_no_breaker(
    cable: Relay, provider: BankDesk, payout: Payout, status: int
) -> None:
    cable.fault = status
    now = NOW
    for _ in range(6):
        work(now)
        now += HOUR

    assert state(payout) == ("unknown", "pending")
    assert (payout.failure, payout.lines.get().failure) == ("", "")
    assert breaker_for("wompi-payouts").current_state == "closed"
    assert len(set(cable.keys)) == 1

    cable.fault = None
    work(now)
    assert state(payout) == ("sent", "pending")
    assert len(provider.batches) == 1


def test_na_30_a_refusal_of_a_second_request_is_not_believed_before_the_first_is_ruled_out(
    cable: Relay, provider: BankDesk, payout: Payout
) -> None:
    """The first was taken, and used up the money whose lack the second is told of."""
    cable.fault = "before"
    work(NOW)
    cable.fault = (400, b'{"code": "EXC_008", "message": "sin saldo"}')
    work(NOW + MINUTE)
    assert state(payout) == ("unknown", "pending")
    assert payout.failure == "no_funds"

    # The first request was only slow: it arrives now.
    cable.fault = None
    key, sent = cable.creations[0]
    answer = requests.post(
        f"{cable.target}/payouts",
        data=sent,
        headers={**provider.headers, "idempotency-key": key, "Content-Type": "application/json"},
        timeout=5,
    )
    assert answer.status_code == 201
    work(NOW + 20 * MINUTE)

    assert state(payout) == ("sent", "pending")
    assert payout.failure == ""
    assert len(provider.batches) == 1


def test_na_30_a_refusal_that_is_ruled_right_frees_the_money(
    cable: Relay, provider: BankDesk, payout: Payout
) -> None:
    cable.fault = "before"
    work(NOW)
    cable.fault = (400, b'{"code": "EXC_019", "message": "cuenta inactiva"}')
    work(NOW + MINUTE)
    work(NOW + 6 * MINUTE)
    assert state(payout) == ("unknown", "pending")

    work(NOW + 30 * MINUTE)

    assert state(payout) == ("rejected", "cancelled")
    assert payout.failure == "account"
    assert provider.batches == []
    assert verify() == []


def test_na_30_after_the_keys_life_nothing_is_sent_again_and_the_money_is_free(
    cable: Relay, provider: BankDesk, payout: Payout, admin_user: User, earner: Payee
) -> None:
    cable.fault = "before"
    work(NOW)
    cable.look_up_fault = 500
    for hours in (1, 23):
        work(NOW + hours * HOUR)
    cable.look_up_fault = cable.fault = None
    breaker_for("wompi-payouts").close()

    work(NOW + 25 * HOUR)

    assert state(payout) == ("rejected", "cancelled")
    assert payout.failure == "not_taken"
    assert len(cable.keys) == 1
    (second,) = pay_out(payee_ids=[earner.pk], actor_id=admin_user.pk, now=NOW + 25 * HOUR)
    work(NOW + 25 * HOUR)
    assert len(provider.batches) == 1
    assert len(set(cable.keys)) == 2
    assert (second.amount, verify()) == (250_000, [])


def test_a_provider_that_is_away_ends_nothing_and_settles_by_itself_once_it_is_back(
    provider: BankDesk, payout: Payout
) -> None:
    provider.sandbox.faults("payouts", "down")
    now = NOW
    for _ in range(6):
        assert work(now) == [False]
        now += HOUR
    assert state(payout) == ("waiting", "pending")

    provider.sandbox.faults("payouts", "off")
    # The breaker tries again after its own time.
    breaker_for("wompi-payouts").close()
    work(now)

    assert state(payout) == ("sent", "pending")
    assert len(provider.batches) == 1


def test_asking_again_takes_the_batch_up_at_once(
    cable: Relay, provider: BankDesk, payout: Payout, admin_user: User
) -> None:
    cable.fault = "before"
    for minutes in (0, 1, 3, 8, 23):
        work(NOW + minutes * MINUTE)
    cable.fault = None
    assert work(NOW + 24 * MINUTE) == [False]

    ask_again(payout_id=payout.pk, actor_id=admin_user.pk, now=NOW + 24 * MINUTE)
    work(NOW + 24 * MINUTE)

    assert state(payout) == ("sent", "pending")
    assert len(provider.batches) == 1
    assert AuditEntry.objects.filter(action="finances.payout.asked_again").exists()


@pytest.mark.django_db(transaction=True)
def test_na_30_eight_workers_with_one_batch_send_it_once(cable: Relay, payout: Payout) -> None:
    outcomes = race([partial(work_on_next_payout, now=NOW)] * 8)

    assert sorted(map(str, outcomes)) == ["False"] * 7 + ["True"]
    assert len(cable.keys) == 1
    assert state(payout) == ("sent", "pending")


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("all_read_first")
def test_na_30_control_without_claim_and_turn_a_batch_is_sent_twice(
    cable: Relay, provider: BankDesk, payout: Payout, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the key that was stored before is left, by which the provider knows it again."""
    monkeypatch.setattr(QuerySet, "select_for_update", lambda self, **options: self.all())
    monkeypatch.setattr(payouts_sending, "_is_ours", lambda *batch: True)

    race([partial(work_on_next_payout, now=NOW)] * 2)

    assert len(cable.keys) == 2
    assert len(set(cable.keys)) == len(provider.batches) == 1


@pytest.mark.django_db(transaction=True)
def test_na_30_a_batch_that_is_being_sent_is_taken_up_by_nobody_else(
    cable: Relay, payout: Payout
) -> None:
    others: list[Any] = []
    cable.meanwhile = lambda: others.extend(race([partial(work, NOW + LEASE - MINUTE)]))

    work(NOW)

    assert others == [[False]]
    assert len(cable.keys) == 1
    assert state(payout) == ("sent", "pending")


@pytest.mark.django_db(transaction=True)
def test_na_30_a_worker_that_went_on_too_late_sends_under_the_same_key(
    cable: Relay, provider: BankDesk, payout: Payout, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its lease was over and another one sent: the provider refuses the second use of the key."""
    Payout.objects.update(status="sending", attempts=1, first_sent_at=NOW, last_sent_at=NOW)
    work(NOW + LEASE)
    assert state(payout) == ("sent", "pending")

    late = requests.post(
        f"{cable.url}/payouts",
        data=cable.creations[0][1],
        headers={
            **provider.headers,
            "idempotency-key": str(payout.idempotency_key),
            "Content-Type": "application/json",
        },
        timeout=5,
    )

    assert late.status_code == 409
    assert len(provider.batches) == 1


def test_a_batch_whose_sender_is_gone_is_unknown_while_nobody_answers(
    cable: Relay, payout: Payout
) -> None:
    Payout.objects.update(status="sending", attempts=1, first_sent_at=NOW, last_sent_at=NOW)
    cable.look_up_fault = 503

    assert work(NOW + LEASE) == [False]

    assert state(payout) == ("unknown", "pending")
    assert cable.keys == []


SEND = """
from finances.services.payouts_sending import work_on_next_payout
work_on_next_payout(now=datetime.fromisoformat({now!r}))
"""
PROCESS = """
from core import inbox
inbox.process_due(now=timezone.now())
"""


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("point", CRASHES["payout"], ids=str)
def test_na_30_a_worker_killed_anywhere_pays_once(
    provider: BankDesk, payout: Payout, point: Point
) -> None:
    die(point, SEND.format(now=NOW.isoformat()))

    later: datetime = NOW + LEASE + MINUTE
    for minutes in range(0, 10, 2):
        work(later + minutes * MINUTE)
    provider.end(payout)
    work(later + HOUR)

    assert state(payout) == ("finished", "approved")
    assert len(provider.batches) == 1
    assert books()["bank"] == -250_000
    assert verify() == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("point", CRASHES["payout look-up"], ids=str)
def test_na_30_a_worker_killed_while_it_looks_a_payout_up_pays_once(
    cable: Relay, provider: BankDesk, payout: Payout, point: Point
) -> None:
    cable.fault = "after"
    work(NOW)
    cable.fault = None
    later = NOW + 2 * MINUTE

    die(point, SEND.format(now=later.isoformat()))
    work(later + LEASE)
    provider.end(payout)
    work(later + HOUR)

    assert state(payout) == ("finished", "approved")
    assert len(provider.batches) == len(cable.keys) == 1
    assert verify() == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("point", CRASHES["payout webhook"], ids=str)
def test_na_30_a_worker_killed_while_it_hears_of_a_payout_leaves_it_to_the_next(
    api: Any, provider: BankDesk, payout: Payout, point: Point
) -> None:
    work(NOW)
    provider.end(payout)
    for body in provider.events(payout):
        api.post("/api/v1/webhooks/wompi-payouts", body, content_type="application/json")

    die(point, PROCESS)
    assert state(payout) == ("sent", "pending")
    process_due(now=timezone.now() + INBOX_LEASE + MINUTE)

    assert state(payout) == ("finished", "approved")
    assert books()["bank"] == -250_000
    assert verify() == []


@pytest.mark.django_db(transaction=True)
def test_na_31_the_provider_is_never_asked_inside_a_transaction(
    provider: BankDesk, payout: Payout
) -> None:
    with pytest.raises(RuntimeError, match="inside a transaction"), transaction.atomic():
        refresh_banks()
    with pytest.raises(RuntimeError), transaction.atomic():
        work_on_next_payout(now=NOW)
    assert state(payout) == ("waiting", "pending")
    assert provider.batches == []


@pytest.mark.django_db(transaction=True)
def test_news_that_come_on_every_way_at_once_end_a_line_once(
    api: Any, provider: BankDesk, payout: Payout
) -> None:
    work(NOW)
    provider.end(payout)
    for body in provider.events(payout):
        api.post("/api/v1/webhooks/wompi-payouts", body, content_type="application/json")
    Payout.objects.update(next_look_at=NOW)

    outcomes = race([process_inbox, process_inbox, *[partial(work, NOW)] * 4])

    assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert state(payout) == ("finished", "approved")
    assert books()["bank"] == -250_000
    assert verify() == []
