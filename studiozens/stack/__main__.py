"""`python -m studiozens.stack server | test [pytest arguments] | exec -- COMMAND`."""

import os
import signal
import sys
from types import FrameType

from studiozens.stack.console import StackProblem, say
from studiozens.stack.execute import execute
from studiozens.stack.folders import DATA
from studiozens.stack.processes import is_marked, marked
from studiozens.stack.server import serve
from studiozens.stack.suite import run_tests

USAGE = "Usage: python -m studiozens.stack server | test [pytest arguments] | exec -- COMMAND"


def main(arguments: list[str]) -> int:
    """Run one command of the stack; gives back the exit code."""
    signal.signal(signal.SIGTERM, _leave)
    try:
        match arguments:
            case ["server"]:
                _mark_this_process()
                return serve()
            case ["test", *rest]:
                return run_tests(rest)
            case ["exec", "--", *command] if command:
                return execute(command)
    except StackProblem as problem:
        say(str(problem))
        return 1
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    say(USAGE)
    return 2


def _mark_this_process() -> None:
    """Start over with the mark, so that what the supervisor forks can be found by it too."""
    if not is_marked(os.environ, DATA):
        command = [sys.executable, "-m", "studiozens.stack", "server"]
        os.execve(sys.executable, command, marked(os.environ, DATA))  # noqa: S606 - ourselves


def _leave(signum: int, frame: FrameType | None) -> None:
    sys.exit(128 + signum)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
