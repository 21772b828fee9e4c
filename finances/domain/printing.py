"""Receipts and sales documents as PDF. What is the same gives the same bytes."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from io import BytesIO
from pathlib import Path
from xml.sax.saxutils import escape

import reportlab
from reportlab.lib import colors
from reportlab.lib.enums import TA_LEFT, TA_RIGHT
from reportlab.lib.pagesizes import LETTER
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

PLAIN, BOLD = "Vera", "VeraBd"
INK, PALE, RULE = colors.HexColor("#1f2933"), colors.HexColor("#616e7c"), colors.HexColor("#cbd2d9")
MARGIN = 18 * mm
# What the library leaves free between a margin and what stands there.
GAP = 6
WIDTH = LETTER[0] - 2 * MARGIN - 2 * GAP
COLUMNS = [WIDTH * share for share in (0.42, 0.15, 0.13, 0.15, 0.15)]


@dataclass(frozen=True, slots=True)
class Item:
    """A row of the table: words, a smaller line below them, and amounts."""

    words: str
    below: str
    list_price: str
    discount: str
    tax: str
    total: str


@dataclass(frozen=True, slots=True)
class Paper:
    """What is printed, all of it in words already. Pairs are a label and what stands beside it."""

    title: str
    seller: str
    seller_facts: Sequence[str]
    facts: Sequence[tuple[str, str]]
    items: Sequence[Item]
    totals: Sequence[tuple[str, str]]
    paid_by: Sequence[tuple[str, str]]
    footer: str


def in_words(amount: Decimal, currency: str) -> str:
    """An amount as people here write it: `$ 119.000`, `$ 1.234,50 USD`."""
    whole = amount == amount.to_integral_value()
    text = f"{abs(amount):,.{0 if whole else 2}f}"
    swapped = text.translate(str.maketrans(",.", ".,"))
    beside = "" if currency == "COP" else f" {currency}"
    return f"{'-' if amount < 0 else ''}$ {swapped}{beside}"


def draw(paper: Paper) -> bytes:
    """The paper as a PDF of as many pages as it takes."""
    load_fonts()
    made = BytesIO()
    document = SimpleDocTemplate(
        made,
        pagesize=LETTER,
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=MARGIN,
        bottomMargin=MARGIN,
        title=paper.title,
        author=paper.seller,
        lang="es-CO",
        invariant=1,
    )
    document.build(_story(paper))
    return made.getvalue()


@cache
def load_fonts() -> None:
    """Fonts of the library's own, so that it looks the same everywhere."""
    folder = Path(reportlab.__file__).parent / "fonts"
    for name in (PLAIN, BOLD):
        pdfmetrics.registerFont(TTFont(name, folder / f"{name}.ttf"))


def _style(
    size: float, *, font: str = PLAIN, color: colors.Color = INK, is_right: bool = False
) -> ParagraphStyle:
    return ParagraphStyle(
        f"{font} {size} {is_right}",
        fontName=font,
        fontSize=size,
        leading=size * 1.35,
        textColor=color,
        alignment=TA_RIGHT if is_right else TA_LEFT,
    )


TITLE, SELLER = _style(15, font=BOLD), _style(11, font=BOLD)
TEXT, SMALL = _style(8.5), _style(7.5, color=PALE)
RIGHT, STRONG = _style(8.5, is_right=True), _style(9.5, font=BOLD, is_right=True)
HEAD = _style(7.5, font=BOLD, color=PALE)
HEAD_RIGHT = _style(7.5, font=BOLD, color=PALE, is_right=True)


def _story(paper: Paper) -> list[Flowable]:
    story: list[Flowable] = [say(paper.seller, SELLER)]
    story += [say(fact, SMALL) for fact in paper.seller_facts if fact]
    story += [Spacer(0, 8 * mm), say(paper.title, TITLE), Spacer(0, 3 * mm)]
    story += [_pairs(paper.facts), Spacer(0, 6 * mm)]
    if paper.items:
        story += [_items(paper.items), Spacer(0, 3 * mm)]
    story.append(_sums(paper.totals, last=STRONG))
    if paper.paid_by:
        story += [Spacer(0, 5 * mm), say("Formas de pago", HEAD), _sums(paper.paid_by, last=RIGHT)]
    return [*story, Spacer(0, 8 * mm), say(paper.footer, SMALL)]


def say(text: str, style: ParagraphStyle) -> Paragraph:
    """Words as they are: nothing in them is markup."""
    return Paragraph(escape(text), style)


def _pairs(pairs: Sequence[tuple[str, str]]) -> Table:
    rows = [[say(label, SMALL), say(value, TEXT)] for label, value in pairs]
    table = Table(rows, colWidths=[32 * mm, WIDTH - 32 * mm])
    table.setStyle(TableStyle([*_TIGHT, ("LEFTPADDING", (0, 0), (0, -1), 0)]))
    return table


_TIGHT = [
    ("TOPPADDING", (0, 0), (-1, -1), 1.5),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 1.5),
    ("VALIGN", (0, 0), (-1, -1), "TOP"),
]


def _items(items: Sequence[Item]) -> Table:
    rows: list[list[object]] = [
        [
            say("Descripción", HEAD),
            *(say(word, HEAD_RIGHT) for word in ("Precio", "Descuento", "Impuesto", "Total")),
        ]
    ]
    for item in items:
        words = [say(item.words, TEXT)]
        words += [say(item.below, SMALL)] if item.below else []
        amounts = (item.list_price, item.discount, item.tax, item.total)
        rows.append([words, *(say(amount, RIGHT) for amount in amounts)])
    table = Table(rows, colWidths=COLUMNS, repeatRows=1)
    table.setStyle(
        TableStyle(
            [
                ("LINEBELOW", (0, 0), (-1, 0), 0.8, PALE),
                ("LINEBELOW", (0, 1), (-1, -1), 0.3, RULE),
                ("LEFTPADDING", (0, 0), (0, -1), 0),
                ("RIGHTPADDING", (-1, 0), (-1, -1), 0),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ]
        )
    )
    return table


def _sums(pairs: Sequence[tuple[str, str]], *, last: ParagraphStyle) -> Table:
    """Amounts on the right, the last one as strong as `last`."""
    styles = [RIGHT] * (len(pairs) - 1) + [last]
    rows = [
        [say(label, style), say(value, style)]
        for (label, value), style in zip(pairs, styles, strict=True)
    ]
    table = Table(rows, colWidths=[WIDTH - 42 * mm, 42 * mm])
    table.setStyle(TableStyle([*_TIGHT, ("RIGHTPADDING", (1, 0), (1, -1), 0)]))
    return table
