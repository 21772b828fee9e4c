"""What the stand-in remembers: one SQLite file, or memory only.

One connection in one thread; each call is a few microseconds, so it is made without awaiting.
"""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

Row = Mapping[str, object]
Value = str | int | float | bytes | None

# Raise it when SCHEMA changes: what an older sandbox remembered is play money, and is dropped.
VERSION = 3
SCHEMA = """
CREATE TABLE IF NOT EXISTS clock (one INTEGER PRIMARY KEY, seconds REAL NOT NULL);
CREATE TABLE IF NOT EXISTS wompi_transactions (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    reference TEXT NOT NULL,
    status TEXT NOT NULL,
    source TEXT NOT NULL,
    plan TEXT,
    settle_at REAL,
    created_at REAL NOT NULL,
    finalized_at REAL,
    document TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS wompi_transactions_by_reference ON wompi_transactions (reference);
CREATE INDEX IF NOT EXISTS wompi_transactions_unsettled
    ON wompi_transactions (settle_at) WHERE settle_at IS NOT NULL;
CREATE TABLE IF NOT EXISTS wompi_checkouts (
    reference TEXT PRIMARY KEY,
    opened_at REAL NOT NULL,
    document TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS wompi_spent_tokens (jti TEXT PRIMARY KEY, expires_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS wompi_tokens (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    status TEXT NOT NULL,
    outcome TEXT NOT NULL,
    settle_at REAL,
    created_at REAL NOT NULL,
    expires_at REAL NOT NULL,
    spent_at REAL,
    document TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS wompi_sources (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    status TEXT NOT NULL,
    outcome TEXT NOT NULL,
    token TEXT NOT NULL,
    customer_email TEXT NOT NULL,
    created_at REAL NOT NULL,
    document TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS wompi_refunds (
    id INTEGER PRIMARY KEY,
    transaction_id TEXT NOT NULL,
    reference TEXT,
    status TEXT NOT NULL,
    amount_in_cents INTEGER NOT NULL,
    created_at REAL NOT NULL,
    document TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS wompi_refunds_by_transaction ON wompi_refunds (transaction_id);
CREATE INDEX IF NOT EXISTS wompi_refunds_by_reference ON wompi_refunds (reference);
CREATE TABLE IF NOT EXISTS wompi_events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    transaction_id TEXT NOT NULL,
    reference TEXT NOT NULL,
    status TEXT NOT NULL,
    checksum TEXT NOT NULL,
    body BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS wompi_events_by_reference ON wompi_events (reference);
CREATE TABLE IF NOT EXISTS payout_accounts (
    id TEXT PRIMARY KEY,
    status TEXT NOT NULL,
    balance_in_cents INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS payout_batches (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    reference TEXT NOT NULL,
    status TEXT NOT NULL,
    account_id TEXT NOT NULL,
    idempotency_key TEXT NOT NULL,
    amount_in_cents INTEGER NOT NULL,
    settle_at REAL,
    created_at REAL NOT NULL,
    document TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS payout_batches_by_reference ON payout_batches (reference);
CREATE INDEX IF NOT EXISTS payout_batches_by_key ON payout_batches (idempotency_key);
CREATE TABLE IF NOT EXISTS payout_lines (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    batch_id TEXT NOT NULL REFERENCES payout_batches (id),
    status TEXT NOT NULL,
    plan TEXT,
    code TEXT,
    amount_in_cents INTEGER NOT NULL,
    created_at REAL NOT NULL,
    applied_at REAL,
    document TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS payout_lines_by_batch ON payout_lines (batch_id);
CREATE TABLE IF NOT EXISTS payout_events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    batch_id TEXT NOT NULL,
    reference TEXT NOT NULL,
    checksum TEXT NOT NULL,
    body BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS payout_events_by_reference ON payout_events (reference);
CREATE TABLE IF NOT EXISTS messages (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    provider TEXT NOT NULL,
    channel TEXT NOT NULL,
    direction TEXT NOT NULL,
    phone TEXT NOT NULL,
    text TEXT NOT NULL,
    code TEXT,
    template TEXT,
    language TEXT,
    parameters TEXT,
    status TEXT NOT NULL,
    error_code INTEGER,
    reference TEXT,
    created_at REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS messages_by_phone ON messages (phone);
CREATE TABLE IF NOT EXISTS verifications (
    sid TEXT PRIMARY KEY,
    recipient TEXT NOT NULL,
    channel TEXT NOT NULL,
    code TEXT NOT NULL,
    status TEXT NOT NULL,
    checks INTEGER NOT NULL,
    sends TEXT NOT NULL,
    created_at REAL NOT NULL,
    updated_at REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS verifications_by_recipient ON verifications (recipient);
CREATE TABLE IF NOT EXISTS webhooks (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    provider TEXT NOT NULL,
    lane TEXT NOT NULL,
    subject TEXT NOT NULL,
    url TEXT NOT NULL,
    headers TEXT NOT NULL,
    body BLOB NOT NULL,
    only_200 INTEGER NOT NULL,
    retry_seconds TEXT NOT NULL,
    state TEXT NOT NULL,
    due_at REAL NOT NULL,
    created_at REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS webhooks_by_subject ON webhooks (subject);
CREATE INDEX IF NOT EXISTS webhooks_pending ON webhooks (id) WHERE state = 'pending';
CREATE TABLE IF NOT EXISTS webhook_attempts (
    webhook_id INTEGER NOT NULL REFERENCES webhooks (id),
    attempt INTEGER NOT NULL,
    at REAL NOT NULL,
    milliseconds REAL NOT NULL,
    http_status INTEGER,
    error TEXT,
    PRIMARY KEY (webhook_id, attempt)
);
"""

