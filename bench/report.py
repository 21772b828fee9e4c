"""The table, and what it was measured on."""

import os
import platform
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import psycopg

from bench.measure import Measured

HEADER = (
    "measurement", "rows", "p50 ms", "p95 ms", "p99 ms", "rate /s", "floor p50 ms", "floor /s",
    "ratio to floor", "growth", "target", "met",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Target:
    """What is wanted: the 95th percentile at most, or the rate at least; growth at most.

    Without any of these no answer may be wrong: `wanted` says what that means.
    """

    p95: float | None = None
    rate: float | None = None
    growth: float | None = None
    wanted: str = ""

    def __str__(self) -> str:
        wanted = [
            self.wanted,
            f"p95 ≤ {self.p95:g} ms" if self.p95 else "",
            f"≥ {self.rate:g}/s" if self.rate else "",
            f"growth ≤ {self.growth:g}" if self.growth else "",
        ]
        return ", ".join(part for part in wanted if part)


@dataclass(frozen=True, slots=True)
class Row:
    """One measurement at one size. `problems` are wrong answers: with any, nothing is met."""

    name: str
    rows: int
    measured: Measured
    target: Target
    floor: Measured | None = None
    compares_rates: bool = False
    note: str = ""
    problems: Sequence[str] = field(default=())

    @property
    def ratio(self) -> float | None:
        """How many times the floor's time this takes."""
        if self.floor is None:
            return None
        if self.compares_rates:
            return self.floor.rate / self.measured.rate
        return self.measured.percentile(0.5) / self.floor.percentile(0.5)

    def growth_from(self, small: "Row | None") -> float | None:
        """How many times slower than at the small size."""
        if small is None or small is self:
            return None
        if self.compares_rates:
            return small.measured.rate / self.measured.rate
        return self.measured.percentile(0.95) / small.measured.percentile(0.95)

    def is_met(self, growth: float | None) -> bool:
        """Whether the target is reached."""
        target, measured = self.target, self.measured
        return not (
            self.problems
            or (target.p95 is not None and measured.percentile(0.95) > target.p95)
            or (target.rate is not None and measured.rate < target.rate)
            or (target.growth is not None and growth is not None and growth > target.growth)
        )


def table(rows: Iterable[Row]) -> str:
    """Every row in Markdown, each compared with the first of its name."""
    first: dict[str, Row] = {}
    cells = [_cells(row, row.growth_from(first.setdefault(row.name, row))) for row in rows]
    return "\n".join(_line(found) for found in [HEADER, ["---"] * len(HEADER), *cells])


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _cells(row: Row, growth: float | None) -> list[str]:
    floor = row.floor
    return [
        row.name,
        f"{row.rows:,}".replace(",", " "),
        *(f"{row.measured.percentile(share):.1f}" for share in (0.5, 0.95, 0.99)),
        f"{row.measured.rate:.0f}",
        f"{floor.percentile(0.5):.2f}" if floor else "",
        f"{floor.rate:.0f}" if floor else "",
        f"{row.ratio:.1f}" if row.ratio else "",
        f"{growth:.2f}" if growth else "",
        str(row.target),
        "yes" if row.is_met(growth) else "**no**",
    ]


PARTS = ("web", "worker", "database", "sandbox", "valkey", "beat", "load generator")


def cpu_table(rows: Iterable[Row]) -> str:
    """Milliseconds of processor time per answer, of each part of the stack."""
    header = ["CPU ms per answer", "rows", *PARTS, "together"]
    cells = [_cpu_cells(row) for row in rows if row.measured.cpu]
    return "\n".join(_line(found) for found in [header, ["---"] * len(header), *cells])


def cpu_each(measured: Measured) -> dict[str, float]:
    """Milliseconds of processor time per answer, by part of the stack."""
    taken = {**measured.cpu, "load generator": measured.own_cpu_seconds}
    return {part: taken.get(part, 0.0) / len(measured.milliseconds) * 1000 for part in PARTS}


def _cpu_cells(row: Row) -> list[str]:
    each = list(cpu_each(row.measured).values())
    return [
        row.name,
        f"{row.rows:,}".replace(",", " "),
        *(f"{ms:.2f}" for ms in [*each, sum(each)]),
    ]


def machine(url: str, server: str) -> str:
    """One line about the machine and the software."""
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT current_setting('server_version')").fetchone()
    load = os.getloadavg()[0]
    return (
        f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, "
        f"PostgreSQL {row[0] if row else '?'}, {server}; load before the start {load:.2f}"
    )
