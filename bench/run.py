"""One run: load, measure at each size, check that nothing was broken by it."""

import argparse
import logging
import time
from collections.abc import Callable

from django.core.management import CommandError, call_command

from bench.data import History
from bench.invariants import count_overlaps
from bench.profiles import PROFILES
from bench.report import Row, cpu_each, cpu_table, machine, table
from bench.scenarios import (
    availability,
    backlog,
    booking,
    ledger,
    quoting,
    race,
    rivalry,
    standing,
    webhooks,
)
from bench.scenarios.context import Context
from bench.stack import Stack, running_processes
from bench.studio import Bookers, build_clients, build_studio

SCENARIOS: dict[str, Callable[[Context], list[Row]]] = {
    "availability": availability.measure,
    "quoting": quoting.measure,
    "booking": booking.measure,
    "moving": standing.measure_moves,
    "cancelling": standing.measure_cancellations,
    "hot-staff": rivalry.measure_hot_staff,
    "one-slot": rivalry.measure_one_slot,
    "move-race": race.measure,
    "webhooks": webhooks.measure,
    "backlog": backlog.measure,
    "ledger": ledger.measure,
}
# These fill what they look at themselves.
WITHOUT_HISTORY = frozenset({"ledger"})


def measure(stack: Stack, options: argparse.Namespace) -> int:
    """Measure every size and print the table; 1 when anything was wrong."""
    about = machine(stack.database_url, options.server)
    context, history = _prepared(stack, options)
    names = options.only or list(SCENARIOS)
    if reads_history := not WITHOUT_HISTORY.issuperset(names):
        _load(history, options.small)
    rows, sizes = [], [options.small] + ([] if options.small_only else [options.large])
    with running_processes(stack, server=options.server) as pids:
        context.pids = pids
        for size in sizes:
            if size != options.small and reads_history:
                _load(history, size)
            context.rows, context.is_first = size, size == options.small
            rows += _measured(context, names)
    problems = [f"{row.name}: {problem}" for row in rows for problem in row.problems]
    if overlaps := count_overlaps(stack.database_url):
        problems.append(f"{overlaps} overlaps on the occupancy ledger")
    problems += _wrong_in_the_books()
    print(f"\n{about}\n\n{table(rows)}\n\n{cpu_table(rows)}\n")
    for row in rows:
        if row.note:
            print(f"- {row.name}, {row.rows} rows: {row.note}")
    print("- overlaps on the occupancy ledger: " + (str(overlaps) if overlaps else "none"))
    for problem in problems:
        print(f"PROBLEM {problem}")
    return 1 if problems else 0


def _wrong_in_the_books() -> list[str]:
    try:
        call_command("verify_ledger")
    except CommandError as exc:
        return [str(exc)]
    return []


def _prepared(stack: Stack, options: argparse.Namespace) -> tuple[Context, History]:
    print("Building the studio and its people …", flush=True)
    studio = build_studio()
    bookers = Bookers()
    clients = build_clients()
    history = History(stack.database_url, studio, clients=clients, bookers=bookers.ids)
    return Context(stack, studio, bookers, clients, options.seconds), history


def _load(history: History, size: int) -> None:
    started = time.perf_counter()
    history.grow(size)
    seconds = time.perf_counter() - started
    print(f"{size} past appointments and those ahead loaded in {seconds:.0f} s", flush=True)


def _measured(context: Context, names: list[str]) -> list[Row]:
    rows = []
    for name in names:
        found = SCENARIOS[name](context)
        for row in found:
            p95, own = row.measured.percentile(0.95), row.measured.own_cpu_seconds
            print(
                f"{row.name}, {row.rows} rows: p95 {p95:.1f} ms, {row.measured.rate:.0f}/s, "
                f"CPU {sum(cpu_each(row.measured).values()):.2f} ms per answer "
                f"(load generator {own / row.measured.seconds:.0%} of a core)",
                flush=True,
            )
        rows += found
    return rows


def profile(stack: Stack, options: argparse.Namespace) -> int:
    """Do one scenario's work in this process and print where its time goes."""
    context, history = _prepared(stack, options)
    _load(history, options.small)
    logging.disable(logging.INFO)
    with running_processes(stack, server=options.server, only=("sandbox",)) as pids:
        context.pids = pids
        PROFILES[options.profile](context)
    return 0
