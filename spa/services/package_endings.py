"""Packages whose time comes: reminded of, ended, and purchases nobody paid (SPA-14)."""

from datetime import datetime, timedelta

from django.db.models import QuerySet

from core.outbox import publish_all
from core.selectors.settings import get_settings
from core.use_cases import use_case
from finances.steps.payments import expire_payments
from finances.steps.recognition import recognise
from finances.steps.vouchers import release_vouchers
from finances.types import Account
from spa.events import PackageEnding
from spa.models import BookingSettings, ClientPackage, PackageStatus, UseState
from spa.steps.packages import as_event
from spa.steps.sales import Given
from spa.steps.sessions import PACKAGE, earning_of, end_rest

BATCH = 100


@use_case
def remind_of_packages(*, now: datetime, limit: int = BATCH) -> int:
    """Tell up to `limit` owners that their package ends soon, once each; returns how many.

    Who has no session left is not told, unless one comes back in time.
    """
    days = get_settings(BookingSettings).package_reminder_days
    ending = ClientPackage.objects.filter(
        sessions_left__gt=0,
        expires_at__gt=now,
        expires_at__lte=now + timedelta(days=days),
        reminded_at=None,
    )
    packages = list(_next(ending, limit))
    ClientPackage.objects.filter(pk__in=[package.pk for package in packages]).update(
        reminded_at=now, updated_at=now
    )
    publish_all([as_event(package, PackageEnding) for package in packages])
    return len(packages)


@use_case
def expire_packages(*, now: datetime, limit: int = BATCH) -> int:
    """End up to `limit` packages whose time is over; what was not used is earned by the studio.

    Sessions of visits that happened and wait to be completed are not touched.
    """
    ended = ClientPackage.objects.filter(sessions_left__gt=0, expires_at__lte=now)
    packages = list(_next(ended.select_related("package"), limit))
    earnings, revenue = [], Account.REVENUE_PACKAGES
    for package in packages:
        use, value = end_rest(
            package, state=UseState.EXPIRED, status=PackageStatus.EXPIRED, now=now
        )
        earnings.append(earning_of(use, package, value, revenue=revenue, given=Given(None)))
    recognise(earnings, now=now)
    return len(packages)


@use_case
def lapse_unpaid_packages(*, now: datetime, limit: int = BATCH) -> int:
    """Close up to `limit` purchases nobody paid in time: their vouchers can be used again.

    Money that comes later still buys the package.
    """
    unpaid = ClientPackage.objects.filter(status=PackageStatus.PENDING_PAYMENT, pay_until__lte=now)
    locked = unpaid.order_by("pay_until").select_for_update(skip_locked=True, no_key=True)
    ids = list(locked.values_list("pk", flat=True)[:limit])
    ClientPackage.objects.filter(pk__in=ids).update(pay_until=None, updated_at=now)
    release_vouchers(payable_kind=PACKAGE, payable_ids=ids, now=now)
    expire_payments(payable_kind=PACKAGE, payable_ids=ids, now=now)
    return len(ids)


def _next(packages: QuerySet[ClientPackage], limit: int) -> QuerySet[ClientPackage]:
    """Those that end first; one that is in use this moment has its turn later."""
    locked = packages.select_for_update(skip_locked=True, no_key=True, of=("self",))
    return locked.order_by("expires_at")[:limit]
