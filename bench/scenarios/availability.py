"""Free times, seven tenths full, in one call: twenty people for two weeks, fifty for a month."""

from datetime import timedelta
from urllib.parse import urlencode

from bench.measure import get
from bench.report import Row, Target
from bench.scenarios.context import Context, problems_in
from bench.studio import DAYS, LARGE_DAYS, Team

REQUESTS = 600
WARM_UP = 100
FLOOR = 600


def question(context: Context, team: Team, days: int) -> bytes:
    """The request."""
    first_day = context.studio.first_day
    query = {
        "services": context.studio.service,
        "location": team.location,
        "from": first_day,
        "to": first_day + timedelta(days=days - 1),
    }
    return get(f"/api/v1/availability?{urlencode(query)}")


def measure(context: Context) -> list[Row]:
    """One client asks again and again."""
    studio = context.studio
    return [
        _measured(context, studio.booked, DAYS, Target(p95=15, growth=1.2)),
        _measured(context, studio.large, LARGE_DAYS, Target(p95=30)),
    ]


def _measured(context: Context, team: Team, days: int, target: Target) -> Row:
    request = question(context, team, days)
    context.stream([request] * WARM_UP, clients=8)
    measured = context.stream([request] * REQUESTS, clients=1)
    # The first one also reads the studio, which the web server already remembers.
    _, once = context.record([request] * 2, status=200)
    return Row(
        name=f"availability, {len(team.staff)} staff × {days} days",
        rows=context.rows,
        measured=measured,
        floor=context.run_floor([once] * FLOOR, clients=1),
        target=target,
        problems=problems_in(measured, 200),
    )
