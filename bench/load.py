"""The load generator: a process of its own that sends prepared requests and measures the answers.

`python -m bench.load` reads a plan (`Plan` as JSON) from standard input and writes a `Result`. It
shares the machine with what it measures, so it does as little as possible: raw sockets, kept alive.
"""

import asyncio
import gc
import json
import sys
import time
from collections.abc import Iterator

HOST = "127.0.0.1"
ENCODING = "latin-1"
PATIENCE = 60.0


class Connection(asyncio.Protocol):
    """One kept-alive HTTP/1.1 connection with one request at a time."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[tuple[int, bytes]] | None = None
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - for the types
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, found, body = self._received.partition(b"\r\n\r\n")
        if not found or self._answer is None:
            return
        complete = _complete_body(head, body)
        if complete is not None:
            self._received = b""
            self._answer.set_result((int(head[9:12]), complete))

    def connection_lost(self, exc: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(exc or ConnectionResetError("the server hung up"))

    async def ask(self, request: bytes) -> tuple[int, bytes]:
        """Status and body of the answer."""
        assert self._transport is not None  # noqa: S101 - for the types
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answer


def _complete_body(head: bytes, body: bytes) -> bytes | None:
    """The body once all of it is there."""
    lowered = head.lower()
    if b"transfer-encoding: chunked" in lowered:
        return body if body.endswith(b"0\r\n\r\n") else None
    length = int(lowered.partition(b"content-length:")[2].partition(b"\r\n")[0] or 0)
    return body if len(body) >= length else None


class Recorder:
    """What came back, in the order of the answers."""

    def __init__(self) -> None:
        self.milliseconds: list[float] = []
        self.statuses: list[int] = []
        self.bodies: dict[int, str] = {}

    async def ask(self, connection: Connection, request: bytes) -> None:
        """Send one request and note how long its answer took."""
        started = time.perf_counter()
        status, body = await connection.ask(request)
        self.milliseconds.append((time.perf_counter() - started) * 1000)
        self.statuses.append(status)
        self.bodies.setdefault(status, body[:2000].decode(ENCODING))


async def _connected(port: int, count: int) -> list[Connection]:
    loop = asyncio.get_running_loop()
    pairs = [await loop.create_connection(Connection, HOST, port) for _ in range(count)]
    return [connection for _, connection in pairs]


async def _stream(
    connection: Connection, requests: Iterator[bytes], recorder: Recorder, deadline: float
) -> None:
    for request in requests:
        await recorder.ask(connection, request)
        if time.perf_counter() > deadline:
            return


async def _run(plan: dict[str, object]) -> dict[str, object]:
    rounds = [[text.encode(ENCODING) for text in found] for found in plan["rounds"]]
    recorder = Recorder()
    connections = await _connected(plan["port"], plan["clients"])
    began_at, cpu, started = time.time(), time.process_time(), time.perf_counter()
    deadline = started + plan["seconds"]
    for requests in rounds:
        if plan["at_once"]:
            pairs = zip(connections, requests, strict=True)
            await asyncio.gather(*[recorder.ask(*pair) for pair in pairs])
        else:
            shared = iter(requests)
            await asyncio.gather(
                *[_stream(found, shared, recorder, deadline) for found in connections]
            )
    return {
        "milliseconds": recorder.milliseconds,
        "statuses": recorder.statuses,
        "bodies": recorder.bodies,
        "began_at": began_at,
        "seconds": time.perf_counter() - started,
        "own_cpu_seconds": time.process_time() - cpu,
    }


def main() -> None:
    """Run one plan."""
    plan = json.load(sys.stdin)
    gc.disable()
    json.dump(asyncio.run(_run(plan)), sys.stdout)


if __name__ == "__main__":
    main()
