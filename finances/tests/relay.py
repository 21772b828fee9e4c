"""A wire to the payouts provider that a test can cut: before it hears, or after it has acted.

The stand-in's faults concern every request; here one path fails and the look-ups beside it do not.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import requests


class Relay(ThreadingHTTPServer):
    """Passes requests on, and remembers them; `fault` says what happens to creations.

    `before`: the wire is cut before the provider hears of it. `after`: once it has acted. A number
    is an answer with that status, a pair a status and a body; nothing of it reaches the provider.
    """

    def __init__(self, target: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.target = target
        self.fault: Any = None
        self.look_up_fault: Any = None
        # Which paths look-ups have.
        self.look_ups = "/payouts"
        # What happens elsewhere while a creation is under way.
        self.meanwhile: Callable[[], object] = lambda: None
        self.creations: list[tuple[str, bytes]] = []
        self.url = f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def keys(self) -> list[str]:
        """The key of each creation, in order."""
        return [key for key, _body in self.creations]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Relay

    def do_GET(self) -> None:
        is_look_up = self.path.startswith(self.server.look_ups)
        self._pass_on("GET", self.server.look_up_fault if is_look_up else None, b"")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.creations.append((self.headers["idempotency-key"], body))
        self.server.meanwhile()
        self._pass_on("POST", self.server.fault, body)

    def _pass_on(self, method: str, fault: Any, body: bytes) -> None:
        if isinstance(fault, int | tuple):
            self._answer(*(fault if isinstance(fault, tuple) else (fault, b"{}")))
            return
        if fault != "before":
            headers = {name: value for name, value in self.headers.items() if name != "Host"}
            answer = requests.request(
                method, self.server.target + self.path, data=body, headers=headers, timeout=10
            )
        if fault in {"before", "after"}:
            self.close_connection = True
        else:
            self._answer(answer.status_code, answer.content)

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        """Quiet."""


@contextmanager
def relay_to(target: str) -> Iterator[Relay]:
    """A relay that is gone afterwards."""
    relay = Relay(target)
    thread = Thread(target=relay.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield relay
    finally:
        relay.shutdown()
        relay.server_close()
        thread.join(timeout=5)
