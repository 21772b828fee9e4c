"""Says where everything is, once it answers; started beside the processes, ends by itself."""

import os
import sys
import time
import urllib.error
import urllib.request

from studiozens.stack.console import say
from studiozens.stack.ports import HOST

PATIENCE = 90.0


def main() -> None:
    """Wait for web and sandbox, then pass standard input on to the person."""
    accounts = sys.stdin.read().rstrip()
    web = f"http://{HOST}:{os.environ['WEB_PORT']}"
    sandbox = f"http://{HOST}:{os.environ['SANDBOX_PORT']}"
    deadline = time.monotonic() + PATIENCE
    while not (_answers(f"{web}/health/live") and _answers(f"{sandbox}/")):
        if time.monotonic() > deadline:
            say("The web server or the sandbox does not answer yet; their log stands above.")
            return
        time.sleep(0.1)
    say(
        f"\nStudioZens runs. Ctrl-C stops all of it.\n\n"
        f"  API documentation    {web}/api/docs\n"
        f"  Administration       {web}/admin/\n"
        f"  Phones and payments  {sandbox}/\n\n{accounts}\n"
    )


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 - our own address
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


if __name__ == "__main__":
    main()
