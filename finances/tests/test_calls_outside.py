"""No call of any provider of money is made inside a transaction (NA-31)."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from finances.domain.charges import ChargeOrder, Payer
from finances.domain.means import Acceptance, Method, Spent
from finances.domain.sources import SourceKind
from finances.gateways.payouts_port import PayoutOrder
from finances.gateways.wompi import WompiGateway
from finances.gateways.wompi_books import WompiBooks
from finances.gateways.wompi_payouts import WompiPayouts
from finances.gateways.wompi_refunds import WompiRefunds

ADAPTERS = [WompiGateway, WompiRefunds, WompiPayouts, WompiBooks]
TODAY, ACCEPTED = date(2026, 11, 20), Acceptance("policy", "data")
CHARGE = ChargeOrder(
    reference="SZ-1",
    amount=Decimal(1000),
    currency="COP",
    description="Masaje",
    expires_at=timezone.now(),
    return_url="",
    payer=Payer(email="", full_name="Ana", phone="+573001112233"),
    method=Method.BANCOLOMBIA_COLLECT,
    details={},
    spent=Spent(acceptance=ACCEPTED),
    is_recurrent=False,
)
PAYOUT = PayoutOrder(
    reference="PSZ-1", idempotency_key="key", account_id="a", payment_type="OTHER", lines=()
)
CALLS: dict[str, Callable[[Any], object]] = {
    "WompiGateway.find_by_id": lambda to: to.find_by_id("1-1-1"),
    "WompiGateway.find_by_reference": lambda to: to.find_by_reference("SZ-1"),
    "WompiGateway.find_many": lambda to: to.find_many(["1-1-1", "1-1-2"]),
    "WompiGateway.merchant_info": lambda to: to.merchant_info(),
    "WompiGateway.glance": lambda to: to.glance("1-1-1"),
    "WompiGateway.charge": lambda to: to.charge(CHARGE),
    "WompiGateway.list_banks": lambda to: to.list_banks(),
    "WompiGateway.ask_nequi": lambda to: to.ask_nequi("3991111111"),
    "WompiGateway.find_nequi": lambda to: to.find_nequi("token"),
    "WompiGateway.keep_source": lambda to: to.keep_source(
        kind=SourceKind.CARD, token="token", email="", acceptance=ACCEPTED
    ),
    "WompiGateway.find_source": lambda to: to.find_source("1"),
    "WompiGateway.void_source": lambda to: to.void_source("1"),
    "WompiRefunds.void": lambda to: to.void("1-1-1"),
    "WompiRefunds.refund": lambda to: to.refund(
        transaction_id="1-1-1", amount=Decimal(1), reference="RSZ-1", reason=""
    ),
    "WompiRefunds.find_refund": lambda to: to.find_refund(transaction_id="1", reference="RSZ-1"),
    "WompiPayouts.list_banks": lambda to: to.list_banks(),
    "WompiPayouts.find_account": lambda to: to.find_account(),
    "WompiPayouts.daily_limit": lambda to: to.daily_limit(),
    "WompiPayouts.create": lambda to: to.create(PAYOUT),
    "WompiPayouts.find_by_reference": lambda to: to.find_by_reference("PSZ-1"),
    "WompiPayouts.find_by_id": lambda to: to.find_by_id("1"),
    "WompiPayouts.list_payouts": lambda to: list(to.list_payouts(TODAY, TODAY)),
    "WompiBooks.transactions": lambda to: list(to.transactions(TODAY, TODAY)),
    "WompiBooks.refunds": lambda to: list(to.refunds(TODAY, TODAY)),
    "WompiBooks.payouts": lambda to: list(to.payouts(TODAY, TODAY)),
}


def calls_of(adapter: type) -> set[str]:
    """What an adapter offers."""
    return {f"{adapter.__name__}.{name}" for name in vars(adapter) if not name.startswith("_")}


def test_na_31_each_call_there_is_stands_in_the_table() -> None:
    assert set(CALLS) == set().union(*map(calls_of, ADAPTERS))


@pytest.mark.django_db
@pytest.mark.parametrize("adapter", ADAPTERS, ids=lambda adapter: adapter.__name__)
def test_na_31_no_call_is_made_inside_a_transaction(adapter: type, settings: Any) -> None:
    settings.WOMPI_BASE_URL = settings.WOMPI_PAYOUTS_BASE_URL = "http://127.0.0.1:9"

    for name in sorted(calls_of(adapter)):
        with pytest.raises(RuntimeError, match="inside a transaction"), transaction.atomic():
            CALLS[name](adapter())
