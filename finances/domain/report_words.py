"""A report in words, the same in a workbook and on paper (FIN-11)."""

from datetime import date
from decimal import Decimal

from finances.domain.months import MONTHLY
from finances.domain.printing import in_words
from finances.domain.reports import Cell, Column, Report, Section, Shape, Status

MONTHS = (
    "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre",
    "octubre", "noviembre", "diciembre",
)  # fmt: skip
# For programs: people read the name beside it.
CODES = frozenset({"id", "method", "kind"})
AGREES = "Cuadra con el libro contable"
DIFFERS = "No cuadra con el libro contable: ver los controles"
CONTROLS = (
    Column("title", "Control"),
    Column("currency", "Moneda"),
    Column("report", "Reporte", Shape.MONEY),
    Column("ledger", "Libro", Shape.MONEY),
    Column("difference", "Diferencia", Shape.MONEY),
)


def title_of(report: Report) -> str:
    """`Reporte de noviembre de 2026`."""
    day = date.fromisoformat(report.since[:10])
    month = f"{MONTHS[day.month - 1]} de {day.year}"
    return f"Reporte de {month}" if report.kind == MONTHLY else f"Reporte del {day.day} de {month}"


def facts_of(report: Report, *, digest: str) -> list[tuple[str, str]]:
    """What somebody who reads it has to know."""
    is_final = report.status is Status.FINAL
    status = "Definitivo: el mes está cerrado" if is_final else "Provisional: puede cambiar"
    facts = [
        ("Sede", report.location.name if report.location else "Todas"),
        ("Estado", status),
        ("Control", AGREES if report.agrees else DIFFERS),
        ("Huella SHA-256", digest),
    ]
    if report.as_of:
        facts.insert(2, ("A las", f"{report.as_of[:10]} {report.as_of[11:16]}"))
    return facts


def controls_of(report: Report) -> Section:
    """The controls as a table like the others."""
    rows = [
        {column.key: getattr(control, column.key) for column in CONTROLS}
        for control in report.controls
    ]
    return Section("controls", "Controles contra el libro contable", CONTROLS, rows)


def shown_columns(section: Section) -> list[Column]:
    """Those a person reads."""
    return [column for column in section.columns if column.key not in CODES]


def as_words(cell: Cell, column: Column, currency: str) -> str:
    """A cell on paper."""
    if cell is None:
        return ""
    if column.shape is Shape.MONEY:
        return in_words(Decimal(str(cell)), currency)
    return str(cell)
