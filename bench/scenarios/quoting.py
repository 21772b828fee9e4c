"""Asking what a visit would cost: alone, and with eight clients at once."""

from itertools import cycle, islice

from bench.report import Row
from bench.scenarios.context import APPOINTMENTS, Context
from bench.scenarios.twice import alone_and_together

QUOTES = f"{APPOINTMENTS}/quote"
PEOPLE = 500


def questions(context: Context) -> list[bytes]:
    """Each by another person about another free slot; nothing is written, so they can repeat."""
    slots, place = context.free_slots(PEOPLE), context.studio.free.location
    people = context.bookers.take(PEOPLE)
    return [
        context.act(QUOTES, context.order(*slot, place), booker)
        for slot, booker in zip(slots, people, strict=True)
    ]


def measure(context: Context) -> list[Row]:
    """The same people ask again and again."""
    supply = cycle(questions(context))
    return alone_and_together(
        context,
        ("quote for a visit, alone", "quotes for visits"),
        lambda number: list(islice(supply, number)),
        status=200,
        p95=25,
        rate=120,
    )
