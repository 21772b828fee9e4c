"""Reading commissions: whose they are, what is owed, and the money of each day (FIN-07)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import QuerySet, Sum

from core.db import fetch
from core.money import ZERO
from finances.domain.accounts import Account
from finances.domain.causes import Cause
from finances.domain.commissions import CLIENTS_MONEY, DEVELOPER, TILLS
from finances.models import Commission, LedgerEntry
from finances.registry import list_earners

# Days as the studio's clock has them. What the gateway or a hand took, less what went back.
MONEY_OF_DAYS = """
SELECT (movement.occurred_at AT TIME ZONE %(zone)s)::date, entry.currency, sum(entry.amount)
  FROM finances_ledgertransaction AS movement
  JOIN finances_ledgerentry AS entry ON entry.transaction_id = movement.id
 WHERE movement.occurred_at >= %(start)s AND movement.occurred_at < %(end)s
   AND movement.kind = ANY(%(kinds)s) AND entry.account_id = ANY(%(accounts)s)
 GROUP BY 1, 2
"""


def list_commissions(*, parties: Iterable[UUID] | None) -> QuerySet[Commission]:
    """Newest first; everybody's for `None`. One query."""
    found = Commission.objects.select_related("line")
    if parties is not None:
        found = found.filter(party__in=list(parties))
    return found.order_by("-earned_at", "-pk")


def parties_of(*, person_id: UUID) -> list[UUID]:
    """Whose money is this person's."""
    return [earner.party for earner in list_earners() if earner.person_id == person_id]


def names_of_parties() -> dict[UUID, str]:
    """What a party is called; the developer has no other row than this."""
    return {DEVELOPER: "Desarrollador"} | {earner.party: earner.name for earner in list_earners()}


@dataclass(slots=True)
class OpenCommissions:
    """Commissions of a party that no payout has taken: which, and what they come to."""

    ids: list[UUID] = field(default_factory=list)
    total: Decimal = ZERO


def open_commissions(*, parties: Iterable[UUID], currency: str) -> dict[UUID, OpenCommissions]:
    """Of each of the parties. One query over the index of what is owed."""
    found = {party: OpenCommissions() for party in parties}
    rows = Commission.objects.filter(party__in=list(found), currency=currency, line=None)
    for pk, party, amount in rows.values_list("pk", "party", "amount"):
        found[party].ids.append(pk)
        found[party].total += amount
    return found


def tips_owed(*, parties: Iterable[UUID], currency: str) -> dict[UUID, Decimal]:
    """What the ledger owes each party in tips. One query over the balance index."""
    rows = (
        LedgerEntry.objects.filter(
            account=Account.TIPS_PAYABLE, party__in=list(parties), currency=currency
        )
        .values("party")
        .annotate(owed=Sum("amount"))
    )
    return {row["party"]: max(-row["owed"], ZERO) for row in rows if row["party"]}


def money_of_days(*, since: datetime, until: datetime) -> dict[str, dict[date, Decimal]]:
    """By currency, what each local day brought of clients' money, less what it gave back."""
    values = {
        "zone": settings.TIME_ZONE,
        "start": since,
        "end": until,
        "kinds": list(CLIENTS_MONEY),
        "accounts": [account.value for account in TILLS],
    }
    found: dict[str, dict[date, Decimal]] = {}
    for day, currency, amount in fetch(MONEY_OF_DAYS, values):
        found.setdefault(currency, {})[day] = amount
    return found


def booked_days(*, since: date) -> dict[str, dict[date, Decimal]]:
    """By currency, what the developer's rows say of the days since."""
    rows = Commission.objects.filter(
        party=DEVELOPER, cause_kind=Cause.DAY, reverses=None, day__gte=since
    ).values_list("currency", "day", "base")
    found: dict[str, dict[date, Decimal]] = {}
    for currency, day, base in rows:
        found.setdefault(currency, {})[day] = base
    return found


def newest_booked_day() -> date | None:
    """The last day the developer has a row for."""
    rows = Commission.objects.filter(party=DEVELOPER, cause_kind=Cause.DAY, reverses=None)
    return rows.order_by("-day").values_list("day", flat=True).first()


def start_of(day: date) -> datetime:
    """Midnight of the studio's clock."""
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(settings.TIME_ZONE))
