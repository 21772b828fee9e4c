"""Which shift answers for cash that is taken (FIN-12)."""

from uuid import UUID

from core.db import execute, fetch, requires_transaction
from core.selectors.settings import get_settings
from finances import errors
from finances.models import FinanceSettings

# Shared: takers do not wait for each other, whoever counts waits for all of them. A shift that
# was being counted meanwhile is looked at again, and is none.
OPEN = """
SELECT id FROM finances_cashshift
 WHERE location_id = %s AND closed_at IS NULL
   FOR SHARE
"""


@requires_transaction
def find_till(location_id: UUID | None) -> UUID | None:
    """The open shift of the place, held until commit: its cash is not counted before.

    `None` where none is open and the rules want none. Raises `CashShiftNeeded` where they do.
    """
    found = fetch(OPEN, [location_id]) if location_id else []
    if not found and location_id:
        hold_drawer(location_id, shared=True)
        found = fetch(OPEN, [location_id])
    if found:
        ((shift_id,),) = found
        return UUID(str(shift_id))
    if get_settings(FinanceSettings).cash_shift_required:
        raise errors.CashShiftNeeded
    return None


@requires_transaction
def hold_drawer(location_id: UUID, *, shared: bool = False) -> None:
    """Hold what is taken at a place outside shifts, until commit.

    Whoever takes shares it; whoever opens a shift has it alone, so that all of it is counted.
    """
    lock = "pg_advisory_xact_lock_shared" if shared else "pg_advisory_xact_lock"
    execute(f"SELECT {lock}(hashtextextended(%s, 0))", [f"finances.till {location_id}"])
