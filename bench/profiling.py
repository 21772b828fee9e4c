"""Where the time of some work goes: first by the clocks, then by function."""

import cProfile
import pstats
import sys
import time
from collections.abc import Callable, Sequence

SHOWN = 45

Work = Callable[[], object]


def print_profile(about: str, works: Sequence[Work], *, each: int = 1) -> None:
    """A seventh warms up, three run by the clocks alone, three under cProfile.

    `each` is how many of what `about` names one piece of work is for.
    """
    share = len(works) // 7
    timed, profiled = works[share : 4 * share], works[4 * share :]
    for work in works[:share]:
        work()
    cpu, wall = time.process_time(), time.perf_counter()
    for work in timed:
        work()
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    count = len(timed) * each
    print(
        f"\n{about}, one after another in one process: {wall / count * 1000:.2f} ms each, "
        f"of which this process computes {cpu / count * 1000:.2f} ms\n"
    )
    # Of its own time only: what the database and the neighbours take does not count here.
    profiler = cProfile.Profile(time.process_time)
    profiler.enable()
    for work in profiled:
        work()
    profiler.disable()
    print(f"{len(profiled) * each} under cProfile, which itself costs time:")
    statistics = pstats.Stats(profiler, stream=sys.stdout)
    for order in ("tottime", "cumulative"):
        statistics.sort_stats(order).print_stats(SHOWN)
