"""Reads all that the tests log, as production would write it, and fails whoever tells a secret.

A plug-in of pytest; the root `conftest.py` loads it. What counts as written is what the house's own
handler writes when it is told to say the most it can. Secret is what has a secret's name among the
settings, what goes into an encrypted column or a password's hash, and what looks like one.

Answers are read too, errors and pages of the admin as all others: nobody at all is shown a key of
ours, a number of a card, or what the gateway names cards and wallets by.
"""

import logging
import os
import re
from collections.abc import Callable, Iterable, Iterator
from functools import wraps
from pathlib import Path
from tempfile import mkstemp
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.hashers import MD5PasswordHasher
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.test.client import ClientHandler
from structlog.stdlib import ProcessorFormatter

from core import crypto

# Where processes that tests start, and kill, leave what they found.
FILE = "STUDIOZENS_LEAKS"
# Only tests have these, and they repeat all that they make.
OF_TESTS = ("factory", "faker")
SECRET_SETTINGS = re.compile(r"SECRET|TOKEN$|PASSWORD$|KEYS?$")
OPEN_TO_ALL = frozenset({"WOMPI_PUBLIC_KEY"})
# What is shorter is found by chance in ids and times.
SHORTEST = 6
CARD = r"(?<![\w.-])(?:\d{13,19}|\d{4}(?:[ -]\d{4}){3})(?![\w.-])"
# What must be there before it is worth looking closely, and how it looks.
LOOKS = {
    name: (sign, re.compile(look, re.ASCII))
    for name, sign, look in (
        ("signed token", "eyJ", r"eyJ[\w-]{8,}\.[\w-]{8,}"),
        ("card token", "tok_", r"tok_\w{6,}"),
        ("wallet token", "nequi_", r"nequi_(?:test|prod)_\w{6,}"),
        ("private key", "prv_", r"prv_\w{6,}"),
        ("number of a card", "", CARD),
        ("phone", "3", r"(?<![\w.-])(?:\+?57 ?)?3\d{9}(?![\w-])|\+57 ?3\d{9}"),
        ("e-mail address", "@", r"[\w+-]@[\w-]+\.\w"),
        ("code of one use", "", r"(?i)\b(?:cvc|otp|code|c(?:o|ó)digo)\b\W{1,5}\d{3,8}\b"),
    )
}


# What no answer holds, whoever asks; a person's own phone is for that person.
NEVER_SHOWN = ("card token", "wallet token", "private key")
# Pages are long: there it is looked for the cards that tests pay with.
CARDS = frozenset({"4242424242424242", "4111111111111111"})
READABLE = re.compile(r"json|html|text")


def tell(line: str, known: Iterable[str], looks: Iterable[str] = LOOKS) -> list[tuple[str, str]]:
    """The secrets in a line: what each is, and enough of it to find it by, masked."""
    found = [
        ("known secret", secret) for secret in known if secret in line and _whole(secret, line)
    ]
    for name in looks:
        sign, look = LOOKS[name]
        seen = look.search(line) if sign in line else None
        if seen and (name != "number of a card" or _adds_up(seen.group())):
            found.append((name, seen.group()))
    return [(name, f"{secret[:2]}…{secret[-2:]}") for name, secret in found]


def _adds_up(number: str) -> bool:
    """Whether the last digit is a card's: accounts and times have as many digits."""
    digits = [int(digit) for digit in reversed(number) if digit.isdigit()]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[1::2]]
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0


def _whole(secret: str, line: str) -> bool:
    return re.search(rf"(?<![\w-]){re.escape(secret)}(?![\w-])", line) is not None


def of_settings() -> set[str]:
    """What settings keep from everybody."""
    names = {name for name in dir(settings) if SECRET_SETTINGS.search(name)} - OPEN_TO_ALL
    values = [getattr(settings, name) for name in names]
    every = [one for value in values for one in ([value] if isinstance(value, str) else value)]
    return {secret for secret in every if len(secret) >= SHORTEST}


