"""Reports as workbooks and on paper: typed, harmless, the same bytes each time (FIN-11)."""

from decimal import Decimal
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
import time_machine
from openpyxl import load_workbook

from finances.domain.report_printing import print_report
from finances.domain.reports import (
    Column,
    Control,
    Report,
    Shape,
    Status,
    check,
    read,
    table,
    write_down,
)
from finances.domain.workbooks import fill_workbook

DIGEST = "ab" * 32
COLUMNS = [
    Column("id", "Identificador"),
    Column("name", "Nombre"),
    Column("currency", "Moneda"),
    Column("lines", "Líneas", Shape.COUNT),
    Column("total", "Total", Shape.MONEY),
]


def report(*names: str, **more: Any) -> Report:
    rows: list[dict[str, Any]] = [
        {"id": str(n), "name": name, "currency": "COP", "lines": n, "total": Decimal("1234.50")}
        for n, name in enumerate(names or ("Masajes", "Faciales"), start=1)
    ]
    controls = [check("revenue", "Ingresos", "COP", report=Decimal(7), ledger=Decimal(5))]
    section = table("revenue_by_category", "Ingresos por categoría", COLUMNS, rows)
    defaults: dict[str, Any] = {
        "kind": "monthly",
        "period": "2026-11",
        "since": "2026-11-01T00:00:00-05:00",
        "until": "2026-12-01T00:00:00-05:00",
        "location": None,
        "status": Status.FINAL,
        "as_of": None,
        "agrees": False,
        "controls": controls,
        "sections": [section],
    }
    return Report(**defaults | more)


def sheet(made: bytes, name: str = "Por categoría") -> Any:
    return load_workbook(BytesIO(made))[name]


def test_what_is_written_down_is_read_back_the_same() -> None:
    body = write_down(report())

    assert write_down(read(body)) == body
    assert read(body).controls == [Control("revenue", "Ingresos", "COP", "7.00", "5.00", "2.00")]
    assert read(body).sections[0].totals == [{"currency": "COP", "lines": 3, "total": "2469.00"}]


def test_cells_have_types_and_formats_below_a_header_that_stays() -> None:
    made = sheet(fill_workbook(report(), digest=DIGEST))

    assert [cell.value for cell in made[1]] == [
        "Identificador",
        "Nombre",
        "Moneda",
        "Líneas",
        "Total",
    ]
    assert made.freeze_panes == "A2"
    name, lines, total = made["B2"], made["D2"], made["E2"]
    assert (name.value, name.data_type) == ("Masajes", "s")
    assert (lines.value, lines.number_format) == (1, "#,##0")
    assert (total.value, total.number_format, total.data_type) == (1234.5, "#,##0.00", "n")
    assert (made["A4"].value, made["E4"].value, made["E4"].font.bold) == ("Total", 2469, True)


@pytest.mark.parametrize(
    "name", ['=HYPERLINK("http://x","y")', "+1+1", "-2", "@SUM(A1)", "\t=1", "=cmd|' /C calc'!A0"]
)
def test_a_name_is_never_a_formula(name: str) -> None:
    made = fill_workbook(report(name), digest=DIGEST)

    cell = sheet(made)["B2"]
    assert (cell.data_type, cell.value, cell.quotePrefix) == ("s", name, True)
    with ZipFile(BytesIO(made)) as packed:
        assert not any(b"<f>" in packed.read(part) for part in packed.namelist())


def test_what_no_program_can_show_is_left_out() -> None:
    made = fill_workbook(report("Masa\x00je\x0b <b>&"), digest=DIGEST)

    assert sheet(made)["B2"].value == "Masaje <b>&"
    assert print_report(report("Masa\x00je <b>&"), digest=DIGEST).startswith(b"%PDF")


def test_the_first_sheet_says_what_it_is_and_whether_it_agrees() -> None:
    made = sheet(fill_workbook(report(), digest=DIGEST), "Reporte")

    said = {row[0].value: row[1].value for row in made.iter_rows(min_row=3)}
    assert made["A1"].value == "Reporte de noviembre de 2026"
    assert said["Estado"] == "Definitivo: el mes está cerrado"
    assert said["Control"].startswith("No cuadra")
    assert said["Huella SHA-256"] == DIGEST


@pytest.mark.parametrize("make", [fill_workbook, print_report])
def test_the_same_report_gives_the_same_bytes_whenever_it_is_asked_for(make: Any) -> None:
    with time_machine.travel("2026-12-06T12:00:00Z", tick=False):
        first = make(report(), digest=DIGEST)
    with time_machine.travel("2031-01-01T00:00:00Z", tick=False):
        assert make(report(), digest=DIGEST) == first


def test_a_long_table_goes_on_over_pages_and_an_empty_one_says_so() -> None:
    long = print_report(report(*(f"Categoría {n}" for n in range(120))), digest=DIGEST)
    empty = report(sections=[table("tips", "Propinas", COLUMNS, [])])

    assert long.count(b"/Type /Page\n") >= 4
    assert print_report(empty, digest=DIGEST).count(b"/Type /Page\n") == 1
    assert sheet(fill_workbook(empty, digest=DIGEST), "Propinas").max_row == 1
