"""Requests answered inside this process: to see which SQL they run, and where their time goes."""

import logging
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from typing import Any

from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, connection, transaction

SAVEPOINT = re.compile(r'(SAVEPOINT|RELEASE SAVEPOINT|ROLLBACK TO SAVEPOINT) ("?\w+"?)')
OUTERMOST = {
    "SAVEPOINT": "BEGIN",
    "RELEASE SAVEPOINT": "COMMIT",
    "ROLLBACK TO SAVEPOINT": "ROLLBACK",
}


class Application:
    """The product's WSGI application, called without a server."""

    def __init__(self) -> None:
        self._call = get_wsgi_application()

    def answer(self, request: bytes) -> tuple[int, bytes]:
        """Status and body for a request as the load generator would send it."""
        statuses: list[str] = []
        answered = self._call(_environ(request), lambda status, headers: statuses.append(status))
        try:
            body = b"".join(answered)
        finally:
            answered.close()
        return int(statuses[0][:3]), body


def _environ(request: bytes) -> dict[str, Any]:
    head, _, body = request.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ")
    path, _, query = target.partition("?")
    headers = dict(line.split(": ", 1) for line in lines)
    named = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}
    return named | {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_TYPE": headers.get("Content-Type", ""),
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": BytesIO(body),
        "wsgi.errors": BytesIO(),
        "wsgi.url_scheme": "http",
    }


def in_sequence(works: Sequence[Callable[[], None]]) -> list[list[str]]:
    """The SQL each piece of work runs, parameters filled in, as it would run outside of here.

    All of it runs in a transaction that is rolled back at the end, so the same statements can be
    run again in this order and succeed. What the product commits shows as BEGIN and COMMIT.
    """
    found: list[str] = []
    lists: list[list[str]] = []

    def record(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        found.append(connection.ops.compose_sql(sql, params) if params else sql)
        return execute(sql, params, many, context)

    with _quiet(), _rolled_back(), connection.execute_wrapper(record):
        for work in works:
            found.clear()
            work()
            lists.append(list(_unnested(found)))
    return lists


@contextmanager
def _quiet() -> Iterator[None]:
    # Each request is a line of the log, and these are not the ones that are measured.
    logging.disable(logging.INFO)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)


@contextmanager
def _rolled_back() -> Iterator[None]:
    outer = transaction.atomic()
    # What Django's own TestCase sets: durable blocks may open inside, as savepoints.
    outer._from_testcase = True  # type: ignore[attr-defined]
    for signal in (request_started, request_finished):
        # A request that finds its connection in a transaction would close it.
        signal.disconnect(close_old_connections)
    try:
        with outer:
            yield
            transaction.set_rollback(True)
    finally:
        for signal in (request_started, request_finished):
            signal.connect(close_old_connections)


def _unnested(statements: Sequence[str]) -> Iterator[str]:
    """The outermost savepoints as the transactions they stand for."""
    depth = 0
    for statement in statements:
        match = SAVEPOINT.fullmatch(statement)
        if match is None:
            yield statement
            continue
        depth += match[1] == "SAVEPOINT"
        yield OUTERMOST[match[1]] if depth == 1 else statement
        depth -= match[1] == "RELEASE SAVEPOINT"
