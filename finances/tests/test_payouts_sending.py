"""A batch at the provider, over HTTP: sent once, whatever breaks (NA-30, NA-31)."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
import requests
from django.db import transaction
from django.utils import timezone

from core.breakers import breaker_for
from core.models import AuditEntry
from core.testing import race, run_process
from finances.models import Commission, Payee, Payout, PayoutBank, PayoutLine
from finances.selectors.ledger import verify
from finances.services.payees import refresh_banks
from finances.services.payouts import pay_out
from finances.services.payouts_review import ask_again
from finances.services.payouts_sending import LEASE, work_on_next_payout
from finances.tests.bank_desk import BankDesk, work
from finances.tests.books import books
from finances.tests.earnings import earn, payee, rules
from finances.tests.relay import Relay, relay_to
from users.models import User

NOW = timezone.now()
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def desk(db: None, sandbox: Any) -> BankDesk:
    return BankDesk(sandbox)


@pytest.fixture
def wire(desk: BankDesk, settings: Any) -> Iterator[Relay]:
    """The provider behind a wire that can be cut."""
    with relay_to(settings.WOMPI_PAYOUTS_BASE_URL) as relay:
        settings.WOMPI_PAYOUTS_BASE_URL = relay.url
        yield relay


@pytest.fixture
def ana(desk: BankDesk) -> Payee:
    """Somebody who has earned 250 000."""
    refresh_banks()
    found = payee(bank_id=PayoutBank.objects.order_by("name").values_list("pk", flat=True)[0])
    earn(found.party)
    return found


@pytest.fixture
def payout(ana: Payee, admin_user: User) -> Payout:
    """A batch of one line, stored and not sent."""
    return pay_out(payee_ids=[ana.pk], actor_id=admin_user.pk, now=NOW)[0]


def state(payout: Payout) -> tuple[str, str]:
    payout.refresh_from_db()
    return payout.status, payout.lines.get().status


def test_a_batch_is_sent_found_paid_and_finished(desk: BankDesk, payout: Payout) -> None:
    before = desk.balance
    assert work(NOW, rounds=2) == [True, False]
    assert state(payout) == ("sent", "pending")
    (batch,) = desk.batches
    assert batch["id"] == payout.gateway_id
    assert batch["idempotencyKey"] == str(payout.idempotency_key)
    assert before - desk.balance == payout.amount == 250_000

    desk.end(payout)
    assert work(NOW + MINUTE) == [True]

    assert state(payout) == ("finished", "approved")
    assert books()["bank"] == -250_000
    assert verify() == []
    assert work(NOW + HOUR) == [False]


def test_what_is_sent_is_whom_where_and_how_much(wire: Relay, payout: Payout) -> None:
    work(NOW)

    sent = json.loads(wire.creations[0][1])
    line = payout.lines.get()
    (payment,) = sent.pop("transactions")
    assert sent.pop("accountId")
    assert sent == {"reference": payout.reference, "paymentType": "PAYROLL"}
    assert payment == {
        "legalIdType": "CC",
        "legalId": "1000000000",
        "bankId": line.payee.bank_id,
        "accountType": "AHORROS",
        "accountNumber": "12345678",
        "name": "Ana Ruiz",
        "email": "ana@example.com",
        "amount": 25_000_000,
        "reference": line.reference,
    }


@pytest.mark.parametrize(
    ("status", "code", "failure"),
    [("FAILED", "D07", "bank"), ("FAILED", "D19", "no_funds"), ("CANCELLED", "", "bank")],
)
def test_a_line_that_the_bank_sends_back_is_owed_again(
    desk: BankDesk, payout: Payout, status: str, code: str, failure: str
) -> None:
    work(NOW)
    desk.end(payout, status, **({"code": code} if code else {}))
    work(NOW + MINUTE)

    assert state(payout) == ("finished", status.lower())
    line = payout.lines.get()
    assert line.failure == failure
    assert line.failure_detail.startswith(code)
    assert Commission.objects.get().line is None
    assert books()["commissions_payable"] == -250_000
    assert verify() == []


def test_a_batch_that_nobody_approves_there_is_rejected(desk: BankDesk, payout: Payout) -> None:
    work(NOW)
    desk.end(payout, "REJECTED")
    work(NOW + MINUTE)

    assert state(payout) == ("rejected", "cancelled")
    assert books()["commissions_payable"] == -250_000
    assert verify() == []


@pytest.mark.parametrize("fault", ["before", "after", 500, (201, b"<html>"), (201, b"{}"), 408])
def test_na_30_an_unknown_outcome_is_looked_up_and_never_a_second_batch(
    wire: Relay, desk: BankDesk, payout: Payout, fault: Any
) -> None:
    wire.fault = fault
    work(NOW)
    assert state(payout) == ("unknown", "pending")
    assert books()["payouts_in_transit"] == -250_000

    wire.fault = None
    for minutes in range(1, 5):
        work(NOW + minutes * MINUTE)

    assert state(payout) == ("sent", "pending")
    assert len(desk.batches) == 1
    assert len(set(wire.keys)) == 1
    assert len(wire.keys) == (1 if fault == "after" else 2)
    assert verify() == []


@pytest.mark.parametrize("status", [401, 403, 429])
def test_na_30_a_wrong_key_is_no_lack_of_funds_and_opens_no_breaker(
    wire: Relay, desk: BankDesk, payout: Payout, status: int
) -> None:
    wire.fault = status
    now = NOW
    for _ in range(6):
        work(now)
        now += HOUR

    assert state(payout) == ("unknown", "pending")
    assert (payout.failure, payout.lines.get().failure) == ("", "")
    assert breaker_for("wompi-payouts").current_state == "closed"
    assert len(set(wire.keys)) == 1

    wire.fault = None
    work(now)
    assert state(payout) == ("sent", "pending")
    assert len(desk.batches) == 1


def test_na_30_only_the_provider_says_that_funds_are_lacking(
    desk: BankDesk, payout: Payout
) -> None:
    desk.empty()
    work(NOW)

    assert state(payout) == ("rejected", "cancelled")
    assert (payout.failure, payout.lines.get().failure) == ("no_funds", "no_funds")
    assert payout.failure_detail.startswith("EXC_008")
    assert Commission.objects.get().line is None
    assert verify() == []
    assert AuditEntry.objects.filter(action="finances.payout.rejected").count() == 1
    assert work(NOW + HOUR) == [False]


def test_na_30_a_refusal_of_a_second_request_is_not_believed_before_the_first_is_ruled_out(
    wire: Relay, desk: BankDesk, payout: Payout
) -> None:
    """The first was taken, and used up the money whose lack the second is told of."""
    wire.fault = "before"
    work(NOW)
    wire.fault = (400, b'{"code": "EXC_008", "message": "sin saldo"}')
    work(NOW + MINUTE)
    assert state(payout) == ("unknown", "pending")
    assert payout.failure == "no_funds"

    # The first request was only slow: it arrives now.
    wire.fault = None
    key, sent = wire.creations[0]
    answer = requests.post(
        f"{wire.target}/payouts",
        data=sent,
        headers={**desk.headers, "idempotency-key": key, "Content-Type": "application/json"},
        timeout=5,
    )
    assert answer.status_code == 201
    work(NOW + 20 * MINUTE)

    assert state(payout) == ("sent", "pending")
    assert payout.failure == ""
    assert len(desk.batches) == 1


def test_na_30_a_refusal_that_is_ruled_right_frees_the_money(
    wire: Relay, desk: BankDesk, payout: Payout
) -> None:
    wire.fault = "before"
    work(NOW)
    wire.fault = (400, b'{"code": "EXC_019", "message": "cuenta inactiva"}')
    work(NOW + MINUTE)
    work(NOW + 6 * MINUTE)
    assert state(payout) == ("unknown", "pending")

    work(NOW + 30 * MINUTE)

    assert state(payout) == ("rejected", "cancelled")
    assert payout.failure == "account"
    assert desk.batches == []
    assert verify() == []


def test_na_30_after_the_keys_life_nothing_is_sent_again_and_the_money_is_free(
    wire: Relay, desk: BankDesk, payout: Payout, admin_user: User, ana: Payee
) -> None:
    wire.fault = "before"
    work(NOW)
    wire.look_up_fault = 500
    for hours in (1, 23):
        work(NOW + hours * HOUR)
    wire.look_up_fault = wire.fault = None
    breaker_for("wompi-payouts").close()

    work(NOW + 25 * HOUR)

    assert state(payout) == ("rejected", "cancelled")
    assert payout.failure == "not_taken"
    assert len(wire.keys) == 1
    (second,) = pay_out(payee_ids=[ana.pk], actor_id=admin_user.pk, now=NOW + 25 * HOUR)
    work(NOW + 25 * HOUR)
    assert len(desk.batches) == 1
    assert len(set(wire.keys)) == 2
    assert (second.amount, verify()) == (250_000, [])


def test_a_provider_that_is_away_ends_nothing_and_settles_by_itself_once_it_is_back(
    desk: BankDesk, payout: Payout
) -> None:
    desk.sandbox.faults("payouts", "down")
    now = NOW
    for _ in range(6):
        assert work(now) == [False]
        now += HOUR
    assert state(payout) == ("waiting", "pending")

    desk.sandbox.faults("payouts", "off")
    # The breaker tries again after its own time.
    breaker_for("wompi-payouts").close()
    work(now)

    assert state(payout) == ("sent", "pending")
    assert len(desk.batches) == 1


def test_what_is_over_the_days_limit_waits_for_tomorrow_and_what_can_never_be_is_given_back(
    desk: BankDesk, admin_user: User, ana: Payee
) -> None:
    other = payee(bank_id=ana.bank_id)
    earn(other.party, 400_000)
    first, second = (
        pay_out(payee_ids=[one.pk], actor_id=admin_user.pk, now=NOW)[0] for one in (ana, other)
    )
    rules(payout_limit=300_000)

    work(NOW, rounds=3)
    assert (state(first)[0], state(second)[0]) == ("sent", "waiting")
    assert second.next_look_at > NOW
    work(second.next_look_at, rounds=3)
    assert state(second)[0] == "sent"

    earn(ana.party, 800_000)
    rules(payout_limit=390_000)
    (large,) = pay_out(payee_ids=[ana.pk], actor_id=admin_user.pk, now=NOW)
    work(NOW + timedelta(days=3), rounds=3)
    assert state(large) == ("rejected", "cancelled")
    assert large.failure == "daily_limit"
    assert verify() == []


def test_another_amount_at_the_provider_is_flagged_and_moves_nothing(
    desk: BankDesk, payout: Payout
) -> None:
    work(NOW)
    PayoutLine.objects.update(commissions=Decimal(100), amount=Decimal(100))
    desk.end(payout)
    work(NOW + MINUTE)
    work(NOW + HOUR)

    assert state(payout) == ("sent", "pending")
    assert payout.lines.get().flagged_at is not None
    assert AuditEntry.objects.filter(action="finances.payout.contradicted").count() == 1
    assert "bank" not in books()


def test_asking_again_takes_the_batch_up_at_once(
    wire: Relay, desk: BankDesk, payout: Payout, admin_user: User
) -> None:
    wire.fault = "before"
    for minutes in (0, 1, 3, 8, 23):
        work(NOW + minutes * MINUTE)
    wire.fault = None
    assert work(NOW + 24 * MINUTE) == [False]

    ask_again(payout_id=payout.pk, actor_id=admin_user.pk, now=NOW + 24 * MINUTE)
    work(NOW + 24 * MINUTE)

    assert state(payout) == ("sent", "pending")
    assert len(desk.batches) == 1
    assert AuditEntry.objects.filter(action="finances.payout.asked_again").exists()


@pytest.mark.django_db(transaction=True)
def test_na_30_eight_workers_with_one_batch_send_it_once(wire: Relay, payout: Payout) -> None:
    outcomes = race([partial(work_on_next_payout, now=NOW)] * 8)

    assert sorted(map(str, outcomes)) == ["False"] * 7 + ["True"]
    assert len(wire.keys) == 1
    assert state(payout) == ("sent", "pending")


@pytest.mark.django_db(transaction=True)
def test_na_30_a_worker_that_went_on_too_late_sends_under_the_same_key(
    wire: Relay, desk: BankDesk, payout: Payout, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its lease was over and another one sent: the provider refuses the second use of the key."""
    Payout.objects.update(status="sending", attempts=1, first_sent_at=NOW, last_sent_at=NOW)
    work(NOW + LEASE)
    assert state(payout) == ("sent", "pending")

    late = requests.post(
        f"{wire.url}/payouts",
        data=wire.creations[0][1],
        headers={
            **desk.headers,
            "idempotency-key": str(payout.idempotency_key),
            "Content-Type": "application/json",
        },
        timeout=5,
    )

    assert late.status_code == 409
    assert len(desk.batches) == 1


