"""Plain statements: run, read back as rows, and committed without a wait where that is right."""

from collections.abc import Iterator
from datetime import time
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import Model
from django.utils import timezone

from core import inbox
from core.audit import record
from core.db import atomic_without_wait, execute, fetch
from core.ids import uuid7
from core.models import AuditEntry, Location, OpeningHours
from core.outbox import deliver_due, publish
from core.rows import Columns
from core.tests import happenings
from core.tests.happenings import Noted, write_down

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def _as_in_production() -> Iterator[None]:
    # The servers of tests never wait for the disk.
    execute("SET synchronous_commit = on")
    yield
    execute("RESET synchronous_commit")


def waits() -> str:
    ((found,),) = fetch("SHOW synchronous_commit")
    return str(found)


def test_a_statement_says_how_many_rows_it_touched_and_which() -> None:
    write_down("one")
    write_down("two")

    assert execute("UPDATE core_location SET city = %(city)s", {"city": "Cali"}) == 2
    assert fetch("SELECT name, city FROM core_location ORDER BY name") == [
        ("one", "Cali"),
        ("two", "Cali"),
    ]


def is_the_same(found: Model, expected: Model) -> bool:
    return not found._state.adding and all(
        getattr(found, field.attname) == getattr(expected, field.attname)
        for field in expected._meta.concrete_fields
    )


def test_rows_are_read_as_the_orm_reads_them() -> None:
    with transaction.atomic():
        record(
            action="core.test",
            subject_kind="core.thing",
            subject_id=uuid7(),
            actor_id=None,
            now=timezone.now(),
            facts={"amount": "1.50", "days": [1, 2], "none": None},
        )
    entry = Columns(AuditEntry, "entry")

    (row,) = fetch(f"SELECT {entry.sql} FROM core_auditentry AS entry")  # noqa: S608 - our own

    assert is_the_same(entry.read(row), AuditEntry.objects.get())


def test_rows_are_read_with_what_they_point_at(django_assert_num_queries: Any) -> None:
    write_down("here")
    place = Location.objects.get()
    closed = OpeningHours.objects.create(location=place, weekday=0, opens=time(8), closes=time(9))
    hours = Columns(OpeningHours, "hours", location=Columns(Location, "place"))
    statement = f"""
    SELECT {hours.sql} FROM core_openinghours AS hours
      JOIN core_location AS place ON place.id = hours.location_id
    """  # noqa: S608 - our own

    (row,) = fetch(statement)
    with django_assert_num_queries(0):
        found = hours.read(row)
        assert len(hours) == len(row)
        assert is_the_same(found, closed)
        assert is_the_same(found.location, place)


@pytest.mark.usefixtures("_as_in_production")
def test_only_that_block_goes_without_the_wait() -> None:
    with atomic_without_wait():
        assert waits() == "off"

    assert waits() == "on"
    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"), atomic_without_wait():
        pytest.fail("it must not be part of something that waits")


@pytest.mark.usefixtures("_as_in_production", "listening")
def test_reactions_and_stored_webhooks_are_worked_on_without_the_wait() -> None:
    seen = []
    happenings.listen(lambda event: seen.append(waits()), name="core.test-waits")
    inbox.register_handler("waits", apply=lambda body, found, now: seen.append(waits()))
    try:
        with transaction.atomic():
            publish(Noted(text="hello"))
            seen.append(waits())
        inbox.store(provider="waits", key="one", body=b"{}", now=timezone.now())
        deliver_due(now=timezone.now())
        inbox.process_due(now=timezone.now())
    finally:
        happenings.forget("core.test-waits")
        del inbox._handlers["waits"]

    assert seen == ["on", "off", "off"]
    assert waits() == "on"
    assert not connection.in_atomic_block
