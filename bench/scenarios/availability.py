"""Free times of twenty people for two weeks, seven tenths full, in one call."""

from datetime import timedelta
from urllib.parse import urlencode

from bench.measure import get
from bench.report import Row, Target
from bench.scenarios.context import Context, problems_in
from bench.studio import DAYS

REQUESTS = 600
WARM_UP = 100
FLOOR = 600


def question(context: Context) -> bytes:
    """The request."""
    studio = context.studio
    query = {
        "services": studio.service,
        "location": studio.booked.location,
        "from": studio.first_day,
        "to": studio.first_day + timedelta(days=DAYS - 1),
    }
    return get(f"/api/v1/availability?{urlencode(query)}")


def measure(context: Context) -> list[Row]:
    """One client asks again and again."""
    request = question(context)
    context.stream([request] * WARM_UP, clients=8)
    measured = context.stream([request] * REQUESTS, clients=1)
    # The first one also reads the studio, which the web server already remembers.
    _, once = context.record([request] * 2, status=200)
    return [
        Row(
            name="availability, 20 staff × 14 days",
            rows=context.rows,
            measured=measured,
            floor=context.run_floor([once] * FLOOR, clients=1),
            target=Target(p95=15, growth=1.2),
            problems=problems_in(measured, 200),
        )
    ]
