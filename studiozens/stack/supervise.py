"""The processes of a Procfile under one supervisor: when one ends, or a signal comes, all end.

A process of its own, so that it carries the mark by which the keeper finds it, and its forks.
"""

import os
import sys
from pathlib import Path

from honcho.environ import parse_procfile
from honcho.manager import Manager


def main(procfile: Path) -> int:
    """Run every process of `procfile`; gives back the exit code of the first one that ended."""
    manager = Manager()
    for name, command in parse_procfile(procfile.read_text()).processes.items():
        # Without `exec` a shell stands between, and dies of the signal before its child has ended.
        manager.add_process(name, f"exec {command}", env=dict(os.environ), cwd=str(procfile.parent))
    manager.loop()
    return int(manager.returncode or 0)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
