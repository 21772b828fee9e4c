"""The product's side of the webhooks: records what arrives and answers as told."""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PATIENCE_SECONDS = 10


@dataclass(frozen=True)
class Received:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body, read as JSON."""
        return json.loads(self.body)


class Receiver:
    """An HTTP server in a thread; `statuses` are the answers to come, then always 200."""

    def __init__(self) -> None:
        self.requests: list[Received] = []
        self.statuses: list[int] = []
        self._arrived = threading.Condition()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def _handler(receiver) -> type[BaseHTTPRequestHandler]:  # noqa: N805
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = receiver.take(Received(self.path, dict(self.headers), body))
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_args: object) -> None:
                """Tests are quiet."""

        return Handler

    def take(self, request: Received) -> int:
        """Remember the request; returns the status to answer."""
        with self._arrived:
            self.requests.append(request)
            self._arrived.notify_all()
            return self.statuses.pop(0) if self.statuses else 200

    def wait_for(self, wanted: Callable[[Received], bool], *, count: int = 1) -> list[Received]:
        """The requests that are `wanted`, as soon as there are `count` of them."""
        with self._arrived:
            came = self._arrived.wait_for(
                lambda: len(self.matching(wanted)) >= count, timeout=PATIENCE_SECONDS
            )
            assert came, f"{len(self.matching(wanted))} of {count} came"
            return self.matching(wanted)

    def matching(self, wanted: Callable[[Received], bool]) -> list[Received]:
        """Those that came so far."""
        return [request for request in self.requests if wanted(request)]

    def events_of(self, reference: str, *, count: int = 1) -> list[Received]:
        """Wompi events of a reference, once there are `count`."""
        return self.wait_for(lambda request: reference.encode() in request.body, count=count)

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
