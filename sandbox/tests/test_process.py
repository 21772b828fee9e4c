"""`python -m sandbox`: starts, remembers, ends."""

import ast
import signal
import socket
import sqlite3
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
import requests

from sandbox.tests.orders import checkout_path, order
from sandbox.tests.process import GRAPH, PRIVATE, ROOT, TIMEOUT, StandIn, launch, running
from sandbox.tests.receiver import Receiver
from sandbox.tests.test_whatsapp import PATH, body


def test_a_restart_keeps_payments_checkouts_and_messages(
    tmp_path: Path, receiver: Receiver, reference: str, phone: str
) -> None:
    kept = {
        "SANDBOX_DB": str(tmp_path / "new folder" / "sandbox.sqlite3"),
        "PUBLIC_BASE_URL": receiver.url,
    }
    with running(**kept) as sandbox:
        sandbox.get(checkout_path(reference))
        sandbox.control("wompi/pay", reference=reference, outcome="DECLINED")
        sandbox.post(PATH, json=body(phone), headers=GRAPH)

    with running(**kept) as sandbox:
        paid = sandbox.control("wompi/pay", reference=reference, outcome="APPROVED")

        assert paid["delivered"] is True
        statuses = [row["status"] for row in sandbox.transactions(reference)]
        assert statuses == ["APPROVED", "DECLINED"]
        assert len(sandbox.messages(phone)) == 1


@pytest.mark.slow
def test_a_restart_takes_up_what_was_still_to_happen(
    tmp_path: Path, own_receiver: Receiver, reference: str
) -> None:
    kept = {"SANDBOX_DB": str(tmp_path / "s.sqlite3"), "PUBLIC_BASE_URL": own_receiver.url}
    own_receiver.statuses = [500]
    with running(
        **kept, SANDBOX_WOMPI_SETTLE_SECONDS="1", SANDBOX_WOMPI_RETRY_SECONDS="1"
    ) as sandbox:
        made = sandbox.post(
            "/wompi/v1/transactions", json=order(sandbox, f"{reference}-api"), headers=PRIVATE
        )
        sandbox.get(checkout_path(f"{reference}-page"))
        paid = sandbox.control("wompi/pay", reference=f"{reference}-page", outcome="APPROVED")
        assert (made.json()["data"]["status"], paid["http_status"]) == ("PENDING", 500)

    with running(**kept) as sandbox:
        settled = own_receiver.events_of(f"{reference}-api")[0].json
        retried = own_receiver.events_of(f"{reference}-page", count=2)

        assert settled["data"]["transaction"]["status"] == "APPROVED"
        assert retried[0].body == retried[1].body


def test_the_memory_of_an_older_sandbox_is_dropped_rather_than_misread(tmp_path: Path) -> None:
    path = tmp_path / "old.sqlite3"
    with closing(sqlite3.connect(path)) as old:
        old.execute("CREATE TABLE messages (id TEXT)")

    with running(SANDBOX_DB=str(path)) as sandbox:
        assert sandbox.messages("", direction="all") == []


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_without_complaint_when_told_to(stop: signal.Signals) -> None:
    process = launch()
    assert process.stdout is not None
    assert process.stdout.readline().startswith("sandbox listening on http://127.0.0.1:")

    process.send_signal(stop)

    _, complaints = process.communicate(timeout=TIMEOUT)
    assert (process.returncode, complaints) == (0, "")


@pytest.mark.slow
def test_it_ends_while_a_slow_answer_is_on_its_way(own_receiver: Receiver) -> None:
    with running(PUBLIC_BASE_URL=own_receiver.url) as sandbox:
        sandbox.control("faults", provider="wompi", mode="slow", latency_ms=600_000)
        address = sandbox.url.removeprefix("http://").split(":")
        waiting = socket.create_connection((address[0], int(address[1])))
        waiting.sendall(b"GET /wompi/v1/transactions HTTP/1.1\r\nHost: x\r\n\r\n")
        answer = sandbox.get("/_control/health")
    waiting.close()

    # Leaving `running` has ended the process: it does not wait ten minutes for the slow one.
    assert answer.status_code == 200


def test_a_port_that_is_taken_is_a_clear_message() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = launch(SANDBOX_PORT=str(port))
        _, complaint = process.communicate(timeout=TIMEOUT)

    assert process.returncode == 1
    assert complaint == f"sandbox: 127.0.0.1:{port}: Address already in use\n"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SANDBOX_PORT", "many"),
        ("SANDBOX_WOMPI_RETRY_SECONDS", "1,x"),
        ("SANDBOX_STATUS_WEBHOOKS", "maybe"),
    ],
)
def test_a_setting_that_cannot_be_is_named(name: str, value: str) -> None:
    process = launch(**{name: value})
    _, complaint = process.communicate(timeout=TIMEOUT)

    assert process.returncode == 1
    assert name in complaint
    assert "Traceback" not in complaint


def test_it_imports_nothing_of_the_product() -> None:
    allowed = {"sandbox", "starlette", "uvicorn", "aiohttp"} | sys.stdlib_module_names
    for path in (ROOT / "sandbox").glob("**/*.py"):
        if "tests" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            for name in names:
                assert name.split(".")[0] in allowed, f"{path}: {name}"


def test_answers_on_a_kept_connection_do_not_wait_for_acknowledgements(sandbox: StandIn) -> None:
    times = []
    with requests.Session() as kept:
        for _ in range(60):
            started = time.perf_counter()
            kept.get(f"{sandbox.url}/_control/health", timeout=TIMEOUT)
            times.append(time.perf_counter() - started)

    # The wait would be 40 ms on every one of the later answers; a busy machine delays only some.
    assert sorted(times[-20:])[5] < 0.035
