"""A stack of the benchmark's own: durable PostgreSQL, Valkey and every process of the Procfile."""

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command
from honcho.environ import parse_procfile

from studiozens.stack.folders import ROOT
from studiozens.stack.ports import HOST, free_port
from studiozens.stack.processes import marked
from studiozens.stack.servers import OUTSIDE, passing_servers

# Two that start at the same moment would find the same ports free: each looks from its own.
FIRST_PORT = 18200 + 10 * (os.getpid() % 400)
# The worker says that it is there once a minute, and the house is ready only then.
PATIENCE = 180.0
STOPPING_SECONDS = 10.0
GUNICORN = (
    'gunicorn --bind "127.0.0.1:${WEB_PORT}" --workers "${WEB_WORKERS:-2}"'
    ' --worker-class gthread --threads "${WEB_THREADS:-4}"'
    " --keep-alive 30 studiozens.wsgi:application"
)


@dataclass(frozen=True, slots=True)
class Stack:
    """Where everything is."""

    folder: Path
    environment: dict[str, str]
    web_port: int
    sandbox_port: int

    @property
    def database_url(self) -> str:
        """For connections that are not Django's."""
        return self.environment["DATABASE_URL"]


@contextmanager
def prepared_stack() -> Iterator[Stack]:
    """Servers with an empty, migrated database; this process's Django is set up on them."""
    for name in OUTSIDE:
        # A million rows go nowhere but into servers that are thrown away.
        os.environ.pop(name, None)
    with passing_servers(purpose="script/bench", careless=False) as (folder, servers):
        web = free_port(FIRST_PORT)
        sandbox = free_port(FIRST_PORT, taken=frozenset({web}))
        variables = servers | {
            "WEB_PORT": str(web),
            "SANDBOX_PORT": str(sandbox),
            "PUBLIC_BASE_URL": f"http://{HOST}:{web}",
            "SANDBOX_URL": f"http://{HOST}:{sandbox}",
            "ACCESS_TOKEN_MINUTES": "600",
            "DJANGO_SETTINGS_MODULE": "studiozens.settings",
        }
        os.environ.update(variables)
        django.setup()
        # Limits per minute would be what is measured; an empty rate is no limit.
        settings.THROTTLE_RATES.update(dict.fromkeys(settings.THROTTLE_RATES, ""))
        os.environ["THROTTLE_RATES"] = ",".join(f"{scope}=" for scope in settings.THROTTLE_RATES)
        call_command("migrate", interactive=False, verbosity=0)
        tools = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
        environment = marked({**os.environ, "PATH": tools}, folder)
        yield Stack(folder, environment, web, sandbox)


@contextmanager
def running_processes(
    stack: Stack, *, server: str, only: Collection[str] = ()
) -> Iterator[dict[str, int]]:
    """Web, worker, beat and sandbox as the Procfile starts them, or some of them; yields their ids.

    Their output goes to files.
    """
    commands = dict(parse_procfile((ROOT / "Procfile").read_text()).processes)
    if server == "gunicorn":
        commands["web"] = GUNICORN
    processes = {
        name: _start(stack, name, command)
        for name, command in commands.items()
        if not only or name in only
    }
    try:
        _await_answers(stack, processes)
        yield {name: process.pid for name, process in processes.items()}
    finally:
        for process in processes.values():
            process.terminate()
        for process in processes.values():
            try:
                process.wait(STOPPING_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


def _start(stack: Stack, name: str, command: str) -> subprocess.Popen[bytes]:
    with log_of(stack, name).open("wb") as output:
        return subprocess.Popen(  # noqa: S603 - the commands are our own Procfile's
            ["/bin/sh", "-c", f"exec {command}"],
            cwd=ROOT,
            env=stack.environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )


def log_of(stack: Stack, name: str) -> Path:
    """What a process has said."""
    return stack.folder / f"{name}.log"


def _await_answers(stack: Stack, processes: dict[str, subprocess.Popen[bytes]]) -> None:
    addresses = {
        "web": f"http://{HOST}:{stack.web_port}/health/ready",
        "sandbox": f"http://{HOST}:{stack.sandbox_port}/_control/health",
    }
    awaited = [name for name in addresses if name in processes]
    deadline = time.monotonic() + PATIENCE
    while silent := [name for name in awaited if not _answers(addresses[name])]:
        ended = [name for name, process in processes.items() if process.poll() is not None]
        if ended or time.monotonic() > deadline:
            # Whoever is silent may be waiting for another: all of them say what they did last.
            said = [f"{name}: {log_of(stack, name).read_text()[-1000:]}" for name in processes]
            raise SystemExit("\n".join([f"{(ended or silent)[0]} did not start", *said]))
        time.sleep(0.1)


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=2) as answer:  # noqa: S310 - our own address
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
