"""Booking slots that nobody else wants: alone, and with eight clients at once."""

from bench.report import Row
from bench.scenarios.context import Context
from bench.scenarios.twice import alone_and_together


def measure(context: Context) -> list[Row]:
    """Every booking is another person's."""
    return alone_and_together(
        context,
        ("booking a free slot, alone", "booking free slots"),
        context.free_bookings,
        status=201,
        p95=20,
        rate=150,
    )
