"""`manage.py prove` against a running house, and what it shows when the guard is away (SPA-27)."""

import subprocess
import sys

import psycopg
import pytest

from studiozens.stack.folders import ROOT
from studiozens.tests.journeys.house import House

# The house, if this comes first, and then processes that start beside it.
pytestmark = [
    pytest.mark.journey,
    pytest.mark.slow,
    pytest.mark.timeout(300),
]

SCRATCH = "SELECT count(*) FROM pg_database WHERE datname LIKE 'studiozens\\_sin\\_guarda\\_%%'"
STANDING = """
SELECT count(*) FROM spa_appointment AS visit JOIN core_location AS place ON place.id = location_id
 WHERE place.slug = 'prueba-de-concurrencia' AND visit.status IN ('pending_payment', 'confirmed')
"""
IN_SIGHT = "SELECT count(*) FROM spa_service WHERE is_online_bookable AND name LIKE 'Prueba%%'"
GUARD = "SELECT contype::text FROM pg_constraint WHERE conname = 'spa_occupancy_no_overlap'"


def prove(house: House, *options: str) -> "subprocess.CompletedProcess[str]":
    """The command as a person would run it beside the house."""
    return subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "manage.py", "prove", *options],
        cwd=ROOT,
        env=house.environment,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )


def figures(said: str, title: str) -> list[int]:
    """Attempts, yes, no, errors, overlaps and lost updates of an attack."""
    [line] = [line for line in said.splitlines() if line.startswith(title) and ":" not in line]
    return [int(cell) for cell in line.removeprefix(title).split()][:6]


def test_nobody_gets_what_somebody_else_has_and_nothing_stays_open(house: House) -> None:
    done = prove(house, "--attempts=200")

    assert done.returncode == 0, done.stdout + done.stderr
    attempts, yes, no, errors, overlaps, lost = figures(done.stdout, "en total")
    assert attempts >= 200
    assert yes + no == attempts
    assert (errors, overlaps, lost) == (0, 0, 0)
    assert figures(done.stdout, "un mismo horario")[1] == 7  # one winner of each round of eight
    assert house.count(STANDING) == house.count(IN_SIGHT) == 0


def test_without_the_guard_the_same_attack_books_twice_elsewhere(house: House) -> None:
    with psycopg.connect(house.environment["DATABASE_URL"], autocommit=True) as server:
        server.execute("CREATE DATABASE studiozens_sin_guarda_0123456789ab")  # of a killed proof

    done = prove(house, "--without-guard", "--attempts=100")

    assert done.returncode == 0, done.stdout + done.stderr
    assert figures(done.stdout, "en total")[4] > 0
    assert house.count(SCRATCH) == 0
    assert house.sql(GUARD) == [("x",)]
