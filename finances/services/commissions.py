"""The developer's share of each day's money, and taking a commission back (FIN-07)."""

from datetime import date, datetime, timedelta
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from django.conf import settings

from core.audit import record
from core.db import execute, on_violation
from core.selectors.settings import get_settings
from core.use_cases import use_case
from finances import errors
from finances.domain.causes import Cause
from finances.domain.commissions import DEVELOPER, LOOK_BACK, days_to_book
from finances.models import Commission, FinanceSettings
from finances.selectors.commissions import booked_days, money_of_days, newest_booked_day, start_of
from finances.steps.commissions import earn_commission, reverse_commission

# No ledger of ours is older.
BEGINNING = date(2020, 1, 1)
# What was decided before midnight is committed by then.
AFTER_MIDNIGHT = timedelta(hours=1)
ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtextextended('finances.developer.days', 0))"
REVERSED_ONCE = "finances_commission_reverses_id_key"


@use_case
def book_developer_days(*, now: datetime) -> int:
    """Give the developer a share of every day that is over and has none; returns how many days.

    Run twice it finds nothing left, run late it catches up. What was booked late into a day that
    has its row, or given back since, counts with the next day.
    """
    execute(ONE_AT_A_TIME)
    until = _last_day_over(now)
    newest = newest_booked_day()
    since = BEGINNING if newest is None else newest - LOOK_BACK
    received = money_of_days(since=start_of(since), until=start_of(until + timedelta(days=1)))
    booked = booked_days(since=since)
    percent = get_settings(FinanceSettings).developer_percent
    count = 0
    for currency in sorted(received):
        days = days_to_book(received[currency], booked.get(currency, {}), until=until)
        for day, base in days:
            earn_commission(
                party=DEVELOPER,
                base=base,
                percent=percent,
                currency=currency,
                cause_kind=Cause.DAY,
                cause_id=uuid5(DEVELOPER, f"{day.isoformat()} {currency}"),
                description=f"Dinero recibido el {day.isoformat()}",
                day=day,
                now=now,
            )
            count += 1
    return count


@use_case
def take_commission_back(
    *, commission_id: UUID, actor_id: UUID, reason: str, now: datetime
) -> Commission:
    """Take back a commission that was earned by mistake, whether it is paid or not; audited.

    What was paid already is made good by what is earned next. Raises `CommissionUnknown`,
    `CommissionTakenBack`.
    """
    commission = Commission.objects.filter(pk=commission_id).first()
    if commission is None:
        raise errors.CommissionUnknown
    if commission.reverses_id is not None:
        raise errors.CommissionTakenBack
    with on_violation(REVERSED_ONCE, errors.CommissionTakenBack()):
        mirror = reverse_commission(commission, now=now)
    record(
        action="finances.commission.taken_back",
        subject_kind="finances.commission",
        subject_id=commission.pk,
        actor_id=actor_id,
        now=now,
        facts={"amount": str(commission.amount), "reason": reason},
    )
    return mirror


def _last_day_over(now: datetime) -> date:
    today = (now - AFTER_MIDNIGHT).astimezone(ZoneInfo(settings.TIME_ZONE)).date()
    return today - timedelta(days=1)
