"""Many people who want the same: one hot staff member, and one single slot."""

from datetime import datetime, timedelta
from random import Random

from bench.measure import Measured
from bench.report import Row, Target
from bench.scenarios.context import Context, problems_in
from bench.studio import OPENS, SEED, STEP, ZONE

HOT_CLIENTS = 8
HOT_ATTEMPTS = 2_000
HOT_DAYS = 14
GRID = timedelta(minutes=15)
STARTS_A_DAY = 36
RIVALS = 50
ROUNDS = 16


def measure_hot_staff(context: Context) -> list[Row]:
    """Eight clients try starts of one person at random; most find them taken soon."""
    hot = context.studio.hot
    member = hot.staff[0 if context.is_first else 1]
    starts = random_starts(context, HOT_ATTEMPTS)
    requests = context.bookings([(member, start) for start in starts], hot.location)
    measured = context.stream(requests, clients=HOT_CLIENTS)
    return [
        Row(
            name=f"one hot staff member, {HOT_CLIENTS} clients",
            rows=context.rows,
            measured=measured,
            target=Target(rate=400),
            compares_rates=True,
            problems=problems_in(measured, 201, 409),
            note=_counted(measured),
        )
    ]


def random_starts(context: Context, number: int) -> list[datetime]:
    """Starts on the grid of the next two weeks, the same ones each time."""
    random = Random(SEED)
    first = datetime.combine(context.studio.first_day, OPENS, tzinfo=ZONE)
    return [
        first + timedelta(days=random.randrange(HOT_DAYS)) + random.randrange(STARTS_A_DAY) * GRID
        for _ in range(number)
    ]


def measure_one_slot(context: Context) -> list[Row]:
    """Fifty people ask for one slot at the same moment, slot after slot."""
    hot = context.studio.hot
    member = hot.staff[2 if context.is_first else 3]
    first = datetime.combine(context.studio.first_day, OPENS, tzinfo=ZONE)
    slots = [first + timedelta(days=number // 8) + number % 8 * STEP for number in range(ROUNDS)]
    rounds = [context.bookings([(member, slot)] * RIVALS, hot.location) for slot in slots]
    measured = context.bursts(rounds)
    problems = problems_in(measured, 201, 409)
    if (won := measured.statuses.get(201, 0)) != ROUNDS:
        problems.append(f"{won} winners of {ROUNDS} slots")
    return [
        Row(
            name=f"{RIVALS} rivals for one slot",
            rows=context.rows,
            measured=measured,
            target=Target(p95=120),
            problems=problems,
            note=_counted(measured),
        )
    ]


def _counted(measured: Measured) -> str:
    return ", ".join(f"{number} × {status}" for status, number in measured.statuses.items())
