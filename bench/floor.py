"""The floor: the statements of a request through psycopg alone, with nothing around them.

They are recorded from the product itself, so the floor cannot drift from what it is compared with.
"""

import multiprocessing
import time
from collections.abc import Sequence
from multiprocessing.connection import Connection as Pipe
from multiprocessing.synchronize import Barrier

import psycopg

from bench.measure import Measured

WARM_UP = 20
PATIENCE = 60.0
Recorded = Sequence[Sequence[str]]


def run_floor(url: str, recorded: Recorded, *, clients: int) -> Measured:
    """Run each recorded list once, shared among as many processes with a connection each."""
    context = multiprocessing.get_context("fork")
    barrier = context.Barrier(clients + 1)
    shares = [recorded[number::clients] for number in range(clients)]
    pipes, processes = [], []
    for share in shares:
        ours, theirs = context.Pipe()
        process = context.Process(target=_run, args=(url, share, barrier, theirs))
        process.start()
        # Theirs alone: should the process fail, we hear of it.
        theirs.close()
        pipes.append(ours)
        processes.append(process)
    barrier.wait(PATIENCE)
    started = time.perf_counter()
    latencies = [pipe.recv() for pipe in pipes]
    seconds = time.perf_counter() - started
    for process in processes:
        process.join()
    return Measured([ms for found in latencies for ms in found], {}, {}, seconds)


def _run(url: str, share: Recorded, barrier: Barrier, pipe: Pipe) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.cursor()
        for _ in range(WARM_UP):
            cursor.execute("SELECT 1")
        barrier.wait(PATIENCE)
        milliseconds = []
        for statements in share:
            started = time.perf_counter()
            for statement in statements:
                cursor.execute(statement)
                if cursor.description:
                    cursor.fetchall()
            milliseconds.append((time.perf_counter() - started) * 1000)
        pipe.send(milliseconds)
