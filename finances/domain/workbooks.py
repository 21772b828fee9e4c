"""A report as an Excel workbook, a sheet a table: the same report gives the same bytes (FIN-11).

Text is never a formula, whoever wrote it: a category that is called `=1+1` is only called that.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from openpyxl import Workbook
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from finances.domain.report_words import controls_of, facts_of, title_of
from finances.domain.reports import Cell, Column, Report, Row, Section, Shape

# A workbook says when it was made; this one says what it is of, and nothing that changes.
EPOCH = datetime(2000, 1, 1)  # noqa: DTZ001 (the format knows no zones)
ZIPPED_AT = (2000, 1, 1, 0, 0, 0)
CHANGED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*(</dcterms:modified>)")
# What some program might take for a formula, should it read the text once more.
RISKY = ("=", "+", "-", "@", "\t", "\r", "\n")
UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
FORMATS = {Shape.MONEY: "#,##0.00", Shape.COUNT: "#,##0", Shape.PERCENT: "0.##"}
BOLD, HEAD_FILL = Font(bold=True), PatternFill("solid", fgColor="E4E7EB")
TITLES = {
    "controls": "Controles",
    "revenue_by_category": "Por categoría",
    "revenue_by_staff": "Por persona",
    "revenue_by_location": "Por sede",
    "revenue_by_tax": "Por impuesto",
    "received": "Dinero recibido",
    "cash": "Efectivo",
    "given_back": "Devoluciones",
    "reconciled": "Conciliación",
    "credit": "Saldo a favor",
    "tips": "Propinas",
    "commissions": "Comisiones",
    "expenses": "Gastos",
    "balances": "Saldos",
}


def fill_workbook(report: Report, *, digest: str) -> bytes:
    """The report as a workbook: what it is of on the first sheet, then a table a sheet."""
    book = Workbook()
    del book["Sheet"]
    _summary(book.create_sheet("Reporte"), report, digest)
    for section in (controls_of(report), *report.sections):
        _sheet(book.create_sheet(TITLES.get(section.key, section.key)), section)
    book.properties.creator = "StudioZens"
    book.properties.title = title_of(report)
    book.properties.created = EPOCH
    made = BytesIO()
    book.save(made)
    return _timeless(made)


def _summary(sheet: Worksheet, report: Report, digest: str) -> None:
    _say(sheet.cell(1, 1), title_of(report)).font = Font(bold=True, size=14)
    facts = [("Desde", report.since), ("Hasta", report.until), *facts_of(report, digest=digest)]
    for number, (label, value) in enumerate(facts, start=3):
        _say(sheet.cell(number, 1), label).font = BOLD
        _say(sheet.cell(number, 2), value)
    sheet.column_dimensions["A"].width = 22
    sheet.column_dimensions["B"].width = 70


def _sheet(sheet: Worksheet, section: Section) -> None:
    """A header that stays in sight, rows of typed cells, sums in bold."""
    for number, column in enumerate(section.columns, start=1):
        cell = _say(sheet.cell(1, number), column.title)
        cell.font, cell.fill = BOLD, HEAD_FILL
        letter = get_column_letter(number)
        sheet.column_dimensions[letter].width = _width(section, column)
    for number, row in enumerate(section.rows, start=2):
        _write(sheet, number, row, section.columns)
    for number, row in enumerate(section.totals, start=len(section.rows) + 2):
        key = section.columns[0].key
        for cell in _write(sheet, number, {key: "Total"} | dict(row), section.columns):
            cell.font = BOLD
    sheet.freeze_panes = "A2"


def _write(sheet: Worksheet, number: int, row: Row, columns: Sequence[Column]) -> list[Any]:
    cells = []
    for place, column in enumerate(columns, start=1):
        cell = sheet.cell(number, place)
        _put(cell, row.get(column.key), column)
        cells.append(cell)
    return cells


def _put(cell: Any, value: Cell, column: Column) -> None:
    if value is None:
        return
    if column.shape is Shape.TEXT or (isinstance(value, str) and column.shape is Shape.COUNT):
        _say(cell, str(value))
        return
    cell.value = value if isinstance(value, int) else Decimal(value)
    cell.number_format = FORMATS[column.shape]


def _say(cell: Any, text: str) -> Any:
    """Text that stays text."""
    cell.value = UNPRINTABLE.sub("", text)
    cell.data_type = "s"
    if text.startswith(RISKY):
        cell.quotePrefix = True
    return cell


def _width(section: Section, column: Column) -> float:
    cells = [str(row.get(column.key) or "") for row in section.rows]
    return float(min(max(len(text) for text in [column.title, *cells]) + 4, 50))


def _timeless(made: BytesIO) -> bytes:
    """The same files in the same order, without the moment at which they were packed."""
    packed = BytesIO()
    with ZipFile(made) as source, ZipFile(packed, "w", ZIP_DEFLATED) as target:
        for name in source.namelist():
            body = source.read(name)
            if name == "docProps/core.xml":
                stamp = EPOCH.isoformat().encode() + b"Z"
                body = CHANGED.sub(rb"\g<1>" + stamp + rb"\g<2>", body)
            target.writestr(ZipInfo(name, ZIPPED_AT), body, compress_type=ZIP_DEFLATED)
    return packed.getvalue()
