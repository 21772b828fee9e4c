"""Reading figures back out of reports that are kept (FIN-11)."""

from collections.abc import Mapping
from decimal import Decimal

from finances.domain.reports import read
from finances.models import KeptReport

# What accounts say on their normal side, by code and currency.
Said = Mapping[tuple[str, str], Decimal]


def closing_of(kept: KeptReport) -> Said:
    """What every account said at the end of the month, as the report has it. No query."""
    section = read(bytes(kept.body)).section("balances")
    rows = section.rows if section else ()
    return {
        (str(row["account"]), str(row["currency"])): Decimal(str(row["closing"])) for row in rows
    }
