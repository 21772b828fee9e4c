"""Who did what: written with it, never changed, provable (CORE-05)."""

from datetime import UTC, datetime
from functools import partial
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from core.audit import GENESIS, find_broken_entry, record
from core.ids import uuid7
from core.models import AuditEntry
from core.testing import race

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 12, 1, 15, 30, 0, 123456, tzinfo=UTC)


def write(action: str = "core.test", **facts: Any) -> AuditEntry:
    with transaction.atomic():
        record(
            action=action,
            subject_kind="core.thing",
            subject_id=uuid7(),
            actor_id=uuid7(),
            now=NOW,
            facts=facts,
        )
    return AuditEntry.objects.latest("pk")


def tamper(statement: str) -> None:
    """Change the table as somebody with every right of the database could."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE core_auditentry DISABLE TRIGGER core_auditentry_append_only")
        try:
            cursor.execute(statement)
        finally:
            cursor.execute("ALTER TABLE core_auditentry ENABLE TRIGGER core_auditentry_append_only")


def test_each_entry_covers_the_one_before() -> None:
    first, second = write(), write()

    assert (first.previous_hash, second.previous_hash) == (GENESIS, first.hash)
    assert find_broken_entry() is None


def test_what_is_undone_was_never_written_down() -> None:
    with transaction.atomic():
        record(action="a", subject_kind="b", subject_id="c", actor_id=None, now=NOW)
        transaction.set_rollback(True)

    assert not AuditEntry.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_nothing_is_written_down() -> None:
    with pytest.raises(RuntimeError, match="transaction"):
        record(action="a", subject_kind="b", subject_id="c", actor_id=None, now=NOW)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE core_auditentry SET action = 'nothing'",
        "UPDATE core_auditentry SET hash = hash",
        "DELETE FROM core_auditentry",
    ],
)
def test_the_database_refuses_to_change_an_entry(statement: str) -> None:
    write()

    with (
        pytest.raises(DatabaseError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)

    assert AuditEntry.objects.get().action == "core.test"


@pytest.mark.parametrize(
    "change",
    [
        "action = 'nothing'",
        'facts = \'{"amount": "1.00"}\'',
        "actor_id = NULL",
        "at = at + interval '1 microsecond'",
        "subject_id = 'another'",
        "hash = repeat('0', 64)",
    ],
)
def test_a_change_past_the_trigger_is_found(change: str) -> None:
    entries = [write(amount="10.00") for _ in range(3)]

    tamper(f"UPDATE core_auditentry SET {change} WHERE id = {entries[1].pk}")  # noqa: S608

    broken = find_broken_entry()
    assert broken is not None
    assert broken.pk == entries[1].pk
    with pytest.raises(CommandError, match=f"entry {entries[1].pk} "):
        call_command("verify_audit")


def test_a_missing_entry_is_found_by_its_neighbour() -> None:
    entries = [write() for _ in range(3)]

    tamper(f"DELETE FROM core_auditentry WHERE id = {entries[1].pk}")  # noqa: S608

    broken = find_broken_entry()
    assert broken is not None
    assert broken.pk == entries[2].pk


@pytest.mark.django_db(transaction=True)
def test_many_at_once_form_one_chain() -> None:
    race([partial(write, number=str(n)) for n in range(16)])
    out = StringIO()

    call_command("verify_audit", stdout=out)

    assert out.getvalue() == "16 entries, the chain holds.\n"
