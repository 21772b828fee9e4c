"""The HTTP server: uvicorn, able to hang up, saying its address when it is ready."""

import signal
import socket
import sys

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class HangUpProtocol(HttpToolsProtocol):
    """Gives the application a way to close the connection without an answer."""

    def on_message_begin(self) -> None:
        """Offer `sandbox.drop` in the scope's extensions."""
        super().on_message_begin()
        self.scope["extensions"] = {"sandbox.drop": self.transport.close}  # type: ignore[dict-item]


class AnnouncingServer(uvicorn.Server):
    """Prints one line when requests can be made."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then say where."""
        await super().startup(sockets=sockets)
        host, port = (sockets or [])[0].getsockname()[:2]
        sys.stdout.write(f"sandbox listening on http://{host}:{port}\n")
        sys.stdout.flush()


def serve(app: ASGIApp, *, host: str, port: int) -> None:
    """Serve until SIGTERM or SIGINT; port 0 takes a free one.

    Raises `OSError` when the port is taken.
    """
    config = uvicorn.Config(
        app,
        http=HangUpProtocol,
        ws="none",
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=1,
        server_header=False,
    )
    # With the protocol named, asyncio switches Nagle off on what it accepts; without it every
    # answer on a kept connection waits 40 ms for the other side's acknowledgement.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    # uvicorn raises the signal again after its shutdown; to be stopped is no failure.
    for stop in (signal.SIGTERM, signal.SIGINT):
        signal.signal(stop, lambda *_: None)
    AnnouncingServer(config).run(sockets=[listener])
