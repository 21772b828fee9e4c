"""Refunds of tests: a payment that is paid, credit that came of it, and what is asked for."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.cache import cache
from django.db import transaction
from django.utils import timezone

from finances.models import (
    CounterPayment,
    CreditLot,
    FinanceSettings,
    Payment,
    PaymentAttempt,
    Refund,
)
from finances.services.refund_sending import look_up_next_refund, send_next_refund
from finances.services.refunds import Wish, approve_refund, request_refund
from finances.steps.counter import take_in_person
from finances.steps.credit import issue_credit
from finances.tests.conftest import Open
from finances.tests.wires import Wire
from finances.types import Account
from users.tests.factories import UserFactory

WHOLE = 48_000


@dataclass
class Refunding:
    """A client who paid 48 000 at the gateway, and whoever sits at the desk."""

    wire: Wire
    payment: Payment
    clerk: UUID
    boss: UUID

    @property
    def attempt(self) -> PaymentAttempt:
        return PaymentAttempt.objects.get(payment=self.payment, status__in=["approved", "voided"])

    def credit(self, amount: object = WHOLE, **more: Any) -> CreditLot:
        """What was paid became credit, as when a visit is cancelled."""
        given: dict[str, Any] = {
            "currency": "COP",
            "source": Account.DEPOSITS_HELD,
            "cause_kind": "tests.cancelled",
            "cause_id": self.payment.payable_id,
            "reason": "canceló",
            "now": timezone.now(),
        }
        with transaction.atomic():
            return issue_credit(
                client_id=self.payment.client_id,
                amount=Decimal(str(amount)),
                **{**given, **more},
            )

    def ask(
        self,
        amount: object = WHOLE,
        *,
        source: str = "goodwill",
        destination: str = "gateway",
        **more: Any,
    ) -> Refund:
        asked: dict[str, Any] = {
            "payment_id": self.payment.pk,
            "reason": "no pudo venir",
            "location_id": None,
        }
        by = more.pop("by", self.clerk)
        now = more.pop("now", None) or timezone.now()
        refund_id = more.pop("refund_id", None) or uuid4()
        wish = Wish(
            amount=Decimal(str(amount)),
            source=source,
            destination=destination,
            **{**asked, **more},
        )
        return request_refund(refund_id=refund_id, wish=wish, actor_id=by, now=now)

    def agree(self, refund: Refund, *, by: UUID | None = None) -> Refund:
        return approve_refund(refund_id=refund.pk, actor_id=by or self.boss, now=timezone.now())

    def gone(self) -> int:
        """Whole pesos that the gateway has given back of the payment, by its own books."""
        books = self.wire.sandbox._call("GET", "wompi/books")
        row = books["transactions"][self.attempt.gateway_id]
        if row["status"] == "VOIDED":
            return int(row["amount_in_cents"]) // 100
        return int(row["refunded_in_cents"]) // 100

    def charge_back(self) -> None:
        """The payer's bank takes the payment back; the event waits to be delivered."""
        self.wire.sandbox._call("POST", "wompi/chargeback", {"reference": self.payment.reference})

    def refunds_there(self) -> int:
        """How many refunds the gateway has made."""
        return len(self.wire.sandbox._call("GET", "wompi/books")["refunds"])

    def plan(self, outcome: str, times: int = 1) -> None:
        """How the gateway's next refunds end."""
        self.wire.sandbox._call("POST", "wompi/refunds", {"outcome": outcome, "next": times})


def in_person(paid: Refunding, amount: int = 50_000, tip: int = 5_000) -> CounterPayment:
    """What the same client paid at the counter."""
    with transaction.atomic():
        return take_in_person(
            payable_kind="tests.thing",
            payable_id=uuid4(),
            client_id=paid.payment.client_id,
            amount=Decimal(amount),
            currency="COP",
            method="card",
            tip=Decimal(tip),
            tip_party=uuid4() if tip else None,
            actor_id=paid.clerk,
            cause_id=uuid4(),
            now=timezone.now(),
        )


def work(now: datetime | None = None) -> None:
    """The worker's round at that moment: send what is due, look up what is due."""
    now = now or timezone.now()
    while send_next_refund(now=now):
        pass
    while look_up_next_refund(now=now):
        pass


def work_on(minutes: int = 90) -> None:
    """Rounds of the worker until then: sooner or later everything is certain."""
    start = timezone.now()
    for minute in range(0, minutes, 2):
        work(start + timedelta(minutes=minute))


@pytest.fixture
def paid(wire: Wire, open_one: Open, settings: Any) -> Refunding:
    """48 000 pesos that a client paid with a card today; nobody waits long for an answer."""
    settings.PROVIDER_READ_TIMEOUT = 1
    return make_paid(wire, open_one)


@pytest.fixture
def limit(db: None) -> Any:
    """Sets above how much a second person has to agree."""

    def set_limit(amount: int) -> None:
        FinanceSettings.objects.update_or_create(
            pk=1, defaults={"refund_approval_above": Decimal(amount)}
        )
        cache.delete(FinanceSettings.cache_key())

    return set_limit


def make_paid(wire: Wire, open_one: Open, **how: Any) -> Refunding:
    """Somebody paid at the gateway."""
    payment = open_one(client_id=UserFactory.create().pk)
    wire.deliver(wire.pay(payment, **how))
    payment.refresh_from_db()
    return Refunding(
        wire, payment, UserFactory.create(staff=True).pk, UserFactory.create(admin=True).pk
    )
