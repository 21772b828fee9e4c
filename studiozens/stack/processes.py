"""Finding and ending every process of one stack, whatever became of its parents.

A process is known by an environment variable that its children inherit, so a worker whose
supervisor was killed is found as surely as one whose supervisor still runs.
"""

import ctypes
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import psutil

MARK = "STUDIOZENS_STACK"
SEPARATOR = "\n"  # the one character that no folder's name holds in practice
PR_SET_CHILD_SUBREAPER = 36  # prctl(2)
PATIENCE = 8.0  # seconds between asking and insisting


def marked(environment: Mapping[str, str], folder: Path) -> dict[str, str]:
    """`environment` for a process of the stack in `folder`.

    A stack started inside another one carries both marks, and ends with either.
    """
    marks = [mark for mark in environment.get(MARK, "").split(SEPARATOR) if mark]
    if str(folder) not in marks:
        marks.append(str(folder))
    return {**environment, MARK: SEPARATOR.join(marks)}


def unmarked(environment: Mapping[str, str]) -> dict[str, str]:
    """`environment` for a person's own command, which the stack must never end."""
    return {name: value for name, value in environment.items() if name != MARK}


def is_marked(environment: Mapping[str, str], folder: Path) -> bool:
    """Whether `environment` is of the stack in `folder`."""
    return str(folder) in environment.get(MARK, "").split(SEPARATOR)


def find_marked(folder: Path) -> list[psutil.Process]:
    """The living processes of the stack in `folder`."""
    found = []
    for process in psutil.process_iter():
        try:
            if is_marked(process.environ(), folder):
                found.append(process)
        except (psutil.Error, OSError):
            continue  # gone meanwhile, or of another person
    return found


def end_marked(folder: Path) -> None:
    """Ask the processes of the stack to end, and kill what does not within `PATIENCE`."""
    found = find_marked(folder)
    for process in found:
        _signal(process, "terminate")
    _, stubborn = psutil.wait_procs(found, timeout=PATIENCE)
    # Whatever was started while the others ended is found by the second look.
    for process in {*stubborn, *find_marked(folder)}:
        _signal(process, "kill")


def _signal(process: psutil.Process, verb: str) -> None:
    try:
        getattr(process, verb)()
    except psutil.Error:
        return


def is_alive(pid: int) -> bool:
    """Whether the process runs; one that ended and was not collected yet does not."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def collect_orphans() -> None:
    """Make orphaned descendants ours rather than those of process 1, which not everywhere cares.

    Only Linux knows how; elsewhere process 1 does its duty.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def reap_orphans() -> None:
    """Collect every descendant that has ended, so that none stays behind as a zombie."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG) != (0, 0):
            continue
