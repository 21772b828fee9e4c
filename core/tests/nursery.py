"""Processes for tests to kill: Django is set up once, and each order runs in a fork of that.

Orders come as JSON, a line each: the code and the settings it runs with. The answer is how it
ended, as `subprocess` says it: a process killed by signal n ends with -n.
"""

import json
import os
import sys
import traceback
from typing import Any

import django


def main() -> None:
    """Follow orders until input ends. Connects to nothing itself: forks would share it."""
    django.setup()
    from core.tests import leaks

    leaks.read_along_in_child()
    for line in sys.stdin:
        order = json.loads(line)
        child = os.fork()
        if child == 0:
            os._exit(_live(**order))
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)  # noqa: T201 - the answer


def _live(script: str, settings: dict[str, Any]) -> int:
    from django.conf import settings as mine

    # What it says is for people; the answer has the output for itself.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    for name, value in settings.items():
        setattr(mine, name, value)
    try:
        exec(script, {"__name__": "__main__"})  # noqa: S102 - a test's own code
    except BaseException:  # noqa: BLE001 - however it ends, it must not go on as the nursery
        traceback.print_exc()
        return 1
    return 0


if __name__ == "__main__":
    main()
