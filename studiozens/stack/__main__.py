"""`python -m studiozens.stack server | test [pytest arguments] | exec -- COMMAND`."""

import signal
import sys
from types import FrameType

from studiozens.stack.console import StackProblem, say
from studiozens.stack.execute import execute
from studiozens.stack.server import serve
from studiozens.stack.suite import run_tests

USAGE = "Usage: python -m studiozens.stack server | test [pytest arguments] | exec -- COMMAND"


def main(arguments: list[str]) -> int:
    """Run one command of the stack; gives back the exit code."""
    signal.signal(signal.SIGTERM, _leave)
    try:
        match arguments:
            case ["server"]:
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


def _leave(signum: int, frame: FrameType | None) -> None:
    sys.exit(128 + signum)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
