"""Says where everything is, once it answers."""

import time
import urllib.error
import urllib.request
from threading import Thread

from studiozens.stack.console import say
from studiozens.stack.ports import HOST

PATIENCE = 90.0


def greet_when_ready(*, web_port: str, sandbox_port: str, accounts: str) -> None:
    """Print addresses and accounts as soon as web and sandbox answer, without waiting for that."""
    web, sandbox = f"http://{HOST}:{web_port}", f"http://{HOST}:{sandbox_port}"
    Thread(target=_greet, args=(web, sandbox, accounts), daemon=True).start()


def _greet(web: str, sandbox: str, accounts: str) -> None:
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
