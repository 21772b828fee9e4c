"""A thing that can be paid for, a payment for it, and the gateway's events in hand."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from django.utils import timezone

from core.testing import process_inbox
from finances.models import Payment
from finances.steps.payments import open_payment
from finances.tests.chargers import Payer
from finances.tests.payables import FAKE, KIND, FakePayable
from finances.tests.wires import Wire
from users.tests.factories import UserFactory


@pytest.fixture
def payable() -> Iterator[FakePayable]:
    """Takes every payment, and remembers what it was told; a test may change its answer."""
    FAKE.reset()
    yield FAKE
    FAKE.reset()


class Open:
    """Opens payments; each test says only what it is about."""

    def __call__(
        self,
        *,
        amount: str = "48000.00",
        client_id: UUID | None = None,
        now: datetime | None = None,
        minutes: int = 20,
    ) -> Payment:
        now = now or timezone.now()
        with transaction.atomic():
            return open_payment(
                kind="deposit",
                payable_kind=KIND,
                payable_id=UUID(int=now.toordinal()),
                client_id=client_id or UserFactory.create().pk,
                amount=Decimal(amount),
                currency="COP",
                expires_at=now + timedelta(minutes=minutes),
                now=now,
            )


@pytest.fixture
def open_one(db: None, payable: FakePayable) -> Open:
    return Open()


@pytest.fixture
def payment(open_one: Open) -> Payment:
    """A pending deposit of 48 000 pesos."""
    return open_one()


@pytest.fixture
def wire(db: None, sandbox: Any, api: Any) -> Wire:
    """The gateway on one end, our webhook on the other."""
    return Wire(sandbox, api, work=process_inbox)


@pytest.fixture
def payer(sandbox: Any, api: Any, open_one: Open) -> Payer:
    """A client with an address for receipts, who owes a deposit of 48 000 pesos."""
    client = UserFactory.create(email="ana@example.com")
    return Payer(sandbox, api.as_(client), open_one(client_id=client.pk))
