"""How much processor time each part of the stack takes: what a busy neighbour cannot distort."""

from collections import Counter
from collections.abc import Mapping
from contextlib import suppress

import psutil

# Servers are found by name among our descendants, the Procfile's processes by their number.
SERVERS = {"postgres": "database", "valkey-server": "valkey"}


def read_cpu(pids: Mapping[str, int]) -> Counter[str]:
    """Seconds of processor time so far, by the names in `pids`, `database` and `valkey`."""
    seconds: Counter[str] = Counter()
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            seconds[SERVERS.get(process.name(), "")] += _seconds(process)
    for name, pid in pids.items():
        parent = psutil.Process(pid)
        for process in [parent, *parent.children(recursive=True)]:
            with suppress(psutil.NoSuchProcess):
                seconds[name] += _seconds(process)
    del seconds[""]
    return seconds


def _seconds(process: psutil.Process) -> float:
    # With what its children took that have ended: a connection's server process is one.
    return sum(process.cpu_times()[:4])
