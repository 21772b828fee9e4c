"""Reports of a day or a month: tables, and controls that hold them to the ledger (FIN-11).

A report is written down as JSON once, and whatever is shown or printed is read from that: the same
text gives the same tables, workbook and paper.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

import msgspec

from core.money import ZERO

Cell = str | int | None
Row = Mapping[str, Cell]


class Shape(StrEnum):
    """What stands in a column."""

    TEXT = "text"
    COUNT = "count"
    PERCENT = "percent"
    MONEY = "money"


class Status(StrEnum):
    """Whether the same question can still be answered differently."""

    PROVISIONAL = "provisional"
    FINAL = "final"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table; sums are made of counts and money."""

    key: str
    title: str
    shape: Shape = Shape.TEXT


@dataclass(frozen=True, slots=True)
class Section:
    """A table, and its sums by currency where sums mean something."""

    key: str
    title: str
    columns: Sequence[Column]
    rows: Sequence[Row]
    totals: Sequence[Row] = ()


@dataclass(frozen=True, slots=True)
class Control:
    """What the report's rows come to, beside what the ledger says, and what they differ by."""

    key: str
    title: str
    currency: str
    report: str
    ledger: str
    difference: str


@dataclass(frozen=True, slots=True)
class Place:
    """Of which place it is, under the name it had."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Report:
    """All there is to say of a period; moments are the studio's clock's, `until` is outside."""

    kind: str
    period: str
    since: str
    until: str
    location: Place | None
    status: Status
    # Of a provisional one: when it was true.
    as_of: str | None
    agrees: bool
    controls: Sequence[Control]
    sections: Sequence[Section]
    # Places, and who earns: as they were called when it was made.
    names: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """For files."""
        return f"reporte-{self.period}"

    def section(self, key: str) -> Section | None:
        """One of its tables."""
        return next((section for section in self.sections if section.key == key), None)


def write_down(report: Report) -> bytes:
    """The report as JSON: equal reports give equal bytes."""
    return msgspec.json.encode(report)


def read(body: bytes) -> Report:
    """The report that was written down."""
    return msgspec.json.decode(body, type=Report)


def money(amount: Decimal) -> str:
    """An amount as it is written down."""
    return f"{amount:.2f}"


def check(key: str, title: str, currency: str, *, report: Decimal, ledger: Decimal) -> Control:
    """A control of two sums that should be one."""
    return Control(key, title, currency, money(report), money(ledger), money(report - ledger))


def agree(controls: Iterable[Control]) -> bool:
    """Whether every sum is the ledger's."""
    return all(Decimal(control.difference) == 0 for control in controls)


def table(
    key: str,
    title: str,
    columns: Sequence[Column],
    rows: Iterable[Mapping[str, Cell | Decimal]],
    *,
    is_summed: bool = True,
) -> Section:
    """A table of rows in this order, and their sums by `currency`."""
    wanted = list(rows)
    return Section(
        key=key,
        title=title,
        columns=tuple(columns),
        rows=[_written(row, columns) for row in wanted],
        totals=_totals(wanted, columns) if is_summed else (),
    )


def _written(row: Mapping[str, Cell | Decimal], columns: Sequence[Column]) -> Row:
    return {column.key: _cell(row.get(column.key)) for column in columns}


def _cell(value: Cell | Decimal) -> Cell:
    return money(value) if isinstance(value, Decimal) else value


def _totals(rows: Collection[Mapping[str, Cell | Decimal]], columns: Sequence[Column]) -> list[Row]:
    summed = [column.key for column in columns if column.shape in {Shape.COUNT, Shape.MONEY}]
    by_currency: dict[str, list[Mapping[str, Cell | Decimal]]] = defaultdict(list)
    for row in rows:
        by_currency[str(row["currency"])].append(row)
    return [
        {"currency": currency} | {key: _cell(_sum(row[key] for row in found)) for key in summed}
        for currency, found in sorted(by_currency.items())
    ]


def _sum(values: Iterable[Cell | Decimal]) -> int | Decimal:
    found = list(values)
    if any(isinstance(value, Decimal) for value in found):
        return sum((Decimal(value or 0) for value in found), ZERO)
    return sum(int(value or 0) for value in found)
