"""Days that are compared: a payment of yesterday, and what somebody does behind our back."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings as django_settings
from django.utils import timezone

from finances.domain.reconciliation import Way
from finances.models import Difference, Payment, Reconciliation
from finances.selectors.payments import checkout_of
from finances.services.differences import resolve_difference
from finances.services.reconciliation import reconcile_day
from finances.tests.books import books
from finances.tests.conftest import Open
from finances.tests.wires import Wire
from users.tests.factories import UserFactory


def today() -> date:
    """The studio's day of what tests do at the gateway."""
    return timezone.localdate(timezone=ZoneInfo(django_settings.TIME_ZONE))


def tomorrow(days: int = 1) -> datetime:
    """When today can be compared."""
    return timezone.now() + timedelta(days=days, hours=3)


@dataclass
class Night:
    """The gateway, its payers, and the comparison of today once it is over."""

    wire: Wire
    open_one: Open

    def pay(self, payment: Payment | None = None, **how: Any) -> Payment:
        """A payment that the gateway took and of which no event came."""
        payment = payment or self.open_one(client_id=UserFactory.create().pk)
        self.wire.sandbox.pay(
            payment.reference,
            how.pop("outcome", "APPROVED"),
            **({"checkout": checkout_of(payment)} if "amount_in_cents" not in how else {}),
            **how,
        )
        return payment

    def pay_known(self, **how: Any) -> Payment:
        """A payment of which we heard as usual."""
        payment = self.open_one(client_id=UserFactory.create().pk)
        self.wire.deliver(self.wire.pay(payment, **how))
        payment.refresh_from_db()
        return payment

    def pay_outside(self, pesos: int = 70_000, reference: str = "LINK-1") -> str:
        """Somebody pays by a link of the merchant's panel: a reference that is none of ours."""
        paid = self.wire.sandbox.pay(
            reference, "APPROVED", amount_in_cents=pesos * 100, currency="COP"
        )
        return str(paid["transaction_id"])

    def run(self, *, days: int = 1, is_again: bool = True) -> Reconciliation:
        """Compare today, some days later."""
        return reconcile_day(day=today(), now=tomorrow(days), is_again=is_again)

    def held_there(self) -> Decimal:
        """Whole money that the gateway has, by its own books: an independent witness."""
        rows = self.wire.sandbox._call("GET", "wompi/books")["transactions"].values()
        cents = sum(
            row["amount_in_cents"] - row["refunded_in_cents"]
            for row in rows
            if row["status"] == "APPROVED"
        )
        return Decimal(cents) / 100

    def held_here(self) -> Decimal:
        """The same by our ledger."""
        return books().get("gateway_clearing", Decimal(0))


def resolve(
    difference: Difference, by: UUID, way: str = "differences", client: UUID | None = None
) -> Difference:
    """Somebody resolves it."""
    return resolve_difference(
        difference_id=difference.pk,
        way=Way(way),
        note="visto con la pasarela",
        client_id=client,
        actor_id=by,
        now=timezone.now(),
    )


@pytest.fixture
def night(wire: Wire, open_one: Open, settings: Any) -> Night:
    """A day at the gateway; nobody waits long for an answer."""
    settings.PROVIDER_READ_TIMEOUT = 1
    return Night(wire, open_one)


def seen(difference: Difference) -> tuple[str, str, int, str]:
    """What it says, in short."""
    return difference.subject, difference.kind, int(difference.amount), difference.state
