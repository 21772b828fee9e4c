"""A batch at the payouts provider, over HTTP: sent, found, paid, sent back (FIN-07, NA-30)."""

import json
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import transaction

from core.models import AuditEntry
from finances.domain.commissions import DEVELOPER
from finances.models import Commission, Payee, Payout, PayoutBank, PayoutLine
from finances.models.payees import PayeeKind
from finances.selectors.ledger import verify
from finances.services.payees import refresh_banks
from finances.services.payouts import pay_out
from finances.steps.counter import take_in_person
from finances.tasks import pay_commissions, read_payout_banks, send_payouts
from finances.tests.bank_desk import NOW, BankDesk, state, work
from finances.tests.books import books
from finances.tests.earnings import earn, payee, rules
from finances.tests.relay import Relay
from users.models import User
from users.tests.factories import UserFactory

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def test_a_batch_is_sent_found_paid_and_finished(provider: BankDesk, payout: Payout) -> None:
    before = provider.balance
    assert work(NOW, rounds=2) == [True, False]
    assert state(payout) == ("sent", "pending")
    (batch,) = provider.batches
    assert batch["id"] == payout.gateway_id
    assert batch["idempotencyKey"] == str(payout.idempotency_key)
    assert before - provider.balance == payout.amount == 250_000

    provider.end(payout)
    assert work(NOW + MINUTE) == [True]

    assert state(payout) == ("finished", "approved")
    assert books()["bank"] == -250_000
    assert verify() == []
    assert work(NOW + HOUR) == [False]


def test_what_is_sent_is_whom_where_and_how_much(cable: Relay, payout: Payout) -> None:
    work(NOW)

    sent = json.loads(cable.creations[0][1])
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
    provider: BankDesk, payout: Payout, status: str, code: str, failure: str
) -> None:
    work(NOW)
    provider.end(payout, status, **({"code": code} if code else {}))
    work(NOW + MINUTE)

    assert state(payout) == ("finished", status.lower())
    line = payout.lines.get()
    assert line.failure == failure
    assert line.failure_detail.startswith(code)
    assert Commission.objects.get().line is None
    assert books()["commissions_payable"] == -250_000
    assert verify() == []


def test_a_batch_that_nobody_approves_there_is_rejected(provider: BankDesk, payout: Payout) -> None:
    work(NOW)
    provider.end(payout, "REJECTED")
    work(NOW + MINUTE)

    assert state(payout) == ("rejected", "cancelled")
    assert books()["commissions_payable"] == -250_000
    assert verify() == []


def test_na_30_only_the_provider_says_that_funds_are_lacking(
    provider: BankDesk, payout: Payout
) -> None:
    provider.empty()
    work(NOW)

    assert state(payout) == ("rejected", "cancelled")
    assert (payout.failure, payout.lines.get().failure) == ("no_funds", "no_funds")
    assert payout.failure_detail.startswith("EXC_008")
    assert Commission.objects.get().line is None
    assert verify() == []
    assert AuditEntry.objects.filter(action="finances.payout.rejected").count() == 1
    assert work(NOW + HOUR) == [False]


def test_what_is_over_the_days_limit_waits_for_tomorrow_and_what_can_never_be_is_given_back(
    provider: BankDesk, admin_user: User, earner: Payee
) -> None:
    other = payee(bank_id=earner.bank_id)
    earn(other.party, 400_000)
    first, second = (
        pay_out(payee_ids=[one.pk], actor_id=admin_user.pk, now=NOW)[0] for one in (earner, other)
    )
    rules(payout_limit=300_000)

    work(NOW, rounds=3)
    assert (state(first)[0], state(second)[0]) == ("sent", "waiting")
    assert second.next_look_at > NOW
    work(second.next_look_at, rounds=3)
    assert state(second)[0] == "sent"

    earn(earner.party, 800_000)
    rules(payout_limit=390_000)
    (large,) = pay_out(payee_ids=[earner.pk], actor_id=admin_user.pk, now=NOW)
    work(NOW + timedelta(days=3), rounds=3)
    assert state(large) == ("rejected", "cancelled")
    assert large.failure == "daily_limit"
    assert verify() == []


def test_another_amount_at_the_provider_is_flagged_and_moves_nothing(
    provider: BankDesk, payout: Payout
) -> None:
    work(NOW)
    PayoutLine.objects.update(commissions=Decimal(100), amount=Decimal(100))
    provider.end(payout)
    work(NOW + MINUTE)
    work(NOW + HOUR)

    assert state(payout) == ("sent", "pending")
    assert payout.lines.get().flagged_at is not None
    assert AuditEntry.objects.filter(action="finances.payout.contradicted").count() == 1
    assert "bank" not in books()


def test_the_banks_are_those_the_provider_lists(provider: BankDesk) -> None:
    gone = PayoutBank.objects.create(pk=str(uuid4()), name="Banco que ya no está")

    assert refresh_banks() == PayoutBank.objects.filter(is_listed=True).count() > 1

    gone.refresh_from_db()
    assert not gone.is_listed


def test_the_tasks_alone_bring_a_days_money_to_the_bank(provider: BankDesk) -> None:
    """A client pays in person, a day passes, the tasks run; nobody presses anything."""
    read_payout_banks()
    bank_id = PayoutBank.objects.order_by("name").values_list("pk", flat=True)[0]
    payee(DEVELOPER, kind=PayeeKind.DEVELOPER, bank_id=bank_id)
    with transaction.atomic():
        take_in_person(
            payable_kind="tests.visit",
            payable_id=uuid4(),
            client_id=UserFactory.create().pk,
            amount=Decimal(5_000_000),
            currency="COP",
            method="card",
            tip=Decimal(0),
            tip_party=None,
            actor_id=UserFactory.create(staff=True).pk,
            cause_id=uuid4(),
            now=NOW - timedelta(days=2),
        )

    pay_commissions()
    send_payouts()
    payout = Payout.objects.get()
    provider.end(payout)
    Payout.objects.update(next_look_at=NOW)
    for task in (send_payouts, pay_commissions, send_payouts, read_payout_banks):
        task()

    assert state(payout) == ("finished", "approved")
    assert payout.stored_by is None
    assert {name: amount for name, amount in books().items() if amount} == {
        "card_terminal": 5_000_000,
        "deposits_held": -5_000_000,
        "commissions": 250_000,
        "bank": -250_000,
    }
    assert verify() == []
