"""PostgreSQL and Valkey for as long as a block of code runs."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from studiozens.stack.console import StackProblem
from studiozens.stack.folders import ROOT
from studiozens.stack.processes import unmarked
from studiozens.stack.state import publish_environment

# Whoever sets one of these brings that server along.
OUTSIDE = {"DATABASE_URL": "--no-postgres", "REDIS_URL": "--no-valkey"}


@contextmanager
def lasting_servers(folder: Path, *, purpose: str) -> Iterator[dict[str, str]]:
    """Servers over `folder`, whose data stays; yields the environment that reaches them.

    Raises `StackProblem`, above all when another process already owns the folder.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except PermissionError as exc:
        raise StackProblem(f"{folder} belongs to another user") from exc
    with _kept(folder, "--purpose", purpose, brought=_brought_along()) as servers:
        publish_environment(folder, servers)
        yield servers


@contextmanager
def passing_servers(
    *, purpose: str, careless: bool, brought: Mapping[str, str] | None = None
) -> Iterator[tuple[Path, dict[str, str]]]:
    """Servers over a new folder that is gone afterwards; yields the folder and the environment.

    `careless` trades durability for speed: right for tests, wrong for measuring. `brought` are the
    servers that are not started, whatever the environment brings along.
    Raises `StackProblem`.
    """
    folder = Path(tempfile.mkdtemp(prefix="studiozens-")).resolve()
    options = ["--purpose", purpose, "--throw-away", *(["--careless"] if careless else [])]
    known = _brought_along() if brought is None else brought
    with _kept(folder, *options, brought=known) as servers:
        yield folder, servers


def _brought_along() -> dict[str, str]:
    return {name: os.environ[name] for name in OUTSIDE if os.environ.get(name)}


@contextmanager
def _kept(folder: Path, *options: str, brought: Mapping[str, str]) -> Iterator[dict[str, str]]:
    runtime = folder / "runtime"
    runtime.mkdir(mode=0o700, exist_ok=True)
    command = [sys.executable, "-m", "studiozens.stack.keeper", str(folder), *options]
    keeper = subprocess.Popen(
        command + [OUTSIDE[name] for name in brought],
        cwd=ROOT,
        # The package of PostgreSQL keeps a lock in the runtime folder, which many machines lack.
        env=unmarked(os.environ) | {"XDG_RUNTIME_DIR": str(runtime)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        # Ctrl-C at the terminal reaches the processes, not the servers under them.
        start_new_session=True,
        text=True,
    )
    assert keeper.stdin is not None  # noqa: S101 - for the types
    assert keeper.stdout is not None  # noqa: S101
    try:
        yield {**brought, **_answer_of(keeper.stdout)}
    finally:
        keeper.stdin.close()
        keeper.wait()
        keeper.stdout.close()


def _answer_of(output: IO[str]) -> dict[str, str]:
    line = output.readline()
    if not line:
        raise StackProblem("The servers did not start; the reason stands above")
    answer = json.loads(line)
    if "problem" in answer:
        raise StackProblem(answer["problem"])
    return dict(answer["servers"])
