"""The chart of accounts: every place in which money can be today (docs/money.md)."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from uuid import UUID


class Account(StrEnum):
    """Codes of accounts; each is created with the tables."""

    GATEWAY_CLEARING = "gateway_clearing"
    CASH = "cash"
    CARD_TERMINAL = "card_terminal"
    BANK_TRANSFERS = "bank_transfers"
    CLIENT_RECEIVABLES = "client_receivables"
    DEPOSITS_HELD = "deposits_held"
    DEFERRED_PACKAGES = "deferred_packages"
    CLIENT_CREDIT = "client_credit"
    TIPS_PAYABLE = "tips_payable"
    REVENUE_SERVICES = "revenue_services"
    REVENUE_CLASSES = "revenue_classes"
    REVENUE_PACKAGES = "revenue_packages"
    REVENUE_FORFEITED = "revenue_forfeited"
    PROMOTIONS = "promotions"
    BANK = "bank"
    PETTY_EXPENSES = "petty_expenses"
    CASH_DIFFERENCES = "cash_differences"
    VAT_PAYABLE = "vat_payable"
    CONSUMPTION_TAX_PAYABLE = "consumption_tax_payable"
    ADJUSTMENTS = "adjustments"
    REFUNDS = "refunds"
    COMMISSIONS_PAYABLE = "commissions_payable"
    PAYOUTS_IN_TRANSIT = "payouts_in_transit"
    REFUNDS_PAYABLE = "refunds_payable"
    COMMISSIONS = "commissions"
    DEFERRED_SUBSCRIPTIONS = "deferred_subscriptions"
    REVENUE_SUBSCRIPTIONS = "revenue_subscriptions"
    GATEWAY_FEES = "gateway_fees"
    DIFFERENCES = "differences"


@dataclass(frozen=True, slots=True)
class AccountRow:
    """How an account is described; a debit is positive, so an asset's normal side is 1."""

    code: Account
    name: str
    kind: str
    normal_side: int


CHART = (
    AccountRow(Account.GATEWAY_CLEARING, "Dinero en la pasarela", "asset", 1),
    AccountRow(Account.CASH, "Efectivo", "asset", 1),
    AccountRow(Account.CARD_TERMINAL, "Datáfono", "asset", 1),
    AccountRow(Account.BANK_TRANSFERS, "Transferencias recibidas", "asset", 1),
    AccountRow(Account.CLIENT_RECEIVABLES, "Por cobrar a clientes", "asset", 1),
    AccountRow(Account.DEPOSITS_HELD, "Anticipos recibidos", "liability", -1),
    AccountRow(Account.DEFERRED_PACKAGES, "Paquetes por prestar", "liability", -1),
    AccountRow(Account.CLIENT_CREDIT, "Saldo a favor de clientes", "liability", -1),
    AccountRow(Account.TIPS_PAYABLE, "Propinas por entregar", "liability", -1),
    AccountRow(Account.REVENUE_SERVICES, "Ingresos por servicios", "income", -1),
    AccountRow(Account.REVENUE_CLASSES, "Ingresos por clases", "income", -1),
    AccountRow(Account.REVENUE_PACKAGES, "Ingresos por paquetes", "income", -1),
    AccountRow(Account.REVENUE_FORFEITED, "Ingresos por dinero no devuelto", "income", -1),
    AccountRow(Account.PROMOTIONS, "Promociones y premios", "expense", 1),
    AccountRow(Account.BANK, "Bancos", "asset", 1),
    AccountRow(Account.PETTY_EXPENSES, "Gastos menores de caja", "expense", 1),
    AccountRow(Account.CASH_DIFFERENCES, "Diferencias de caja", "expense", 1),
    AccountRow(Account.VAT_PAYABLE, "IVA por pagar", "liability", -1),
    AccountRow(Account.CONSUMPTION_TAX_PAYABLE, "Impoconsumo por pagar", "liability", -1),
    AccountRow(Account.ADJUSTMENTS, "Ajustes de saldo", "expense", 1),
    AccountRow(Account.REFUNDS, "Devoluciones de ingresos", "income", -1),
    AccountRow(Account.COMMISSIONS_PAYABLE, "Comisiones por pagar", "liability", -1),
    AccountRow(Account.PAYOUTS_IN_TRANSIT, "Pagos a terceros en camino", "liability", -1),
    AccountRow(Account.REFUNDS_PAYABLE, "Devoluciones por pagar", "liability", -1),
    AccountRow(Account.COMMISSIONS, "Comisiones", "expense", 1),
    AccountRow(Account.DEFERRED_SUBSCRIPTIONS, "Membresías por prestar", "liability", -1),
    AccountRow(Account.REVENUE_SUBSCRIPTIONS, "Ingresos por membresías", "income", -1),
    AccountRow(Account.GATEWAY_FEES, "Costos de la pasarela", "expense", 1),
    AccountRow(Account.DIFFERENCES, "Diferencias de conciliación", "expense", 1),
)

# Where money stays that a payment of a kind brought, until it is earned.
LIABILITY_OF_KIND = {
    "deposit": Account.DEPOSITS_HELD,
    "balance": Account.DEPOSITS_HELD,
    "class": Account.DEPOSITS_HELD,
    "series": Account.DEPOSITS_HELD,
    "package": Account.DEFERRED_PACKAGES,
    "subscription": Account.DEFERRED_SUBSCRIPTIONS,
}

# Accounts whose entries belong to somebody: a client, or for tips whoever earned them.
OWNED = frozenset(
    {
        Account.CLIENT_RECEIVABLES,
        Account.DEPOSITS_HELD,
        Account.DEFERRED_PACKAGES,
        Account.CLIENT_CREDIT,
        Account.TIPS_PAYABLE,
        Account.COMMISSIONS_PAYABLE,
        Account.PAYOUTS_IN_TRANSIT,
        Account.REFUNDS_PAYABLE,
        Account.DEFERRED_SUBSCRIPTIONS,
    }
)


@dataclass(frozen=True, slots=True)
class Side:
    """One entry of a movement: signed, debits positive."""

    account: Account
    amount: Decimal
    currency: str
    party: UUID | None = None


def move(
    *, amount: Decimal, currency: str, debit: Account, credit: Account, party: UUID | None
) -> tuple[Side, Side]:
    """Both sides of one movement; `party` owns the sides that are somebody's."""
    return (
        Side(debit, amount, currency, _owner(debit, party)),
        Side(credit, -amount, currency, _owner(credit, party)),
    )


def _owner(account: Account, party: UUID | None) -> UUID | None:
    return party if account in OWNED else None
