"""The sandbox as a process of its own, as everybody else meets it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

ROOT = Path(__file__).resolve().parents[2]
TIMEOUT = 10
PUBLIC = {"Authorization": "Bearer pub_test_studiozens"}
PRIVATE = {"Authorization": "Bearer prv_test_studiozens"}
GRAPH = {"Authorization": "Bearer sandbox-whatsapp-token"}
ACCOUNT = "AC00000000000000000000000000000001"
BASIC = (ACCOUNT, "sandbox-twilio-token")
# Paces and addresses only: keys stay the development defaults, whatever this shell exports.
OURS = ("SANDBOX_", "WOMPI_", "WHATSAPP_", "TWILIO_", "PUBLIC_BASE_URL")


class StandIn:
    """A running sandbox, and how to talk to it."""

    def __init__(self, process: subprocess.Popen[str], url: str) -> None:
        self.process = process
        self.url = url

    def get(self, path: str, **options: object) -> requests.Response:
        """GET a path."""
        return requests.get(self.url + path, timeout=TIMEOUT, **options)  # type: ignore[arg-type]

    def post(self, path: str, **options: object) -> requests.Response:
        """POST to a path; redirects are left to the test."""
        return requests.post(
            self.url + path,
            timeout=TIMEOUT,
            allow_redirects=False,
            **options,  # type: ignore[arg-type]
        )

    def put(self, path: str, **options: object) -> requests.Response:
        """PUT to a path."""
        return requests.put(self.url + path, timeout=TIMEOUT, **options)  # type: ignore[arg-type]

    def control(self, path: str, /, **body: object) -> dict[str, object]:
        """POST a control that is expected to work."""
        answer = self.post(f"/_control/{path}", json=body)
        assert answer.status_code == 200, answer.text
        result: dict[str, object] = answer.json()
        return result

    def messages(self, to: str, **query: str) -> list[dict[str, object]]:
        """What that phone holds, newest first."""
        found = self.get("/_control/messages", params={"to": to, **query}).json()
        return list(found["messages"])

    def transactions(self, reference: str) -> list[dict[str, object]]:
        """The gateway's books for one reference, newest first."""
        found = self.get("/_control/wompi/transactions", params={"reference": reference})
        return list(found.json()["transactions"])


def launch(**settings: str) -> subprocess.Popen[str]:
    """Start the process on a free port; its first line is its address."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    return subprocess.Popen(
        [sys.executable, "-m", "sandbox"],
        cwd=ROOT,
        env={**kept, "SANDBOX_PORT": "0", **settings},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@contextmanager
def running(**settings: str) -> Iterator[StandIn]:
    """A sandbox for the length of the block; it ends cleanly or the test fails."""
    process = launch(**settings)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("sandbox listening on http://"), line
        yield StandIn(process, line.split()[-1])
        process.terminate()
        assert process.wait(TIMEOUT) == 0
    finally:
        process.kill()
        process.communicate()
