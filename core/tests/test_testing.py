"""The helpers that races are made of: nothing of a race is left in the next one."""

import os
from functools import partial
from signal import SIGKILL

import pytest
from django.db import transaction

from core.db import execute, fetch
from core.testing import queue, race, run_process
from core.tests.happenings import write_down

pytestmark = pytest.mark.django_db(transaction=True)
LOCK = 4711


def leave_things_behind() -> None:
    execute("SET lock_timeout = '1ms'")
    execute("SELECT pg_advisory_lock_shared(%s)", [LOCK])
    execute("CREATE TEMPORARY TABLE left_behind (id int)")


def look() -> list[tuple[object, ...]]:
    return fetch(
        "SELECT current_setting('lock_timeout'), to_regclass('left_behind'),"
        " (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid())"
    )


def test_who_races_again_finds_a_connection_as_new() -> None:
    race([leave_things_behind] * 3)

    assert race([look] * 3) == [[("5s", None, 0)]] * 3


def test_a_transaction_that_was_left_open_is_gone() -> None:
    def leave_open() -> None:
        transaction.set_autocommit(False)
        write_down("never")

    race([leave_open])

    assert fetch("SELECT count(*) FROM core_location") == [(0,)]
    assert race([transaction.get_autocommit]) == [True]


def test_what_a_race_raises_is_a_result_and_the_next_one_runs() -> None:
    (lost,) = race([partial(execute, "SELECT 1/0")])

    assert "division by zero" in str(lost)
    assert race([look]) == [[("5s", None, 0)]]


@pytest.mark.parametrize("names", [["one", "two"], ["two", "one"]])
def test_a_queue_is_served_in_its_order(names: list[str]) -> None:
    write_down("held")

    def add(name: str) -> None:
        with transaction.atomic():
            execute("SELECT 1 FROM core_location WHERE name = 'held' FOR UPDATE")
            execute("UPDATE core_location SET city = city || %s WHERE name = 'held'", [f" {name}"])

    def hold() -> None:
        execute("SELECT 1 FROM core_location WHERE name = 'held' FOR UPDATE")

    assert queue([partial(add, name) for name in names], behind=hold) == [None] * 2
    ((city,),) = fetch("SELECT city FROM core_location")
    assert city.split()[-2:] == names


def test_a_process_of_its_own_ends_as_it_ends() -> None:
    assert run_process("import os; assert os.getppid() != 1") == 0
    assert run_process("raise ValueError('on purpose')") == 1
    assert run_process("import os; os.kill(os.getpid(), 9)") == -SIGKILL
    assert run_process(f"import os; assert os.getpid() == {os.getpid()}") == 1


def test_a_process_of_its_own_works_on_this_database_over_its_own_connection() -> None:
    ((mine,),) = fetch("SELECT pg_backend_pid()")

    code = run_process(
        "from core.db import fetch\n"
        "from core.tests.happenings import write_down\n"
        f"assert fetch('SELECT pg_backend_pid()') != [({mine},)]\n"
        "write_down('there')\n"
    )

    assert code == 0
    assert fetch("SELECT name FROM core_location") == [("there",)]