KILL = """
import os, signal
from datetime import datetime
from django.utils import timezone
from finances.services import payouts_sending as sending
from finances.gateways import wompi_payouts
target, name, when = {target}
honest = getattr(target, name)
def die(*args, **kwargs):
    if when == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    honest(*args, **kwargs)
    os.kill(os.getpid(), signal.SIGKILL)
setattr(target, name, die)
sending.work_on_next_payout(now=datetime.fromisoformat("{now}"))
"""
# Every arrow of the service's picture, cut on both of its sides.
CRASHES = [
    ("sending", "_claim", "before"),
    ("sending", "_claim", "after"),
    ("wompi_payouts.WompiPayouts", "daily_limit", "after"),
    ("sending", "_mark_as_sending", "after"),
    ("wompi_payouts.WompiPayouts", "create", "before"),
    ("wompi_payouts.WompiPayouts", "create", "after"),
    ("sending", "_record_seen", "before"),
    ("sending", "_record_seen", "after"),
]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("owner", "name", "when"), CRASHES)
def test_na_30_a_worker_killed_anywhere_pays_once(
    desk: BankDesk, payout: Payout, owner: str, name: str, when: str
) -> None:
    script = KILL.format(target=f'({owner}, "{name}", "{when}")', now=NOW.isoformat())
    assert run_process(script) == -9

    later: datetime = NOW + LEASE + MINUTE
    for minutes in range(0, 10, 2):
        work(later + minutes * MINUTE)
    desk.end(payout)
    work(later + HOUR)

    assert state(payout) == ("finished", "approved")
    assert len(desk.batches) == 1
    assert books()["bank"] == -250_000
    assert verify() == []


@pytest.mark.django_db(transaction=True)
def test_na_31_the_provider_is_never_asked_inside_a_transaction(
    desk: BankDesk, payout: Payout
) -> None:
    with pytest.raises(RuntimeError, match="inside a transaction"), transaction.atomic():
        refresh_banks()
    with pytest.raises(RuntimeError), transaction.atomic():
        work_on_next_payout(now=NOW)
    assert state(payout) == ("waiting", "pending")
    assert desk.batches == []


def test_the_banks_are_those_the_provider_lists(desk: BankDesk) -> None:
    gone = PayoutBank.objects.create(pk=str(uuid4()), name="Banco que ya no está")

    assert refresh_banks() == PayoutBank.objects.filter(is_listed=True).count() > 1

    gone.refresh_from_db()
    assert not gone.is_listed
