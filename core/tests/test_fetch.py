"""Addresses people type: what is read, and what is never touched."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from django.db import transaction

from core.errors import AddressRefused, FetchFailed
from core.fetch import MOST_BYTES, fetch


class _Shelf(BaseHTTPRequestHandler):
    asked: list[str] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        status, body = {
            "/calendar?token=1": (200, b"BEGIN:VCALENDAR"),
            "/large": (200, b"x" * (MOST_BYTES + 1)),
            "/moved": (302, b""),
        }.get(self.path, (404, b""))
        self.send_response(status)
        self.send_header("Location", "/calendar?token=1")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        """Tests keep quiet."""


@pytest.fixture
def shelf() -> Iterator[str]:
    """A server on this machine, which is not the world outside."""
    _Shelf.asked = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Shelf)
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def test_a_body_is_read_with_its_whole_address(shelf: str, settings: Any) -> None:
    settings.FETCH_PRIVATE_ADDRESSES = True

    assert fetch(f"{shelf}/calendar?token=1", accept="text/calendar") == b"BEGIN:VCALENDAR"
    assert _Shelf.asked == ["/calendar?token=1"]


@pytest.mark.parametrize("path", ["/gone", "/moved", "/large"])
def test_anything_but_a_plain_small_answer_is_a_failure(
    shelf: str, settings: Any, path: str
) -> None:
    settings.FETCH_PRIVATE_ADDRESSES = True

    with pytest.raises(FetchFailed):
        fetch(f"{shelf}{path}", accept="text/calendar")

    assert _Shelf.asked == [path]


@pytest.mark.parametrize(
    "address",
    [
        "https://127.0.0.1/x",
        "https://localhost/x",
        "https://10.0.0.8/x",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/x",
        "https://[::ffff:127.0.0.1]/x",
        "https://someone@8.8.8.8/x",
        "http://8.8.8.8/x",
        "ftp://8.8.8.8/x",
        "file:///etc/passwd",
        "https:///x",
        "",
    ],
)
def test_our_own_network_and_other_ways_are_refused_before_anything_is_sent(address: str) -> None:
    with pytest.raises(AddressRefused):
        fetch(address, accept="text/calendar")


def test_this_machine_is_not_asked_even_if_it_would_answer(shelf: str) -> None:
    with pytest.raises(AddressRefused):
        fetch(f"{shelf}/calendar?token=1".replace("http:", "https:"), accept="text/calendar")

    assert _Shelf.asked == []


def test_nobody_home_is_a_failure_that_says_so(settings: Any, shelf: str) -> None:
    settings.FETCH_PRIVATE_ADDRESSES = True

    with pytest.raises(FetchFailed):
        fetch("http://127.0.0.1:9/x", accept="text/calendar")


@pytest.mark.django_db(transaction=True)
def test_na_31_no_address_is_fetched_while_a_transaction_is_open(shelf: str, settings: Any) -> None:
    settings.FETCH_PRIVATE_ADDRESSES = True

    with pytest.raises(RuntimeError), transaction.atomic():
        fetch(f"{shelf}/calendar?token=1", accept="text/calendar")

    assert _Shelf.asked == []
