"""Taking the guard away, where it may be taken away: in a database made for that alone."""

from django.utils.translation import gettext as _

from core.db import execute, fetch
from spa.models import NO_OVERLAP
from studiozens.proof.ground import ProofProblem
from studiozens.stack.scratch import NAME

# The code names the constraint when it takes time, so a husk of that name stays: it compares the
# primary key, which forbids nothing that was not forbidden already.
REMOVE = f"""
ALTER TABLE spa_occupancy DROP CONSTRAINT {NO_OVERLAP};
ALTER TABLE spa_occupancy ADD CONSTRAINT {NO_OVERLAP} UNIQUE (id)
"""


def refuse_other_databases(*, database: str) -> None:
    """Raise `ProofProblem` unless we are connected to `database`, and `--without-guard` made it.

    An instance's own database never is one of those, whatever anybody writes.
    """
    ((here,),) = fetch("SELECT current_database()")
    if here != database or not NAME.fullmatch(here):
        raise ProofProblem(
            _("La guarda solo se quita en una base de datos desechable, y %(name)s no lo es.")
            % {"name": here}
        )


def remove_guard(*, database: str) -> None:
    """Let the occupancy ledger overlap in `database`; refuses as `refuse_other_databases` does."""
    refuse_other_databases(database=database)
    execute(REMOVE)