class Reader(logging.Formatter):
    """Writes as the house does, and reads what it writes."""

    def __init__(self, house: logging.Formatter, report: Callable[[str], object]) -> None:
        super().__init__()
        self.house, self.report = house, report
        self.lasting = of_settings()
        self.known = set(self.lasting)

    def format(self, record: logging.LogRecord) -> str:
        """The line of a record."""
        line = self.house.format(record)
        # A copy: other threads learn.
        for what, masked in tell(line, tuple(self.known)):
            where = f"{record.filename}:{record.lineno}"
            self.report(f"{record.name} ({where}) logs a {what} ({masked})")
        return line

    def look_at(self, path: str, answer: HttpResponseBase) -> None:
        """What somebody is shown."""
        if isinstance(answer, HttpResponse) and READABLE.search(answer.get("Content-Type", "")):
            shown = answer.content.decode(errors="replace")
            for what, masked in tell(shown, self.lasting | CARDS, NEVER_SHOWN):
                self.report(f"the answer to {path} shows a {what} ({masked})")

    def learn(self, secret: str) -> None:
        """Somebody keeps this from everybody."""
        if len(secret) >= SHORTEST:
            self.known.add(secret)

    def forget(self) -> None:
        """What was kept in one test is nothing in the next."""
        self.known = set(self.lasting)


HOUSES = (ProcessorFormatter, Reader)


def read_along(report: Callable[[str], object]) -> Reader:
    """Read what this process logs from now on."""
    root = logging.getLogger()
    (handler,) = (one for one in root.handlers if isinstance(one.formatter, HOUSES))
    house = handler.formatter
    assert house is not None
    # Who reads already makes room.
    reader = Reader(house.house if isinstance(house, Reader) else house, report)
    handler.setFormatter(reader)
    root.setLevel(logging.DEBUG)
    for name in OF_TESTS:
        logging.getLogger(name).setLevel(logging.INFO)
    _listen(crypto, "encrypt", lambda plain: reader.learn(plain))
    _listen(MD5PasswordHasher, "encode", lambda hasher, password, salt: reader.learn(password))
    return reader


def _listen(owner: Any, name: str, hear: Callable[..., object]) -> None:
    honest = getattr(owner, name)

    @wraps(honest)
    def heard(*args: Any, **named: Any) -> Any:
        hear(*args, **named)
        return honest(*args, **named)

    setattr(owner, name, heard)


def _read_answers(reader: Reader) -> None:
    honest = ClientHandler.__call__

    def answer(handler: ClientHandler, environ: dict[str, Any]) -> Any:
        given = honest(handler, environ)
        reader.look_at(environ["PATH_INFO"], given)
        return given

    ClientHandler.__call__ = answer  # type: ignore[method-assign]


def read_along_in_child() -> None:
    """The same in a process that a test has started, which may be killed at any moment."""
    if FILE in os.environ:
        read_along(_write_down)


def _write_down(leak: str) -> None:
    with Path(os.environ[FILE]).open("a") as file:
        file.write(f"{leak}\n")


class Plugin:
    """Fails each test that has logged a secret."""

    def __init__(self, of_children: Path) -> None:
        self.found: list[str] = []
        self.of_children = of_children
        self.reader = read_along(self.found.append)
        _read_answers(self.reader)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self) -> Iterator[None]:
        """Look when all is over, what its fixtures said when they ended included."""
        try:
            yield
        finally:
            leaks, self.found[:] = [*self.found, *self._from_children()], []
            self.reader.forget()
        if leaks:
            pytest.fail("\n".join(dict.fromkeys(leaks)), pytrace=False)

    def pytest_unconfigure(self) -> None:
        """Nothing is left behind."""
        self.of_children.unlink(missing_ok=True)

    def _from_children(self) -> list[str]:
        if self.of_children.stat().st_size == 0:
            return []
        said = self.of_children.read_text().splitlines()
        self.of_children.write_text("")
        return said


def pytest_configure(config: pytest.Config) -> None:
    """Begin to read, in each process of a run."""
    handle, path = mkstemp(prefix="leaks-")
    os.close(handle)
    os.environ[FILE] = path
    config.pluginmanager.register(Plugin(Path(path)), "leaks")
