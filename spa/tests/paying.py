"""Ways to pay, to test with: credit, a voucher, a package."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction

from core.ids import uuid7
from finances.models import CreditLot, Voucher
from finances.selectors.credit import get_available_credit
from finances.steps.credit import issue_credit
from finances.types import Account
from spa.models import Appointment
from spa.steps.booking import Booked
from spa.tests.conftest import NOW

AFTER_HOLD = NOW + timedelta(minutes=21)


def stored(booked: Booked) -> Appointment:
    """The visit as it is now."""
    return Appointment.objects.get(pk=booked.appointment.pk)


def give_credit(
    client_id: UUID, amount: int | str, *, now: datetime = NOW, valid_days: int | None = None
) -> CreditLot:
    """The client has so much to their credit."""
    with transaction.atomic():
        return issue_credit(
            client_id=client_id,
            amount=Decimal(amount),
            currency="COP",
            source=Account.PROMOTIONS,
            cause_kind="test",
            cause_id=uuid7(),
            reason="una prueba",
            now=now,
            valid_days=valid_days,
        )


def credit_of(client_id: UUID, *, now: datetime = NOW) -> Decimal:
    """What the client can spend."""
    return get_available_credit(client_id=client_id, currency="COP", now=now)


def voucher(code: str = "VEINTE", **changes: Any) -> Voucher:
    """A fifth off everything, for anybody, once."""
    terms = {"name": "Prueba", "kind": "percent", "value": 20, "total_limit": 1}
    return Voucher.objects.create(code=code, **(terms | changes))
