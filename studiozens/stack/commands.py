"""Running somebody's command in the foreground, as a shell would."""

import signal
import subprocess
from collections.abc import Mapping, Sequence
from types import FrameType

from studiozens.stack.folders import ROOT


def run_in_foreground(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run `command` and give back its exit code.

    SIGINT and SIGTERM are passed on. A terminal's Ctrl-C reaches the command anyway, but a
    signal sent to us alone would not, and who sends it means both.
    """
    child: list[subprocess.Popen[bytes]] = []

    def pass_on(signum: int, frame: FrameType | None) -> None:
        for process in child:
            process.send_signal(signum)

    before = {number: signal.signal(number, pass_on) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        child.append(subprocess.Popen(command, env=environment, cwd=ROOT))
        code = child[0].wait()
    finally:
        for signum, handler in before.items():
            signal.signal(signum, handler)
    return code if code >= 0 else 128 - code
