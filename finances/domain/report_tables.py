"""The tables of a report, made of sums (FIN-11): pure arithmetic."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from decimal import Decimal

from core.money import ZERO
from finances.domain.accounts import Account
from finances.domain.figures import Figures, Moved, Sold, Words
from finances.domain.reports import Cell, Column, Section, Shape, table

CURRENCY = Column("currency", "Moneda")
NAME = Column("name", "Nombre")
AMOUNT = Column("amount", "Valor", Shape.MONEY)
SALES = (
    Column("lines", "Líneas", Shape.COUNT),
    Column("discount", "Descuentos", Shape.MONEY),
    Column("taken_back", "Notas crédito", Shape.MONEY),
    Column("base", "Ingreso", Shape.MONEY),
    Column("tax", "Impuestos", Shape.MONEY),
    Column("total", "Total", Shape.MONEY),
)
NO_PLACE, NOBODY = "Sin sede", "Sin persona"
# What waits for somebody who is no client: told by whom it is for.
COMMISSION_KINDS = frozenset({"commission_earned", "commission_reversed"})
ASSETS_OF_CLIENTS = frozenset(
    {Account.GATEWAY_CLEARING, Account.CASH, Account.CARD_TERMINAL, Account.BANK_TRANSFERS}
)
RECEIVED_KINDS = frozenset(
    {"deposit_received", "payment_received", "credit_received", "paid_in_person"}
)

Step = tuple[str, Collection[str], int]
# A kind of movement, the accounts it is seen from, and the sign of what is told.
GIVEN_BACK: tuple[Step, ...] = (
    ("payment_voided", ASSETS_OF_CLIENTS, -1),
    ("refund_promised", {Account.CLIENT_CREDIT, Account.REFUNDS}, 1),
    ("refund_paid", ASSETS_OF_CLIENTS | {Account.BANK}, -1),
    ("credit_issued", {Account.REFUNDS_PAYABLE}, 1),
)
RECONCILED: tuple[Step, ...] = (
    ("difference_resolved", {Account.GATEWAY_CLEARING, Account.BANK}, 1),
    # What somebody paid past us became a client's.
    ("credit_issued", {Account.GATEWAY_CLEARING}, 1),
)

Key = tuple[str, str]
RowOf = dict[str, Cell | Decimal]


def tables_of(figures: Figures, words: Words, *, is_of_place: bool) -> list[Section]:
    """All tables of a period, or those that know of which place they are."""
    sold = figures.sold
    sections = [
        _revenue("revenue_by_category", "Ingresos por categoría", sold, _category(words)),
        _revenue("revenue_by_staff", "Ingresos por persona", sold, _staff),
        _revenue("revenue_by_location", "Ingresos por sede", sold, _place(words)),
        _revenue("revenue_by_tax", "Ingresos por impuesto", sold, _tax(words)),
        _received(figures, words),
        _cash(figures, words),
    ]
    if is_of_place:
        return sections
    return [
        *sections,
        _steps("given_back", "Devoluciones y anulaciones", GIVEN_BACK, figures, words),
        _steps("reconciled", "Diferencias de conciliación resueltas", RECONCILED, figures, words),
        _by_kind("credit", "Saldo a favor de clientes", Account.CLIENT_CREDIT, figures, words),
        _of_parties("tips", "Propinas", Account.TIPS_PAYABLE, figures, words),
        _of_parties(
            "commissions",
            "Comisiones ganadas",
            Account.COMMISSIONS_PAYABLE,
            figures,
            words,
            kinds=COMMISSION_KINDS,
        ),
        _expenses(figures, words),
        _balances(figures, words),
    ]


def _category(words: Words) -> Callable[[Sold], Key]:
    """What is in no category is told by what it is."""

    def of(sold: Sold) -> Key:
        if sold.category_id:
            return str(sold.category_id), sold.category_name
        return sold.item_kind, words.items.get(sold.item_kind, sold.item_kind)

    return of


def _staff(sold: Sold) -> Key:
    return (str(sold.staff_id), sold.staff_name) if sold.staff_id else ("", NOBODY)


def _place(words: Words) -> Callable[[Sold], Key]:
    def of(sold: Sold) -> Key:
        if not sold.location_id:
            return "", NO_PLACE
        name = sold.location_name or words.name_of(sold.location_id, nobody=NO_PLACE)
        return str(sold.location_id), name

    return of


def _tax(words: Words) -> Callable[[Sold], Key]:
    def of(sold: Sold) -> Key:
        name = words.taxes.get(sold.tax_category, sold.tax_category)
        if not sold.tax_rate:
            return sold.tax_category, name
        rate = f"{sold.tax_rate.normalize():f}"
        return f"{sold.tax_category} {rate}", f"{name} {rate} %"

    return of


def _revenue(key: str, title: str, sold: Iterable[Sold], of: Callable[[Sold], Key]) -> Section:
    """Sums by what `of` says, the largest first; who was renamed has the newest name of then."""
    groups: dict[Key, list[Sold]] = defaultdict(list)
    for part in sold:
        groups[of(part)[0], part.currency].append(part)
    rows: list[RowOf] = []
    for (group, currency), parts in groups.items():
        newest = max(parts, key=lambda part: (part.last_at, of(part)[1]))
        row: RowOf = {
            "id": group,
            "name": of(newest)[1],
            "currency": currency,
            "lines": sum(part.lines for part in parts),
        }
        for column in SALES[1:]:
            row[column.key] = sum((getattr(part, column.key) for part in parts), ZERO)
        rows.append(row)
    rows.sort(
        key=lambda row: (row["currency"], -Decimal(row["total"] or 0), row["name"], row["id"])
    )
    return table(key, title, [Column("id", "Identificador"), NAME, CURRENCY, *SALES], rows)


def _received(figures: Figures, words: Words) -> Section:
    rows: list[RowOf] = [
        {
            "method": taken.method,
            "name": words.ways.get((taken.channel, taken.method), taken.method),
            "location": words.name_of(taken.location_id, nobody=NO_PLACE),
            "currency": taken.currency,
            "payments": taken.payments,
            "tips": taken.tips,
            "amount": taken.amount,
        }
        for taken in figures.taken
    ]
    rows.sort(key=lambda row: (row["currency"], row["name"], row["method"], row["location"]))
    columns = [
        Column("method", "Código"),
        Column("name", "Medio"),
        Column("location", "Sede"),
        CURRENCY,
        Column("payments", "Pagos", Shape.COUNT),
        Column("tips", "De ello, propinas", Shape.MONEY),
        AMOUNT,
    ]
    return table("received", "Dinero recibido por medio de pago", columns, rows)


def _cash(figures: Figures, words: Words) -> Section:
    rows: list[RowOf] = [
        {
            "location": words.name_of(moved.location_id, nobody=NO_PLACE),
            "kind": moved.kind,
            "name": words.movements.get(moved.kind, moved.kind),
            "currency": moved.currency,
            "amount": moved.amount,
        }
        for moved in figures.cash
    ]
    rows.sort(key=lambda row: (row["currency"], row["location"], row["kind"]))
    columns = [
        Column("location", "Sede"), Column("kind", "Código"), Column("name", "Movimiento"),
        CURRENCY, AMOUNT,
    ]  # fmt: skip
    return table("cash", "Efectivo y diferencias de caja por sede", columns, rows)


def _steps(key: str, title: str, steps: Sequence[Step], figures: Figures, words: Words) -> Section:
    """Movements seen from the account that tells where money came from or went; no sums."""
    rows = [
        row
        for kind, accounts, sign in steps
        for row in _rows_by_account(
            [m for m in figures.moved if m.kind == kind and m.account in accounts], words, sign
        )
    ]
    columns = [
        Column("kind", "Código"), NAME, Column("account", "Cuenta"), CURRENCY, AMOUNT,
    ]  # fmt: skip
    return table(key, title, columns, rows, is_summed=False)


def _by_kind(key: str, title: str, account: str, figures: Figures, words: Words) -> Section:
    moved = [moved for moved in figures.moved if moved.account == account]
    rows = _rows_by_account(moved, words, words.accounts[account].normal_side if moved else 1)
    return table(key, title, [Column("kind", "Código"), NAME, CURRENCY, AMOUNT], rows)


def _expenses(figures: Figures, words: Words) -> Section:
    moved = [m for m in figures.moved if words.accounts[m.account].kind == "expense"]
    columns = [
        Column("account", "Cuenta"), Column("kind", "Código"), NAME, CURRENCY, AMOUNT,
    ]  # fmt: skip
    return table("expenses", "Gastos y tarifas", columns, _rows_by_account(moved, words, 1))


def _rows_by_account(moved: Iterable[Moved], words: Words, sign: int) -> list[RowOf]:
    """By account and kind of movement, whoever it is for; what comes to nothing is left out."""
    sums: dict[tuple[str, str, str], Decimal] = defaultdict(lambda: ZERO)
    for part in moved:
        sums[part.currency, part.account, part.kind] += sign * part.net
    return [
        {
            "account": words.accounts[account].name,
            "kind": kind,
            "name": words.movements.get(kind, kind),
            "currency": currency,
            "amount": amount,
        }
        for (currency, account, kind), amount in sorted(sums.items())
        if amount
    ]


def _of_parties(
    key: str,
    title: str,
    account: str,
    figures: Figures,
    words: Words,
    *,
    kinds: frozenset[str] | None = None,
) -> Section:
    """Whose it is, and what happened to it; owed is positive."""
    sums: dict[tuple[str, str, str, str], Decimal] = defaultdict(lambda: ZERO)
    for part in figures.moved:
        if part.account == account and (kinds is None or part.kind in kinds):
            name = words.name_of(part.party, nobody=NOBODY)
            sums[part.currency, name, str(part.party or ""), part.kind] -= part.net
    rows: list[RowOf] = [
        {
            "id": party,
            "name": name,
            "movement": words.movements.get(kind, kind),
            "currency": currency,
            "amount": amount,
        }
        for (currency, name, party, kind), amount in sorted(sums.items())
    ]
    columns = [
        Column("id", "Identificador"), NAME, Column("movement", "Movimiento"), CURRENCY, AMOUNT,
    ]  # fmt: skip
    return table(key, title, columns, rows)


def _balances(figures: Figures, words: Words) -> Section:
    """Every account that holds or moved something, in the order of the chart."""
    debits, credits = both_sides(figures.moved)
    order = {code: place for place, code in enumerate(words.accounts)}
    rows: list[RowOf] = [
        {
            "account": stood.account,
            "name": words.accounts[stood.account].name,
            "currency": stood.currency,
            "opening": stood.opening,
            "debits": debits[stood.account, stood.currency],
            "credits": credits[stood.account, stood.currency],
            "closing": stood.closing,
        }
        for stood in sorted(figures.stood, key=lambda s: (s.currency, order[s.account]))
    ]
    columns = [
        Column("account", "Código"),
        Column("name", "Cuenta"),
        CURRENCY,
        Column("opening", "Saldo inicial", Shape.MONEY),
        Column("debits", "Débitos", Shape.MONEY),
        Column("credits", "Créditos", Shape.MONEY),
        Column("closing", "Saldo final", Shape.MONEY),
    ]
    return table("balances", "Saldos de las cuentas", columns, rows, is_summed=False)


Sums = Mapping[tuple[str, str], Decimal]


def both_sides(moved: Iterable[Moved]) -> tuple[Sums, Sums]:
    """Debits and credits of each account in each currency."""
    debits: dict[tuple[str, str], Decimal] = defaultdict(lambda: ZERO)
    credits: dict[tuple[str, str], Decimal] = defaultdict(lambda: ZERO)
    for part in moved:
        debits[part.account, part.currency] += part.debit
        credits[part.account, part.currency] += part.credit
    return debits, credits
