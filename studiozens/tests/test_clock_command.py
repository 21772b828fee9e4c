"""`manage.py clock`: a day of the demonstration in a moment (CORE-21)."""

from datetime import timedelta
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import requests
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone

from core import moved_clock
from finances.steps.credit import issue_credit
from finances.types import Account
from notifications.models import Notification
from studiozens.management.commands.clock import Command
from studiozens.stack.ports import HOST, free_port
from users.tests.factories import UserFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def demonstration(
    tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch, sandbox: Any
) -> None:
    """Our own process goes by a clock that can be moved."""
    monkeypatch.setattr(moved_clock, "_clock", None)
    monkeypatch.setattr(timezone, "now", timezone.now)
    settings.TEST_CLOCK = str(tmp_path / "clock")
    moved_clock.install()


def clock(*options: str) -> str:
    out = StringIO()
    call_command("clock", *options, stdout=out)
    return out.getvalue()


def give_credit(days: int) -> Any:
    person = UserFactory.create()
    with transaction.atomic():
        issue_credit(
            client_id=person.pk,
            amount=Decimal(20_000),
            currency="COP",
            source=Account.PROMOTIONS,
            cause_kind="test",
            cause_id=person.pk,
            reason="prueba",
            now=timezone.now(),
            valid_days=days,
        )
    return person


def test_what_is_due_meanwhile_happens_and_is_said(demonstration: None, sandbox: Any) -> None:
    give_credit(days=8)

    said = clock("--forward", "2d", "--step", "12h")

    assert "1 × credit_ending" in said
    assert Notification.objects.get().template == "credit_ending"
    assert "2 days, 0:00:00 ahead" in said
    theirs = requests.get(f"{sandbox.url}/_control/clock", timeout=5).json()
    assert theirs["offset_seconds"] == 2 * 86_400


def test_where_nobody_plays_the_providers_nothing_moves(demonstration: None, settings: Any) -> None:
    settings.SANDBOX_URL = f"http://{HOST}:{free_port(29_000)}"

    with pytest.raises(CommandError, match="is script/server on"):
        clock("--forward", "1d")

    assert "0:00:00 ahead" in clock()


def test_it_shows_the_time_without_moving_it(demonstration: None) -> None:
    before = timezone.now()

    assert "0:00:00 ahead" in clock()

    assert timezone.now() - before < timedelta(minutes=1)


@pytest.mark.parametrize("written", ["yesterday", "0d", "3", "3d "])
def test_what_is_no_time_moves_nothing(demonstration: None, written: str) -> None:
    with pytest.raises(CommandError, match="is no time"):
        clock("--forward", written)

    assert "0:00:00 ahead" in clock()


@pytest.mark.parametrize("written", [["--forward", "-3d"], ["--forward=-3d"]])
def test_it_does_not_go_back_and_says_so(
    demonstration: None, written: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        Command().run_from_argv(["manage.py", "clock", *written])

    assert "only goes forward" in capsys.readouterr().err
    assert "0:00:00 ahead" in clock()


def test_where_time_is_real_nobody_moves_it() -> None:
    with pytest.raises(CommandError, match="Time is real here"):
        clock("--forward", "1d")
