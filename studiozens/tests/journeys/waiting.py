"""Waiting for what other processes do: by looking until it is so, never by sleeping blindly."""

import time
from collections.abc import Callable
from typing import TypeVar

import pytest

T = TypeVar("T")

PAUSE = 0.05


def eventually(look: Callable[[], T], *, what: str, within: float = 20.0) -> T:
    """The first answer of `look` that is true; fails the test after `within` seconds."""
    deadline = time.monotonic() + within
    while not (seen := look()):
        if time.monotonic() > deadline:
            pytest.fail(f"not within {within:g} s: {what}; seen last: {seen!r}")
        time.sleep(PAUSE)
    return seen