WIPE = """
DELETE FROM webhook_attempts; DELETE FROM webhooks; DELETE FROM verifications;
DELETE FROM messages; DELETE FROM wompi_events; DELETE FROM wompi_spent_tokens;
DELETE FROM wompi_checkouts; DELETE FROM wompi_tokens; DELETE FROM wompi_sources;
DELETE FROM wompi_refunds; DELETE FROM payout_events; DELETE FROM payout_lines;
DELETE FROM payout_batches; DELETE FROM payout_accounts; DELETE FROM wompi_transactions;
"""


class Store:
    """A thin hand on SQLite: every statement commits by itself."""

    def __init__(self, path: str) -> None:
        if path != ":memory:":
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA journal_mode = WAL")
        # A power cut may cost the last second of play; a killed process costs nothing.
        self._connection.execute("PRAGMA synchronous = OFF")
        self._drop_what_is_older()
        self._connection.executescript(f"{SCHEMA} PRAGMA user_version = {VERSION};")

    def _drop_what_is_older(self) -> None:
        if self._connection.execute("PRAGMA user_version").fetchone()[0] == VERSION:
            return
        named = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        for (name,) in self._connection.execute(named).fetchall():
            self._connection.execute(f'DROP TABLE "{name}"')

    def run(self, statement: str, *values: Value) -> int:
        """Execute a write; returns the row id of an INSERT."""
        return self._connection.execute(statement, values).lastrowid or 0

    def all(self, query: str, *values: Value) -> list[dict[str, object]]:
        """Every row of a query."""
        return [dict(row) for row in self._connection.execute(query, values)]

    def one(self, query: str, *values: Value) -> dict[str, object] | None:
        """The first row, if any."""
        row = self._connection.execute(query, values).fetchone()
        return dict(row) if row else None

    @contextmanager
    def together(self) -> Iterator[None]:
        """What is written inside is kept whole or not at all, also when the process is killed."""
        self._connection.execute("BEGIN")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def wipe(self) -> None:
        """Forget everything."""
        self._connection.executescript(WIPE)

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()
