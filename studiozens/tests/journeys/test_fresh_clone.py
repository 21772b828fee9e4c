"""`script/server` in a fresh clone: from nothing to an address, and from Ctrl-C to nothing."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import psutil
import pytest
import requests

from studiozens.stack.folders import ROOT
from studiozens.stack.ports import HOST
from studiozens.stack.processes import is_alive
from studiozens.tests.journeys.waiting import eventually

# A process of its own house: nothing is shared with the other journeys.
pytestmark = [pytest.mark.journey, pytest.mark.slow]

LOCK = "requirements.txt"
GREETING = "Phones and payments"


@dataclass
class Server:
    """A running `script/server` with what it said until everything answered."""

    process: "subprocess.Popen[str]"
    said: list[str]
    family: list[psutil.Process]
    names: set[str]

    def address(self, label: str) -> str:
        """The printed address behind a label."""
        return next(line.split()[-1] for line in self.said if line.strip().startswith(label))

    def interrupt(self) -> int:
        """Ctrl-C, as the terminal sends it: to the whole foreground group."""
        os.killpg(self.process.pid, signal.SIGINT)
        self.process.communicate(timeout=60)
        return self.process.returncode

    def survivors(self) -> list[str]:
        """The command lines of what outlived it."""
        eventually(lambda: not any(is_alive(p.pid) for p in self.family), what="all processes end")
        return [process.name() for process in self.family if is_alive(process.pid)]


@pytest.fixture(scope="module")
def clone() -> Iterator[Path]:
    """The repository as somebody else gets it, with the packages that are installed already.

    Not below pytest's own folder, which is closed to the user PostgreSQL runs as.
    """
    if not (ROOT / ".git").exists():
        pytest.skip("not a clone itself")
    parent = Path(tempfile.mkdtemp(prefix="studiozens-clone-")).resolve()
    try:
        folder = parent / "studiozens"
        git = ["git", "clone", "--quiet", str(ROOT), str(folder)]
        subprocess.run(git, check=True, timeout=60)  # noqa: S603
        lend_packages(folder)
        yield folder
    finally:
        shutil.rmtree(parent, ignore_errors=True)


def lend_packages(folder: Path) -> None:
    """A `.venv` whose parts are those of this run, with the receipt `script/setup` looks for."""
    (folder / ".venv").mkdir()
    for part in Path(sys.prefix).iterdir():
        if not part.name.startswith("requirements"):
            (folder / ".venv" / part.name).symlink_to(part)
    with (folder / LOCK).open("rb") as lock:
        summed = subprocess.run(["cksum"], stdin=lock, stdout=subprocess.PIPE, check=True)  # noqa: S607
    (folder / ".venv" / LOCK).write_text(f"{folder} {summed.stdout.decode().rstrip()}")


@contextmanager
def serving(folder: Path, **environment: str) -> Iterator[Server]:
    """`script/server` until all of it answers; killed at the end if the test did not end it."""
    kept = {k: v for k, v in os.environ.items() if k in {"PATH", "HOME", "LANG"}}
    process = subprocess.Popen(  # noqa: S603 - our own script
        [folder / "script" / "server"],
        cwd=folder,
        env=kept | environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        said = []
        for line in process.stdout:
            said.append(line)
            if GREETING in line:
                break
        assert process.poll() is None, "".join(said)
        family = psutil.Process(process.pid).children(recursive=True)
        yield Server(process, said, family, {relative.name() for relative in family})
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()


def broken_parts(page: str) -> list[str]:
    """The addresses among a page, its scripts and its styles that do not answer 200."""
    answer = requests.get(page, timeout=30)
    parts = re.findall(r'(?:src|href)="(/static/[^"]+)"', answer.text)
    answers = [answer, *(requests.get(urljoin(page, part), timeout=30) for part in parts)]
    return [found.url for found in answers if found.status_code != 200]


def services(server: Server) -> dict[str, Any]:
    """The ids of the catalogue, which are made when it is loaded for the first time."""
    url = server.address("API documentation").removesuffix("/api/docs")
    found = requests.get(f"{url}/api/v1/services", timeout=10).json()["results"]
    return {service["name"]: service["id"] for service in found}


def metrics(folder: Path, server: Server) -> str:
    """What Prometheus would read, with the token that the clone made for itself."""
    token = json.loads((folder / ".data" / "secrets" / "metrics_token.json").read_text())
    url = server.address("API documentation").removesuffix("/api/docs")
    answer = requests.get(
        f"{url}/metrics", headers={"Authorization": f"Bearer {token}"}, timeout=10
    )
    return answer.text


def test_a_fresh_clone_serves_moves_aside_keeps_its_data_and_leaves_no_process(clone: Path) -> None:
    with socket.socket() as other:
        other.bind((HOST, 0))
        other.listen()
        taken = other.getsockname()[1]
        with serving(clone, WEB_PORT=str(taken), SANDBOX_PORT=str(taken)) as first:
            pages = [first.address(label) for label in ("API doc", "Administration", GREETING)]
            broken = [address for page in pages for address in broken_parts(page)]
            at_first = services(first)
            counted = metrics(clone, first)
            counting = set((clone / ".data" / "metrics").glob("counter_*.db"))
            first_code = first.interrupt()
            after_first = first.survivors()

    with serving(clone, WEB_PORT=str(taken + 7), SANDBOX_PORT=str(taken + 8)) as second:
        later = services(second)
        second_code = second.interrupt()
        after_second = second.survivors()

    assert broken == []
    assert 'studiozens_queue_depth{queue="outbox"} 0.0' in counted
    assert len(counting) >= 3  # two of the web server, and the worker
    said = "".join(first.said)
    assert f"Port {taken} is taken by another program; the web server uses" in said
    assert f"Port {taken} is taken by another program; the sandbox uses" in said
    assert len({page.split("/")[2] for page in pages}) == 2
    assert len(at_first) == 12
    assert later == at_first
    assert (first_code, second_code) == (130, 130)
    assert (after_first, after_second) == ([], [])
    assert {"postgres", "valkey-server", "granian", "celery"} <= first.names
