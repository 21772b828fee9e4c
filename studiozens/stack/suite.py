"""`script/test`: the tests against servers that are made for them and gone afterwards."""

import os
import sys
from collections.abc import Sequence

from studiozens.stack.commands import run_in_foreground
from studiozens.stack.processes import marked
from studiozens.stack.servers import passing_servers

# Two processes whatever the machine: more would measure the machine, not the code.
PROCESSES = "2"


def run_tests(arguments: Sequence[str]) -> int:
    """Run pytest with `arguments`; gives back its exit code.

    Raises `StackProblem`.
    """
    with passing_servers(purpose="script/test", careless=True) as (folder, servers):
        environment = {**os.environ, **servers, "STUDIOZENS_ENV": "test"}
        # Each process would compile every test, with its assertions written out, once more.
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        command = [sys.executable, "-m", "pytest", "-n", PROCESSES, *arguments]
        return run_in_foreground(command, marked(environment, folder))
