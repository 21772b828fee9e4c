"""Numbers without gaps, whoever issues at once and whoever takes back (FIN-09)."""

from collections.abc import Iterator
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction

from core.testing import queue, race
from finances.models import DocumentSeries, SalesDocument
from finances.selectors.ledger import verify
from finances.steps.recognition import recognise
from finances.tests.credits import NOON
from finances.tests.places import make_place
from finances.tests.sales import earning, note_for, numbers
from users.tests.factories import UserFactory

pytestmark = pytest.mark.django_db(transaction=True)
RIVALS = 8


class Changed(Exception):
    """Somebody thinks better of it."""


@pytest.fixture
def ana() -> UUID:
    client: UUID = UserFactory.create().pk
    return client


def issue(ana: UUID, *places: Any, takes_back: bool = False) -> None:
    with transaction.atomic():
        for place in places:
            recognise([earning(ana, location_id=place)], now=NOON)
        if takes_back:
            raise Changed


def test_parallel_sales_and_sales_that_are_taken_back_leave_no_gap(ana: UUID) -> None:
    place = make_place().pk
    calls = [partial(issue, ana, place, takes_back=turn % 2 == 1) for turn in range(RIVALS)]

    outcomes = race(calls) + race(calls)

    assert sum(outcome is None for outcome in outcomes) == RIVALS
    assert sorted(numbers()) == list(range(1, RIVALS + 1))
    assert DocumentSeries.objects.get().last_number == RIVALS
    assert verify() == []


def test_whoever_sells_at_two_places_waits_in_no_circle(ana: UUID) -> None:
    here, there = make_place().pk, make_place("Usaquén").pk
    issue(ana, here, there)
    calls = [partial(issue, ana, here, there), partial(issue, ana, there, here)] * 4

    assert race(calls) == [None] * 8
    assert sorted(numbers()) == sorted([*range(1, 10)] * 2)


def test_a_sale_that_fails_while_it_commits_gives_its_number_back(ana: UUID) -> None:
    issue(ana, None)
    nobody = UUID(int=7)  # a client that is not there: seen by the foreign key at commit

    with pytest.raises(Exception, match="violates foreign key"):
        issue(nobody, None)
    issue(ana, None)

    assert numbers() == [1, 2]


def test_nobody_waits_for_a_sale_that_has_not_committed(ana: UUID) -> None:
    """Whoever has issued holds no series while they do something else."""
    issue(ana, None)

    with transaction.atomic():
        recognise([earning(ana)], now=NOON)
        assert race([partial(issue, ana, None)]) == [None]

    assert sorted(numbers()) == [1, 2, 3]


@pytest.fixture
def numbered_early() -> Iterator[None]:
    """Numbers out of a sequence, as the sale is written."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE SEQUENCE tests_numbers")
        cursor.execute("ALTER TABLE finances_salesdocument DISABLE TRIGGER USER")
        cursor.execute(
            "ALTER TABLE finances_salesdocument DROP CONSTRAINT"
            " finances_salesdocument_number_is_of_a_series"
        )
        cursor.execute(
            "ALTER TABLE finances_salesdocument ALTER number SET DEFAULT nextval('tests_numbers')"
        )
    yield
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE finances_salesdocument CASCADE")
        cursor.execute("ALTER TABLE finances_salesdocument ALTER number DROP DEFAULT")
        cursor.execute("DROP SEQUENCE tests_numbers")
        cursor.execute("ALTER TABLE finances_salesdocument ENABLE TRIGGER USER")
        cursor.execute(
            "ALTER TABLE finances_salesdocument ADD CONSTRAINT"
            " finances_salesdocument_number_is_of_a_series CHECK"
            " ((series_id IS NULL) = (number IS NULL))"
        )


def test_control_numbers_that_are_taken_early_have_gaps(ana: UUID, numbered_early: None) -> None:
    for takes_back in (False, True, False):
        try:
            issue(ana, None, takes_back=takes_back)
        except Changed:
            continue

    assert numbers() == [1, 3]


def test_two_notes_at_once_take_back_no_more_than_was_sold(ana: UUID) -> None:
    sale = earning(ana)
    with transaction.atomic():
        recognise([sale], now=NOON)

    def note(number: int) -> None:
        with transaction.atomic():
            note_for((sale.cause_kind, sale.cause_id), sale.amount, "dos veces", UUID(int=number))

    def hold() -> None:
        list(SalesDocument.objects.select_for_update(no_key=True))

    outcomes = queue([partial(note, 1), partial(note, 2)], behind=hold)

    assert [type(outcome).__name__ for outcome in outcomes] == ["NoneType", "ValueError"]
    assert SalesDocument.objects.filter(kind="credit_note").count() == 1
