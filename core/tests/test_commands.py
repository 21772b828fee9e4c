"""What people and machines run now and then: catalogues, purges (CORE-01, CORE-17)."""

from datetime import date, timedelta
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.utils import timezone

from core.errors import CATALOGUE
from core.models import Holiday, IdempotencyRecord, InboxMessage, OutboxMessage, ThrottleCounter
from core.tasks import purge


def test_the_catalogue_names_every_error_with_its_status() -> None:
    out = StringIO()

    call_command("error_catalogue", stdout=out)

    page = out.getvalue()
    for code in CATALOGUE:
        assert f"| `{code}` |" in page
    assert "| `CORE-IDEMPOTENCY-KEY-REUSED` | 422 |" in page


def test_an_old_catalogue_is_refused_and_a_new_one_written(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "docs").mkdir()
    with pytest.raises(CommandError, match="old"):
        call_command("error_catalogue", "--check")

    call_command("error_catalogue", "--write")

    call_command("error_catalogue", "--check")


@pytest.mark.django_db
def test_what_has_served_its_purpose_is_removed_and_nothing_else() -> None:
    old = timezone.now() - timedelta(days=120)
    for status in ("DONE", "DEAD", "PENDING"):
        common = {"status": status, "due_at": old}
        OutboxMessage.objects.create(
            event_id=uuid4(), topic="t", subscriber="s", aggregate="a", payload={}, **common
        )
        InboxMessage.objects.create(provider="p", key=status, body=b"", received_at=old, **common)
    OutboxMessage.objects.update(created_at=old)
    for key in ("old", "new"):
        IdempotencyRecord.objects.create(
            caller="c", key=key, fingerprint=b"", status=201, content_type="t", body=b""
        )
        ThrottleCounter.objects.create(key=key, window=1)
    IdempotencyRecord.objects.filter(key="old").update(created_at=old)
    ThrottleCounter.objects.filter(key="old").update(created_at=old)

    purge()
    purge()

    kept = ["DEAD", "PENDING"]
    assert sorted(OutboxMessage.objects.values_list("status", flat=True)) == kept
    assert sorted(InboxMessage.objects.values_list("status", flat=True)) == kept
    assert IdempotencyRecord.objects.get().key == "new"
    assert ThrottleCounter.objects.get().key == "new"


@pytest.mark.django_db
@time_machine.travel("2026-11-20T12:00:00-05:00", tick=False)
def test_public_holidays_are_loaded_once_movable_ones_included() -> None:
    call_command("load_holidays", "co", "--years", "2", stdout=StringIO())
    once = Holiday.objects.count()

    call_command("load_holidays", "co", "--years", "2", stdout=StringIO())

    assert Holiday.objects.count() == once
    days = set(Holiday.objects.values_list("date", flat=True))
    assert date(2026, 12, 25) in days
    assert date(2027, 1, 11) in days  # Epiphany, moved to a Monday (Ley 51 de 1983)
    assert {day.year for day in days} == {2026, 2027}


@pytest.mark.django_db
def test_a_country_nobody_knows_the_holidays_of_is_refused() -> None:
    with pytest.raises(CommandError, match="ZZ"):
        call_command("load_holidays", "ZZ")

    assert not Holiday.objects.exists()
