"""The environment: documented, and refused in one message when it is wrong (CORE-16)."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from django.core.exceptions import ImproperlyConfigured

from studiozens.settings.env import BASE_DIR, Environment, env

PAGE = Path(BASE_DIR) / "docs" / "settings.md"


def test_every_variable_is_documented_and_every_documented_one_is_read() -> None:
    documented = set(re.findall(r"^\| `([A-Z_]+)`", PAGE.read_text(), re.MULTILINE))

    # The list, when given, is read instead of the single key.
    assert documented == env.asked | {"FIELD_ENCRYPTION_KEY"}


def test_production_lists_all_that_is_missing_in_one_message() -> None:
    bare = {name: value for name, value in os.environ.items() if name not in env.asked}

    start = subprocess.run(
        [sys.executable, "manage.py", "check"],
        env=bare | {"STUDIOZENS_ENV": "production"},
        cwd=BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )

    assert start.returncode != 0
    for name in ("SECRET_KEY", "DATABASE_URL", "ALLOWED_HOSTS", "WOMPI_EVENTS_SECRET"):
        assert f"- {name} is required" in start.stderr


def test_production_takes_no_money_from_a_stand_in() -> None:
    start = subprocess.run(
        [sys.executable, "manage.py", "check"],
        env=os.environ
        | {"STUDIOZENS_ENV": "production", "WOMPI_BASE_URL": "http://127.0.0.1:8010/wompi/v1"},
        cwd=BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )

    assert "- WOMPI_BASE_URL is a stand-in's" in start.stderr


def test_what_cannot_be_read_is_a_problem_not_a_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_FLAG", "perhaps")
    monkeypatch.setenv("A_NUMBER", "many")
    strict = Environment()

    strict.flag("A_FLAG", default=False)
    strict.number("A_NUMBER", default=1)

    with pytest.raises(ImproperlyConfigured, match=r"A_FLAG must be(.|\n)*A_NUMBER must be"):
        strict.finish()


def test_all_containers_that_go_by_the_moved_clock_read_the_same_one() -> None:
    asked = yaml.safe_load((Path(BASE_DIR) / "docker-compose.yml").read_text())
    ours = [s for s in asked["services"].values() if "TEST_CLOCK" in s.get("environment", {})]
    who_moves_time = [s for s in ours if "sandbox" not in s.get("command", "")]

    assert len(who_moves_time) == 4  # prepare, web, worker, beat
    for service in who_moves_time:
        folder = str(Path(service["environment"]["TEST_CLOCK"]).parent)
        assert f"time:{folder}" in service["volumes"]
    assert "time" in asked["volumes"]
