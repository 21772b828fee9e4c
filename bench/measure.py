"""Asking for load from this side, and what the numbers are."""

import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from studiozens.stack.folders import ROOT

ENCODING = "latin-1"


@dataclass(frozen=True, slots=True)
class Measured:
    """Latencies in milliseconds, what was answered, and in how many seconds."""

    milliseconds: Sequence[float]
    statuses: Mapping[int, int]
    bodies: Mapping[str, str]
    seconds: float
    own_cpu_seconds: float = 0.0
    began_at: float = 0.0
    # Processor seconds of each part of the stack meanwhile.
    cpu: Mapping[str, float] = field(default_factory=dict)

    @property
    def age(self) -> float:
        """Seconds since the first request was sent."""
        return time.time() - self.began_at

    @property
    def rate(self) -> float:
        """Answers per second."""
        return len(self.milliseconds) / self.seconds

    def percentile(self, share: float) -> float:
        """The latency that `share` of the answers did not exceed."""
        ordered = sorted(self.milliseconds)
        return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


def get(path: str, **headers: str) -> bytes:
    """An HTTP request without a body."""
    return _request("GET", path, headers, b"")


def post(path: str, body: object, **headers: str) -> bytes:
    """An HTTP request with a JSON body; `bytes` go out as they are."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return _request("POST", path, {"Content-Type": "application/json", **named}, content)


def _request(method: str, path: str, headers: Mapping[str, str], body: bytes) -> bytes:
    lines = [
        f"{method} {path} HTTP/1.1",
        "Host: 127.0.0.1",
        "Accept: application/json",
        *(f"{name}: {value}" for name, value in headers.items()),
        f"Content-Length: {len(body)}",
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


def stream(
    port: int, requests: Sequence[bytes], *, clients: int, seconds: float = 600.0
) -> Measured:
    """Each client sends the next request as soon as its answer is there, until the time is over."""
    return _run(port, [requests], clients=clients, seconds=seconds, at_once=False)


def bursts(port: int, rounds: Sequence[Sequence[bytes]]) -> Measured:
    """All requests of a round at once, each on its own connection; round after round."""
    return _run(port, rounds, clients=len(rounds[0]), seconds=600.0, at_once=True)


def _run(
    port: int,
    rounds: Sequence[Sequence[bytes]],
    *,
    clients: int,
    seconds: float,
    at_once: bool,
) -> Measured:
    plan = {
        "port": port,
        "clients": clients,
        "seconds": seconds,
        "at_once": at_once,
        "rounds": [[request.decode(ENCODING) for request in found] for found in rounds],
    }
    done = subprocess.run(
        [sys.executable, "-m", "bench.load"],
        cwd=ROOT,
        input=json.dumps(plan),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    result = json.loads(done.stdout)
    return Measured(
        milliseconds=result["milliseconds"],
        statuses=dict(sorted(Counter(result["statuses"]).items())),
        bodies=result["bodies"],
        seconds=result["seconds"],
        own_cpu_seconds=result["own_cpu_seconds"],
        began_at=result["began_at"],
    )
