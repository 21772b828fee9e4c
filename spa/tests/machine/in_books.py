"""The books balance, and find nothing wrong with themselves."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from django.db import connection

from finances.selectors.ledger import verify

if TYPE_CHECKING:
    from spa.tests.machine.world import World

UNBALANCED = """
SELECT transaction_id::text, currency, sum(amount) FROM finances_ledgerentry
 GROUP BY transaction_id, currency HAVING sum(amount) <> 0
UNION ALL
SELECT 'all', currency, sum(amount) FROM finances_ledgerentry
 GROUP BY currency HAVING sum(amount) <> 0
"""


def every_movement_adds_up_to_nothing(world: "World") -> None:
    """By plain SQL, whatever the command thinks of it."""
    with connection.cursor() as cursor:
        cursor.execute(UNBALANCED)
        assert cursor.fetchall() == []


def the_books_find_nothing_wrong_with_themselves(world: "World") -> None:
    """The command's own checks: lots, reservations, tills, vouchers."""
    assert [finding.text for finding in verify() if not finding.is_explained] == []


INVARIANTS: list[Callable[["World"], None]] = [
    every_movement_adds_up_to_nothing,
    the_books_find_nothing_wrong_with_themselves,
]
