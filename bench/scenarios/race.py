"""Visits that move to one free time at once, and a booking beside them, time after time."""

from bench.invariants import count_astray, count_overlaps
from bench.report import Row, Target
from bench.scenarios.context import Context, problems_in
from bench.scenarios.standing import stand, standing_slots
from bench.scenarios.waiting import await_quiet

ROUNDS = 100
MOVERS = 4


def measure(context: Context) -> list[Row]:
    """One of them gets the time, the others keep what they had; plain SQL counts both."""
    movable, url = context.studio.movable, context.stack.database_url
    goals = standing_slots(context, ROUNDS)
    visits = stand(context, standing_slots(context, ROUNDS * MOVERS))
    bookings = context.bookings(goals, movable.location)
    rounds = []
    for number, (member, start) in enumerate(goals):
        goal = {"start": start.isoformat(), "staff": str(member.pk)}
        movers = visits[number * MOVERS : (number + 1) * MOVERS]
        moves = [context.act(found.path("reschedule"), goal, found.booker) for found in movers]
        # The booking is not always the last to set out.
        moves.insert(number % (MOVERS + 1), bookings[number])
        rounds.append(moves)
    measured = context.bursts(rounds)
    await_quiet(url)
    overlaps = count_overlaps(url, resources=movable.resources)
    astray = count_astray(url, visits=[found.visit for found in visits])
    problems = problems_in(measured, 200, 201, 409)
    moved, booked = measured.statuses.get(200, 0), measured.statuses.get(201, 0)
    if moved + booked != ROUNDS:
        problems.append(f"{moved} moves and {booked} bookings got {ROUNDS} free times")
    if overlaps:
        problems.append(f"{overlaps} overlaps are stored")
    if astray:
        problems.append(f"{astray} visits do not have the time they say they have")
    return [
        Row(
            name=f"{MOVERS} moves and a booking race for one time",
            rows=context.rows,
            measured=measured,
            target=Target(wanted="0 overlaps"),
            problems=problems,
            note=(
                f"{ROUNDS} rounds, {moved} won by a move, {booked} by the booking; "
                f"{overlaps} overlaps stored, {astray} visits without their own time"
            ),
        )
    ]
