"""The two lock files say the same, and say it in full."""

import re

import pytest

from studiozens.stack.folders import ROOT

LOCKS = ["requirements.txt", "requirements-dev.txt"]
ENTRY = re.compile(
    r"^(?P<name>[a-z0-9._-]+)==(?P<version>\S+)(?P<rest>(?:.*\\\n)*.*)$", re.MULTILINE
)


def pins(lock: str) -> dict[str, str]:
    text = (ROOT / lock).read_text()
    return {match["name"]: match["version"] for match in ENTRY.finditer(text)}


def test_development_has_every_package_of_running_in_the_same_version() -> None:
    running, development = pins("requirements.txt"), pins("requirements-dev.txt")

    assert len(running) > 50
    assert running.items() <= development.items()


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_is_pinned_with_its_hashes_and_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text()
    entries = list(ENTRY.finditer(text))
    lines = [line for line in text.splitlines() if line and not line.startswith((" ", "#"))]

    assert len(entries) == len(lines)
    assert [match["name"] for match in entries if "--hash=sha256:" not in match["rest"]] == []
    assert "://" not in text
