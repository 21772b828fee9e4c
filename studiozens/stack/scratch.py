"""An instance that lives as long as one command: a database, a Valkey and a web server of its own.

The database is made on a PostgreSQL server that others use too. Its name is drawn, so it is never
anybody else's; what a killed command left behind is known by its name, and dropped by the next.
"""

import os
import re
import secrets
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from django.utils.translation import gettext as _
from honcho.environ import parse_procfile
from psycopg import sql

from studiozens.stack.console import StackProblem
from studiozens.stack.folders import ROOT
from studiozens.stack.ports import HOST, free_port
from studiozens.stack.processes import marked
from studiozens.stack.servers import passing_servers

# Every server has it, and an instance's own rows are never there.
MAINTENANCE = "postgres"
NAME = re.compile(r"studiozens_sin_guarda_[0-9a-f]{12}")
# Whoever holds it may drop what was left behind: its owner is gone.
LOCK = 5_202_611
FIRST_PORT = 18_700
PATIENCE = 60.0
STOPPING_SECONDS = 10.0


@contextmanager
def scratch_instance(*, database_url: str) -> Iterator[tuple[str, dict[str, str]]]:
    """An instance beside the one at `database_url`, not migrated yet; gone afterwards.

    Yields the name of its database and the environment that reaches it. No worker runs there, so
    nothing leaves it. Raises `StackProblem`.
    """
    with (
        _database(database_url) as (name, url),
        passing_servers(
            purpose="scratch instance", careless=True, brought={"DATABASE_URL": url}
        ) as (folder, servers),
    ):
        environment = _environment(folder, servers)
        with _web(folder, environment):
            yield name, environment


@contextmanager
def _database(beside: str) -> Iterator[tuple[str, str]]:
    own = urlsplit(beside)
    with psycopg.connect(beside, dbname=MAINTENANCE, autocommit=True) as server:
        if server.execute("SELECT pg_try_advisory_lock(%s)", [LOCK]).fetchone() != (True,):
            raise StackProblem(_("Otra prueba sin guarda corre en este servidor PostgreSQL."))
        for (left,) in server.execute("SELECT datname FROM pg_database").fetchall():
            if NAME.fullmatch(left) and left != own.path.removeprefix("/"):
                _drop(server, left)
        name = f"studiozens_sin_guarda_{secrets.token_hex(6)}"
        try:
            server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        except psycopg.errors.InsufficientPrivilege as exc:
            message = _("El usuario de DATABASE_URL no puede crear bases de datos.")
            raise StackProblem(message) from exc
        try:
            yield name, own._replace(path=f"/{name}").geturl()
        finally:
            _drop(server, name)


def _drop(server: psycopg.Connection, name: str) -> None:
    """Also while somebody is connected: nobody has any business there."""
    server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _environment(folder: Path, servers: dict[str, str]) -> dict[str, str]:
    metrics = folder / "metrics"
    metrics.mkdir()
    port = free_port(FIRST_PORT + secrets.randbelow(1000))
    tools = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    own = {
        "PATH": tools,
        "WEB_HOST": HOST,
        "WEB_PORT": str(port),
        "PUBLIC_BASE_URL": f"http://{HOST}:{port}",
        "PROMETHEUS_MULTIPROC_DIR": str(metrics),
    }
    return marked({**os.environ, **servers, **own}, folder)


@contextmanager
def _web(folder: Path, environment: dict[str, str]) -> Iterator[None]:
    command = parse_procfile((ROOT / "Procfile").read_text()).processes["web"]
    log = folder / "web.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            ["/bin/sh", "-c", f"exec {command}"],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        _await_answer(process, f"{environment['PUBLIC_BASE_URL']}/health/live", log)
        yield
    finally:
        process.terminate()
        try:
            process.wait(STOPPING_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _await_answer(process: "subprocess.Popen[bytes]", address: str, log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while not _answers(address):
        if process.poll() is not None or time.monotonic() > deadline:
            said = log.read_text(errors="replace")[-2000:]
            raise StackProblem(_("El servidor web desechable no arrancó:") + f"\n{said}")
        time.sleep(0.1)


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=2) as answer:  # noqa: S310 - our own address
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
