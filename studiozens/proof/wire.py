"""Clients over real HTTP: several ask at the same instant, each on a connection of their own."""

import json
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from threading import Barrier
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

PATIENCE = 60.0
# Servers hang up on who is silent for long, maybe just when the next request is on its way.
SILENCE = 3.0
# What is noted instead of a status when no answer came.
NO_ANSWER = 0


@dataclass(frozen=True, slots=True)
class Ask:
    """One request of one signed-in client."""

    bearer: str
    path: str
    body: Mapping[str, Any] | None = None
    key: str = ""

    @property
    def headers(self) -> dict[str, str]:
        """Who asks, and under which `Idempotency-Key`."""
        found = {"Authorization": f"Bearer {self.bearer}", "Content-Type": "application/json"}
        return found | ({"Idempotency-Key": self.key} if self.key else {})


@dataclass(frozen=True, slots=True)
class Answer:
    """What a client was told."""

    status: int
    body: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_yes(self) -> bool:
        """Whether the client got what they asked for."""
        return 200 <= self.status < 300

    @property
    def code(self) -> str:
        """The stable code of a refusal, or the status of what is none."""
        return str(self.body.get("code") or f"HTTP {self.status}")


class Wire:
    """Kept-alive connections to one server, as many as clients ask at once."""

    def __init__(self, url: str, clients: int) -> None:
        parts = urlsplit(url)
        kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        self.clients = clients
        self._base = parts.path.rstrip("/")
        self._connections = [
            kind(parts.hostname or "", parts.port, timeout=PATIENCE) for _ in range(clients)
        ]
        self._asked_at = 0.0
        self._threads = ThreadPoolExecutor(clients)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._threads.shutdown()
        self._hang_up()

    def at_once(self, asks: Sequence[Ask]) -> list[Answer]:
        """The answers, in the order of the requests; nobody sends before all are ready."""
        gate = Barrier(len(asks))
        if time.monotonic() - self._asked_at > SILENCE:
            self._hang_up()

        def send(connection: HTTPConnection, ask: Ask) -> Answer:
            gate.wait()
            return self._send(connection, ask)

        answers = list(self._threads.map(send, self._connections, asks))
        self._asked_at = time.monotonic()
        return answers

    def _hang_up(self) -> None:
        """The next request opens its connection anew."""
        for connection in self._connections:
            connection.close()

    def _send(self, connection: HTTPConnection, ask: Ask) -> Answer:
        """Never repeated: a request without an answer is what the proof wants to know of."""
        content = None if ask.body is None else json.dumps(ask.body)
        method = "GET" if content is None else "POST"
        try:
            connection.request(method, self._base + ask.path, content, ask.headers)
            answer = connection.getresponse()
            return Answer(answer.status, _object(answer.read()))
        except (OSError, HTTPException) as exc:
            connection.close()
            return Answer(NO_ANSWER, {"code": type(exc).__name__})


def _object(content: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(content)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
