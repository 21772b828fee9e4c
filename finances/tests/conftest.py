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
from finances.models import Payee, Payment, Payout, PayoutBank
from finances.services.payees import refresh_banks
from finances.services.payouts import pay_out
from finances.steps.payments import open_payment
from finances.tests.bank_desk import NOW, BankDesk
from finances.tests.chargers import Payer
from finances.tests.earnings import earn, payee
from finances.tests.keepers import Keeper
from finances.tests.payables import FAKE, KIND, FakePayable
from finances.tests.relay import Relay, relay_to
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


@pytest.fixture
def provider(db: None, sandbox: Any) -> BankDesk:
    """The payouts provider."""
    return BankDesk(sandbox)


@pytest.fixture
def cable(provider: BankDesk, settings: Any) -> Iterator[Relay]:
    """The payouts provider behind a wire that can be cut."""
    with relay_to(settings.WOMPI_PAYOUTS_BASE_URL) as relay:
        settings.WOMPI_PAYOUTS_BASE_URL = relay.url
        yield relay


@pytest.fixture
def earner(provider: BankDesk) -> Payee:
    """Somebody who has earned 250 000 and has an account the provider can pay to."""
    refresh_banks()
    found = payee(bank_id=PayoutBank.objects.order_by("name").values_list("pk", flat=True)[0])
    earn(found.party)
    return found


@pytest.fixture
def payout(earner: Payee, admin_user: Any) -> Payout:
    """A batch of one line, stored a moment ago and not sent."""
    return pay_out(payee_ids=[earner.pk], actor_id=admin_user.pk, now=NOW)[0]


@pytest.fixture
def keeper(payer: Payer) -> Keeper:
    """The same client, who keeps ways to pay."""
    return Keeper(payer)
