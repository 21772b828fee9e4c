"""People who earn something, accounts to pay them at, and the payouts provider over HTTP."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from django.core.cache import cache
from django.db import transaction
from django.utils import timezone

from finances.domain.accounts import Account, move
from finances.models import Commission, FinanceSettings, Payee, PayoutBank
from finances.models.payees import PayeeKind
from finances.services.payees import register_payee
from finances.steps.commissions import earn_commission
from finances.steps.counter import take_in_person
from finances.steps.ledger import Movement, post
from users.tests.factories import UserFactory

BANK_ID = "0f7a3a52-6a0c-4f0c-9c53-0c0a5bb6a001"


def bank(gateway_id: str = BANK_ID) -> PayoutBank:
    return PayoutBank.objects.get_or_create(pk=gateway_id, defaults={"name": "Banco de Prueba"})[0]


def payee(
    party: UUID | None = None,
    *,
    kind: str = PayeeKind.STAFF,
    now: datetime | None = None,
    **more: Any,
) -> Payee:
    """Somebody with a bank account."""
    details: dict[str, Any] = {
        "party": party or uuid4(),
        "kind": kind,
        "name": "Ana Ruiz",
        "email": "ana@example.com",
        "legal_id_kind": "CC",
        "legal_id": "1000000000",
        "account_type": "AHORROS",
        "account_number": "12345678",
        "bank": bank(more.pop("bank_id", BANK_ID)),
    }
    admin = UserFactory.create(admin=True)
    return register_payee(
        payee=Payee(**details | more), actor_id=admin.pk, now=now or timezone.now()
    )


def earn(party: UUID, base: int = 500_000, percent: int = 50, **more: Any) -> Commission:
    """A commission of half of 500 000, unless said."""
    with transaction.atomic():
        return earn_commission(
            **{
                "party": party,
                "base": Decimal(base),
                "percent": Decimal(percent),
                "currency": "COP",
                "cause_kind": "tests.line",
                "cause_id": uuid4(),
                "description": "Masaje",
                "now": timezone.now(),
            }
            | more
        )


def tip(party: UUID, amount: int = 20_000) -> None:
    """Somebody is given a tip at the desk."""
    with transaction.atomic():
        take_in_person(
            payable_kind="tests.visit",
            payable_id=uuid4(),
            client_id=UserFactory.create().pk,
            amount=Decimal(0),
            currency="COP",
            method="card",
            tip=Decimal(amount),
            tip_party=party,
            actor_id=UserFactory.create(staff=True).pk,
            cause_id=uuid4(),
            now=timezone.now(),
        )


def owe_refund(client_id: UUID, amount: int, cause_id: UUID) -> None:
    """The ledger owes a client money."""
    sides = move(
        amount=Decimal(amount),
        currency="COP",
        debit=Account.PROMOTIONS,
        credit=Account.REFUNDS_PAYABLE,
        party=client_id,
    )
    with transaction.atomic():
        post(
            [Movement("credit_issued", sides, cause_kind="tests.refund", cause_id=cause_id)],
            now=timezone.now(),
        )


def rules(**changes: Any) -> None:
    """The owner changes the rules of money."""
    FinanceSettings.objects.update_or_create(pk=1, defaults=changes)
    cache.clear()
