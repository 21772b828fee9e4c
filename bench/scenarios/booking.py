"""Booking slots that nobody else wants: alone, and with eight clients at once."""

from bench.report import Row, Target
from bench.scenarios.context import Context, problems_in

ALONE = 500
TOGETHER = 1_500
CLIENTS = 8
WARM_UP = 100
FLOOR = 300


def measure(context: Context) -> list[Row]:
    """Every booking is another person's."""
    context.stream(context.free_bookings(WARM_UP), clients=CLIENTS)
    recorded = context.record(context.free_bookings(FLOOR), status=201)
    alone = context.stream(context.free_bookings(ALONE), clients=1)
    together = context.stream(context.free_bookings(TOGETHER), clients=CLIENTS)
    half = FLOOR // 2
    return [
        Row(
            name="booking a free slot, alone",
            rows=context.rows,
            measured=alone,
            floor=context.run_floor(recorded[:half], clients=1),
            target=Target(p95=20),
            problems=problems_in(alone, 201),
        ),
        Row(
            name=f"booking free slots, {CLIENTS} clients",
            rows=context.rows,
            measured=together,
            floor=context.run_floor(recorded[half:], clients=CLIENTS),
            target=Target(rate=150),
            compares_rates=True,
            problems=problems_in(together, 201),
        ),
    ]
