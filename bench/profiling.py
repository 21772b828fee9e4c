"""Where the time of a request goes: first by the clocks, then by function."""

import cProfile
import pstats
import sys
import time
from collections.abc import Sequence

from bench.inside import Application

WARM_UP = 100
TIMED = 300
SHOWN = 45


def print_profile(application: Application, requests: Sequence[bytes]) -> None:
    """Clocks without a profiler over `TIMED` requests, then cProfile over the rest."""
    for request in requests[:WARM_UP]:
        application.answer(request)
    timed, profiled = requests[WARM_UP : WARM_UP + TIMED], requests[WARM_UP + TIMED :]
    cpu, wall = time.process_time(), time.perf_counter()
    for request in timed:
        application.answer(request)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    print(
        f"\nper request, one after another, without a server: {wall / len(timed) * 1000:.2f} ms, "
        f"of which this process computes {cpu / len(timed) * 1000:.2f} ms\n"
    )
    # Of its own time only: what the database and the neighbours take does not count here.
    profiler = cProfile.Profile(time.process_time)
    profiler.enable()
    for request in profiled:
        application.answer(request)
    profiler.disable()
    print(f"{len(profiled)} requests under cProfile, which itself costs time:")
    statistics = pstats.Stats(profiler, stream=sys.stdout)
    for order in ("tottime", "cumulative"):
        statistics.sort_stats(order).print_stats(SHOWN)
