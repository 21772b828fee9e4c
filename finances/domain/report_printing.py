"""A report as PDF: the same report gives the same bytes (FIN-11)."""

from collections.abc import Sequence
from io import BytesIO

from reportlab.lib.pagesizes import LETTER, landscape
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, KeepTogether, SimpleDocTemplate, Spacer, Table, TableStyle

from finances.domain.printing import (
    HEAD,
    HEAD_RIGHT,
    INK,
    MARGIN,
    PALE,
    PLAIN,
    RIGHT,
    RULE,
    SELLER,
    SMALL,
    TEXT,
    TITLE,
    load_fonts,
    say,
)
from finances.domain.report_words import as_words, controls_of, facts_of, shown_columns, title_of
from finances.domain.reports import Column, Report, Row, Section, Shape

PAGE = landscape(LETTER)
# What the library leaves free between a margin and what stands there.
WIDTH = PAGE[0] - 2 * MARGIN - 12
# A column of words is as wide as so many of amounts.
SHARES = {Shape.TEXT: 1.6, Shape.COUNT: 0.6, Shape.PERCENT: 0.6, Shape.MONEY: 1.0}
CURRENCY_SHARE = 0.6
NOTHING = "Nada en este período."


def print_report(report: Report, *, digest: str) -> bytes:
    """The report on as many pages as it takes."""
    load_fonts()
    made = BytesIO()
    document = SimpleDocTemplate(
        made,
        pagesize=PAGE,
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=MARGIN,
        bottomMargin=MARGIN,
        title=title_of(report),
        lang="es-CO",
        invariant=1,
    )
    name = title_of(report)

    def number(canvas: Canvas, made_of: SimpleDocTemplate) -> None:
        canvas.setFont(PLAIN, 7)
        canvas.setFillColor(PALE)
        canvas.drawString(MARGIN + 6, MARGIN / 2, name)
        canvas.drawRightString(PAGE[0] - MARGIN - 6, MARGIN / 2, f"Página {made_of.page}")

    document.build(_story(report, digest), onFirstPage=number, onLaterPages=number)
    return made.getvalue()


def _story(report: Report, digest: str) -> list[Flowable]:
    facts = [
        [say(label, SMALL), say(value, TEXT)] for label, value in facts_of(report, digest=digest)
    ]
    head = Table(facts, colWidths=[32 * mm, WIDTH - 32 * mm])
    head.setStyle(TableStyle([*_TIGHT, ("LEFTPADDING", (0, 0), (0, -1), 0)]))
    story: list[Flowable] = [say(title_of(report), TITLE), Spacer(0, 3 * mm), head]
    for section in (controls_of(report), *report.sections):
        story += [Spacer(0, 6 * mm), *_section(section)]
    return story


_TIGHT = [
    ("TOPPADDING", (0, 0), (-1, -1), 1.5),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 1.5),
    ("VALIGN", (0, 0), (-1, -1), "TOP"),
]


def _section(section: Section) -> list[Flowable]:
    """Its title stays with the beginning of its table."""
    if not section.rows:
        return [KeepTogether([say(section.title, SELLER), say(NOTHING, SMALL)])]
    columns = shown_columns(section)
    rows = [_row(row, columns) for row in section.rows]
    rows += [_row({columns[0].key: "Total"} | dict(row), columns) for row in section.totals]
    heads = [say(column.title, HEAD_RIGHT if _is_right(column) else HEAD) for column in columns]
    made = Table([heads, *rows], colWidths=_widths(columns), repeatRows=1)
    made.setStyle(
        TableStyle(
            [
                *_TIGHT,
                ("LINEBELOW", (0, 0), (-1, 0), 0.8, PALE),
                ("LINEBELOW", (0, 1), (-1, -1), 0.3, RULE),
                ("LEFTPADDING", (0, 0), (0, -1), 0),
                ("RIGHTPADDING", (-1, 0), (-1, -1), 0),
            ]
        )
    )
    if section.totals:
        first = -len(section.totals)
        made.setStyle(TableStyle([("LINEABOVE", (0, first), (-1, first), 0.8, INK)]))
    # A long table may begin on this page and end on another.
    title = say(section.title, SELLER)
    return [title, made] if len(rows) > 25 else [KeepTogether([title, made])]


def _row(row: Row, columns: Sequence[Column]) -> list[Flowable]:
    currency = str(row.get("currency", ""))
    return [
        say(as_words(row.get(column.key), column, currency), RIGHT if _is_right(column) else TEXT)
        for column in columns
    ]


def _is_right(column: Column) -> bool:
    return column.shape is not Shape.TEXT


def _widths(columns: Sequence[Column]) -> list[float]:
    shares = [
        CURRENCY_SHARE if column.key == "currency" else SHARES[column.shape] for column in columns
    ]
    return [WIDTH * share / sum(shares) for share in shares]
