"""A small stack that tests start and kill."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from studiozens.stack.folders import ROOT
from studiozens.stack.processes import is_alive
from studiozens.stack.servers import OUTSIDE

SECONDS = 20.0


def start(folder: Path) -> subprocess.Popen[str]:
    """The small stack over `folder`; it brings its own servers, not those of the test run."""
    environment = {name: value for name, value in os.environ.items() if name not in OUTSIDE}
    return subprocess.Popen(
        [sys.executable, "-m", "studiozens.stack.tests.owner", str(folder)],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )


@dataclass
class Stack:
    """A running small stack, with every process it consists of."""

    folder: Path
    owner: subprocess.Popen[str]
    family: list[psutil.Process]

    def names(self) -> set[str]:
        """What runs, by program."""
        return {process.name() for process in self.family}

    def signal(self, number: signal.Signals) -> int:
        """Send a signal to the owner alone, and wait for its end."""
        self.owner.send_signal(number)
        return self.owner.wait(SECONDS)

    def survivors(self) -> list[psutil.Process]:
        """The processes that are still there when the time to end is over."""
        psutil.wait_procs([p for p in self.family if is_alive(p.pid)], timeout=SECONDS)
        return [process for process in self.family if is_alive(process.pid)]


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A folder whose path is too long for a socket and holds spaces.

    Not below pytest's own: every run of pytest closes that to other users, and PostgreSQL is
    one of them when we are root.
    """
    with tempfile.TemporaryDirectory(prefix="una carpeta con espacios ") as parent:
        yield Path(parent) / ("muy larga " * 8).strip()


@pytest.fixture
def stack(folder: Path) -> Iterator[Stack]:
    """The small stack, up."""
    owner = start(folder)
    assert owner.stdout is not None
    awaited = {"web is up", "worker is up"}
    for line in owner.stdout:
        awaited -= {text for text in awaited if text in line}
        if not awaited:
            break
    assert not awaited, "the small stack did not start"
    stack = Stack(folder, owner, psutil.Process(owner.pid).children(recursive=True))
    yield stack
    owner.kill()
    owner.wait(SECONDS)
    # Closed any earlier, what the processes say while they end would have nowhere to go.
    stack.survivors()
    owner.stdout.close()
