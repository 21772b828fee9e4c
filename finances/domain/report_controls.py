"""Controls: whether what rows of a report come to is what the ledger says (FIN-11)."""

from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal

from core.money import ZERO
from finances.domain.accounts import Account
from finances.domain.figures import Figures, Moved, Words
from finances.domain.report_tables import (
    ASSETS_OF_CLIENTS,
    COMMISSION_KINDS,
    RECEIVED_KINDS,
    both_sides,
)
from finances.domain.reports import Control, check

TAXES = frozenset({Account.VAT_PAYABLE, Account.CONSUMPTION_TAX_PAYABLE})


def controls_of(figures: Figures, words: Words, *, is_of_place: bool) -> list[Control]:
    """By currency. Of a place the ledger is asked for what its documents and payments caused."""
    currencies = sorted(
        {
            part.currency
            for group in (
                figures.sold,
                figures.taken,
                figures.cash,
                figures.moved,
                figures.booked_sales,
            )
            for part in group
        }
    )
    of = _of_place if is_of_place else _of_all
    return [control for currency in currencies for control in of(figures, words, currency)]


def _of_place(figures: Figures, words: Words, currency: str) -> Iterator[Control]:
    base, tax = _sold(figures, currency)
    booked = [sales for sales in figures.booked_sales if sales.currency == currency]
    revenue = sum((sales.revenue for sales in booked), ZERO)
    yield check("revenue", "Ingresos", currency, report=base, ledger=revenue)
    owed = sum((sales.tax for sales in booked), ZERO)
    yield check("tax", "Impuestos", currency, report=tax, ledger=owed)
    for key, title, rows in (
        ("received", "Dinero recibido", figures.taken),
        ("cash", "Efectivo", figures.cash),
    ):
        own = [row for row in rows if row.currency == currency]
        said = sum((row.amount for row in own), ZERO)
        yield check(
            key, title, currency, report=said, ledger=sum((row.booked for row in own), ZERO)
        )


def _of_all(figures: Figures, words: Words, currency: str) -> Iterator[Control]:
    moved = [part for part in figures.moved if part.currency == currency]
    base, tax = _sold(figures, currency)

    def is_revenue(part: Moved) -> bool:
        return words.accounts[part.account].kind == "income" and part.account != Account.REFUNDS

    yield check("revenue", "Ingresos", currency, report=base, ledger=-_net(moved, is_revenue))
    owed = -_net(moved, lambda part: part.account in TAXES)
    yield check("tax", "Impuestos", currency, report=tax, ledger=owed)
    taken = [part for part in figures.taken if part.currency == currency]
    received = _net(
        moved, lambda part: part.account in ASSETS_OF_CLIENTS and part.kind in RECEIVED_KINDS
    )
    said = sum((part.amount for part in taken), ZERO)
    yield check("received", "Dinero recibido", currency, report=said, ledger=received)
    tips = -_net(
        moved, lambda part: part.account == Account.TIPS_PAYABLE and part.kind == "paid_in_person"
    )
    said = sum((part.tips for part in taken), ZERO)
    yield check("tips", "Propinas recibidas", currency, report=said, ledger=tips)
    said = sum((part.amount for part in figures.cash if part.currency == currency), ZERO)
    cash = _net(moved, lambda part: part.account == Account.CASH)
    yield check("cash", "Efectivo", currency, report=said, ledger=cash)
    earned = -_net(
        moved,
        lambda part: part.account == Account.COMMISSIONS_PAYABLE and part.kind in COMMISSION_KINDS,
    )
    spent = _net(moved, lambda part: part.account == Account.COMMISSIONS)
    yield check("commissions", "Comisiones", currency, report=earned, ledger=spent)
    yield from _of_balances(figures, words, currency)


def _of_balances(figures: Figures, words: Words, currency: str) -> Iterator[Control]:
    debits, credits = both_sides(part for part in figures.moved if part.currency == currency)
    yield check(
        "sides",
        "Débitos y créditos",
        currency,
        report=sum(debits.values(), ZERO),
        ledger=sum(credits.values(), ZERO),
    )
    gap = ZERO
    for stood in figures.stood:
        if stood.currency == currency:
            key = stood.account, currency
            side = words.accounts[stood.account].normal_side
            moved = side * (debits.get(key, ZERO) - credits.get(key, ZERO))
            gap += abs(stood.opening + moved - stood.closing)
    title = "Saldos iniciales, movimientos y saldos finales"
    yield check("balances", title, currency, report=gap, ledger=ZERO)


def _sold(figures: Figures, currency: str) -> tuple[Decimal, Decimal]:
    own = [part for part in figures.sold if part.currency == currency]
    return sum((part.base for part in own), ZERO), sum((part.tax for part in own), ZERO)


def _net(moved: Iterable[Moved], is_meant: Callable[[Moved], bool]) -> Decimal:
    return sum((part.net for part in moved if is_meant(part)), ZERO)
