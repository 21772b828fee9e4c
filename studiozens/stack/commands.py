"""Running somebody's command in the foreground, as a shell would."""

import signal
import subprocess
from collections.abc import Mapping, Sequence
from types import FrameType

from studiozens.stack.folders import ROOT


def run_in_foreground(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run `command` and give back its exit code.

    Ctrl-C is the command's own (the terminal sends it to both), SIGTERM is passed on.
    """
    child: list[subprocess.Popen[bytes]] = []

    def pass_on(signum: int, frame: FrameType | None) -> None:
        for process in child:
            process.send_signal(signum)

    before = {
        signal.SIGINT: signal.signal(signal.SIGINT, lambda signum, frame: None),
        signal.SIGTERM: signal.signal(signal.SIGTERM, pass_on),
    }
    try:
        child.append(subprocess.Popen(command, env=environment, cwd=ROOT))
        code = child[0].wait()
    finally:
        for signum, handler in before.items():
            signal.signal(signum, handler)
    return code if code >= 0 else 128 - code
