"""However the stack ends, nothing stays behind but the data."""

import os
import signal
from pathlib import Path

import psycopg
import pytest

from studiozens.stack.servers import passing_servers
from studiozens.stack.state import find_environment
from studiozens.stack.tests.conftest import SECONDS, Stack, start

pytestmark = pytest.mark.slow


def connect(folder: Path) -> psycopg.Connection:
    environment = find_environment(folder)
    assert environment is not None
    return psycopg.connect(environment["DATABASE_URL"], autocommit=True)


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGKILL, -9)],
    ids=["ctrl-c", "terminated", "killed"],
)
def test_no_process_survives_its_owner(stack: Stack, number: signal.Signals, code: int) -> None:
    before = stack.names()

    exit_code = stack.signal(number)

    assert {"postgres", "valkey-server", "sleep"} <= before
    assert exit_code == code
    assert stack.survivors() == []
    assert find_environment(stack.folder) is None


def test_a_second_start_is_refused_and_the_first_goes_on(stack: Stack) -> None:
    second = start(stack.folder)
    said, _ = second.communicate(timeout=SECONDS)

    assert second.returncode == 1
    assert f"Already running from this folder: the test (process {stack.owner.pid})" in said
    assert len(stack.family) == len([process for process in stack.family if process.is_running()])


def test_a_second_start_keeps_the_data_even_after_a_kill(stack: Stack) -> None:
    with connect(stack.folder) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (id int)")
        connection.execute("INSERT INTO kept VALUES (7)")
    stack.signal(signal.SIGKILL)

    second = start(stack.folder)
    assert second.stdout is not None
    assert any("worker is up" in line for line in second.stdout)
    with connect(stack.folder) as connection:
        rows = connection.execute("SELECT id FROM kept").fetchall()
    second.terminate()
    second.communicate(timeout=SECONDS)

    assert (7,) in rows


def test_a_process_id_file_of_a_crash_is_not_believed(stack: Stack) -> None:
    stack.signal(signal.SIGTERM)
    # This process lives, and is no PostgreSQL: as after a reboot that dealt the ids anew.
    lines = [os.getpid(), stack.folder, 1, 5432, "/nowhere", "", "1 1", "ready"]
    (stack.folder / "postgres" / "postmaster.pid").write_text("".join(f"{x}\n" for x in lines))

    second = start(stack.folder)
    assert second.stdout is not None
    assert any("worker is up" in line for line in second.stdout)
    with connect(stack.folder) as connection:
        row = connection.execute("SELECT 1").fetchone()
    second.terminate()
    second.communicate(timeout=SECONDS)

    assert row == (1,)


def test_throw_away_servers_take_their_folder_with_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL")
    monkeypatch.delenv("REDIS_URL")

    with passing_servers(purpose="the test", careless=True) as (folder, servers):
        with psycopg.connect(servers["DATABASE_URL"]) as connection:
            found = connection.execute("SHOW fsync").fetchone()
        assert folder.exists()

    assert found == ("off",)
    assert not folder.exists()


def test_servers_somebody_brings_along_are_used_and_none_are_started(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://elsewhere/studiozens")
    monkeypatch.setenv("REDIS_URL", "redis://elsewhere/0")

    with passing_servers(purpose="the test", careless=True) as (folder, servers):
        made = {path.name for path in folder.iterdir()}

    assert servers == {
        "DATABASE_URL": "postgresql://elsewhere/studiozens",
        "REDIS_URL": "redis://elsewhere/0",
    }
    assert not made & {"postgres", "valkey"}
