"""A small stack in a process of its own, for tests that kill it: `… owner FOLDER`."""

import os
import sys
from pathlib import Path

from studiozens.stack.commands import run_in_foreground
from studiozens.stack.console import StackProblem, say
from studiozens.stack.processes import marked
from studiozens.stack.servers import lasting_servers

PROCFILE = "web: sh -c 'echo web is up; sleep 600'\nworker: sh -c 'echo worker is up; sleep 600'\n"


def main(folder: Path) -> int:
    """Run two idle processes beside real servers until a signal comes."""
    try:
        with lasting_servers(folder, purpose="the test") as servers:
            procfile = folder / "Procfile"
            procfile.write_text(PROCFILE)
            environment = marked({**os.environ, **servers, "PYTHONUNBUFFERED": "1"}, folder)
            command = [sys.executable, "-m", "studiozens.stack.supervise", str(procfile)]
            return run_in_foreground(command, environment)
    except StackProblem as problem:
        say(str(problem))
        return 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
