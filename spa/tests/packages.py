"""Packages to test with, and what the ledger says about them."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from core.ids import uuid7
from finances.domain.accounts import Account
from finances.models import LedgerEntry
from finances.selectors.payments import list_payments_of
from finances.steps.settlement import settle
from finances.types import PaymentView
from spa.models import ClientPackage, Package, Service
from spa.services.packages import buy_package, sell_package
from spa.steps.occupancy import Source
from spa.steps.sales import Given
from spa.steps.sessions import PACKAGE, redeem, restore
from spa.tests.conftest import NOW
from spa.tests.ledger import approved
from users.tests.factories import UserFactory

SOON = NOW + timedelta(days=3)


def offer(*services: Service, **changes: Any) -> Package:
    """Five sessions of the services for half a million, for sale."""
    number = Package.objects.count() + 1
    wanted = {"name": f"Paquete {number}", "sessions": 5, "price": Decimal("500000.00")} | changes
    package = Package.objects.create(**wanted)
    package.services.set(services)
    return package


def sold(package: Package, *, client_id: UUID, now: datetime) -> ClientPackage:
    """The package is the client's: paid in cash at the desk."""
    return sell_package(
        client_id=client_id,
        package_id=package.pk,
        method="cash",
        sale_id=uuid7(),
        actor_id=UserFactory.create(staff=True).pk,
        now=now,
    )


def bought(package: Package, *, client_id: UUID, now: datetime, voucher: str = "") -> ClientPackage:
    """The package waits for the client's payment."""
    found = buy_package(
        client_id=client_id,
        package_id=package.pk,
        vouchers=[voucher] if voucher else [],
        now=now,
    )
    return found.package


def use(package: ClientPackage, *, sessions: int = 1, source: Source | None = None) -> Source:
    """Use sessions of the package for something at `SOON`."""
    source = source or Source("test", uuid4())
    with transaction.atomic():
        redeem(
            client_package_id=package.pk,
            client_id=package.client_id,
            sessions=sessions,
            at=SOON,
            source=source,
            now=NOW,
        )
    return source


def end(step: Any, *sources: Source, **more: Any) -> None:
    """Let what the sessions were used for come to an end."""
    with transaction.atomic():
        ids = [source.id for source in sources]
    which = {"source_ids": ids} if step is restore else {"given": dict.fromkeys(ids, Given(None))}
    step(source_kind="test", now=SOON, **which, **more)


def payment_for(package: ClientPackage) -> PaymentView:
    """The package's payment as it is now."""
    return list_payments_of(payable_kind=PACKAGE, payable_ids=[package.pk])[package.pk]


def pay_for(*packages: ClientPackage, now: datetime, attempt: int = 1) -> int:
    """Settle the packages' payments in one batch, as the webhook's handler does; says its cost."""
    seen = [approved(payment_for(package), now=now, attempt=attempt) for package in packages]
    with transaction.atomic(), CaptureQueriesContext(connection) as queries:
        settle(seen, now=now)
    return len(queries)


def balance_of(account: Account, party: UUID | None = None) -> Decimal:
    """What an account holds, positive on the side of what is owed or earned."""
    entries = LedgerEntry.objects.filter(account=account)
    if party is not None:
        entries = entries.filter(party=party)
    return -sum((entry.amount for entry in entries), Decimal(0))


def counts(package: ClientPackage) -> tuple[int, int, str]:
    """Sessions left and settled, and the status, as they are stored."""
    found = ClientPackage.objects.get(pk=package.pk)
    return found.sessions_left, found.sessions_settled, found.status
