"""What is true after every step, whoever did what. Each says it in its own words, from the tables.

The tables are read as they are: what the constraints forbid is looked for all the same, so that a
constraint that is gone does not take its proof along.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from spa.tests.machine import in_books, in_counts, in_messages, in_money, in_time

if TYPE_CHECKING:
    from spa.tests.machine.world import World

INVARIANTS: list[Callable[["World"], None]] = [
    *in_books.INVARIANTS,
    *in_time.INVARIANTS,
    *in_money.INVARIANTS,
    *in_counts.INVARIANTS,
    *in_messages.INVARIANTS,
]
