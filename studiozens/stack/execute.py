"""`python -m studiozens.stack exec -- COMMAND`: a command that finds the servers."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from studiozens.stack.commands import run_in_foreground
from studiozens.stack.console import StackProblem
from studiozens.stack.folders import DATA
from studiozens.stack.processes import unmarked
from studiozens.stack.servers import lasting_servers
from studiozens.stack.state import find_environment


def execute(command: Sequence[str]) -> int:
    """Run `command` against the running stack's servers, or start them for as long as it runs.

    Raises `StackProblem`.
    """
    running = find_environment(DATA)
    if running is not None:
        return _run(command, running)
    with lasting_servers(DATA, purpose=f"exec {command[0]}") as servers:
        return _run(command, servers)


def _run(command: Sequence[str], servers: dict[str, str]) -> int:
    tools = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    environment = unmarked({**os.environ, **servers, "PATH": tools})
    try:
        return run_in_foreground(command, environment)
    except FileNotFoundError as exc:
        raise StackProblem(f"There is no command {command[0]}") from exc
