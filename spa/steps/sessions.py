"""Using sessions of packages, giving them back and earning them (SPA-14).

`sessions_left` is taken by one conditional UPDATE, so that parallel bookings cannot use a session
twice. Everything else happens under the lock of the package's row; several are locked in the order
of their ids. Whoever also takes time takes it first.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import Case, F, Value, When

from core.db import execute, fetch, requires_transaction
from core.ids import uuid7
from finances.steps.recognition import recognise
from finances.types import Account, Earning
from spa import errors
from spa.domain.pricing import value_of_sessions
from spa.models import ClientPackage, PackageStatus, PackageUse, UseState
from spa.steps.occupancy import Source
from spa.steps.sales import Given, sessions_of

PACKAGE = "spa.package"
USE = "spa.package_use"

UPDATE = """
UPDATE spa_clientpackage AS package
   SET sessions_left = new.sessions_left, sessions_settled = new.sessions_settled,
       status = new.status, updated_at = %(now)s
  FROM unnest(%(pk)s::uuid[], %(sessions_left)s::int[], %(sessions_settled)s::int[],
              %(status)s::text[])
    AS new (id, sessions_left, sessions_settled, status)
 WHERE package.id = new.id
"""
# A plain statement: every visit that is given up asks, and most used no package.
PACKAGES_USED = """
SELECT client_package_id FROM spa_packageuse
 WHERE source_id = ANY(%(sources)s) AND source_kind = %(kind)s AND state = 'used'
"""
# What was given back can be used again for the same thing; what is used cannot.
USE_SESSIONS = """
INSERT INTO spa_packageuse AS use
       (id, client_package_id, source_kind, source_id, sessions, state, used_at, ended_at,
        created_at, updated_at)
VALUES (%s, %s, %s, %s, %s, 'used', %s, NULL, %s, %s)
    ON CONFLICT (source_id, source_kind) DO UPDATE
   SET client_package_id = excluded.client_package_id, sessions = excluded.sessions,
       state = excluded.state, used_at = excluded.used_at, ended_at = NULL,
       updated_at = excluded.updated_at
 WHERE use.state = 'restored'
RETURNING id
"""
CHANGED = ("pk", "sessions_left", "sessions_settled", "status")


@requires_transaction
def redeem(
    *,
    client_package_id: UUID,
    client_id: UUID,
    sessions: int,
    at: datetime,
    source: Source,
    now: datetime,
) -> PackageUse:
    """Use sessions of the client's own package for something that happens `at`.

    What is covered is the caller's to check. Raises `PackageUsedUp` when the package has not as
    many left, is not theirs, or ends before; `ValueError` when the thing uses sessions already.
    """
    if not _take(client_package_id, client_id, sessions, at, now):
        raise errors.PackageUsedUp
    use = PackageUse(
        client_package_id=client_package_id,
        source_kind=source.kind,
        source_id=source.id,
        sessions=sessions,
        used_at=now,
    )
    values = (use.pk, client_package_id, source.kind, source.id, sessions, now, now, now)
    found = fetch(USE_SESSIONS, values)
    if not found:
        raise ValueError(f"{source.kind} {source.id} uses sessions already")
    ((use.pk,),) = found
    return use


def _take(package_id: UUID, client_id: UUID, sessions: int, at: datetime, now: datetime) -> bool:
    """Count the sessions off, if they are there: one UPDATE decides, its row's CHECK agrees."""
    taken = ClientPackage.objects.filter(
        pk=package_id,
        client_id=client_id,
        sessions_left__gte=sessions,
        expires_at__gt=at,
    ).update(
        sessions_left=F("sessions_left") - sessions,
        status=Case(
            When(sessions_left=sessions, then=Value(PackageStatus.EXHAUSTED.value)),
            default=F("status"),
        ),
        updated_at=now,
    )
    return bool(taken)


@requires_transaction
def restore(*, source_kind: str, source_ids: Collection[UUID], now: datetime) -> None:
    """Give the sessions of these things back to their packages. A repeat does nothing."""
    uses, packages = _lock_used(source_kind, source_ids)
    for use in uses:
        package = packages[use.client_package_id]
        package.sessions_left += use.sessions
        # Also after it ended: the task that expires packages finds it again.
        package.status = PackageStatus.ACTIVE.value
    _write(uses, packages.values(), UseState.RESTORED, now=now)


@requires_transaction
def redeem_again(*, client_id: UUID, source: Source, at: datetime, now: datetime) -> bool:
    """Use what was given back once more, for the same thing; says whether it has its sessions.

    A thing that used none has all it needs.
    """
    use = PackageUse.objects.filter(
        source_kind=source.kind, source_id=source.id, state=UseState.RESTORED
    )
    found = use.first()
    if found is None:
        return True
    if not _take(found.client_package_id, client_id, found.sessions, at, now):
        return False
    use.update(state=UseState.USED, used_at=now, ended_at=None, updated_at=now)
    return True


@requires_transaction
def fulfil(
    *, source_kind: str, given: Mapping[UUID, Given], revenue: Account, now: datetime
) -> None:
    """These things happened: their sessions' part of the price is earned. A repeat does nothing.

    `given` says of each what the sessions gave.
    """
    _spend(source_kind, given, UseState.FULFILLED, revenue=revenue, now=now)


@requires_transaction
def forfeit(*, source_kind: str, given: Mapping[UUID, Given], now: datetime) -> None:
    """The client gave these things up too late: their sessions are spent and earned."""
    lost = Account.REVENUE_FORFEITED
    _spend(source_kind, given, UseState.FORFEITED, revenue=lost, now=now)


@requires_transaction
def end_rest(
    package: ClientPackage, *, state: UseState, status: PackageStatus, now: datetime
) -> tuple[PackageUse, Decimal]:
    """End what is left of a locked package; returns its row of history and what it is worth."""
    use = PackageUse.objects.create(
        client_package=package,
        source_kind=PACKAGE,
        source_id=uuid7(),
        sessions=package.sessions_left,
        state=state,
        used_at=now,
        ended_at=now,
    )
    value = _settle(package, package.sessions_left)
    package.sessions_left, package.status = 0, status.value
    _write_packages([package], now=now)
    return use, value


@requires_transaction
def lock_packages(package_ids: Collection[UUID]) -> dict[UUID, ClientPackage]:
    """The packages, locked in one order."""
    found = ClientPackage.objects.filter(pk__in=package_ids).select_related("package")
    locked = found.order_by("pk").select_for_update(no_key=True, of=("self",))
    return {package.pk: package for package in locked}


def earning_of(
    use: PackageUse, package: ClientPackage, value: Decimal, *, revenue: Account, given: Given
) -> Earning:
    """Sessions that are over are the studio's money; whoever paid for them was owed it so far."""
    is_kept = revenue is Account.REVENUE_FORFEITED
    return Earning(
        client_id=package.payer_id,
        amount=value,
        currency=package.currency,
        source=Account.DEFERRED_PACKAGES,
        revenue=revenue,
        cause_kind=USE,
        cause_id=use.pk,
        sale=sessions_of(package, value, given, is_kept=is_kept),
    )


def _spend(
    source_kind: str,
    given: Mapping[UUID, Given],
    state: UseState,
    *,
    revenue: Account,
    now: datetime,
) -> None:
    uses, packages = _lock_used(source_kind, given.keys())
    earnings = []
    for use in uses:
        package = packages[use.client_package_id]
        value, sold = _settle(package, use.sessions), given[use.source_id]
        earnings.append(earning_of(use, package, value, revenue=revenue, given=sold))
    recognise(earnings, now=now)
    _write(uses, packages.values(), state, now=now)


def _settle(package: ClientPackage, sessions: int) -> Decimal:
    """Count sessions of a locked package as settled, in memory; returns what they are worth."""
    value = value_of_sessions(
        package.price,
        sessions_total=package.sessions_total,
        settled=package.sessions_settled,
        sessions=sessions,
        currency=package.currency,
    )
    package.sessions_settled += sessions
    return value


def _lock_used(
    source_kind: str, source_ids: Collection[UUID]
) -> tuple[list[PackageUse], dict[UUID, ClientPackage]]:
    """The uses of these things that still count, their packages locked."""
    found = fetch(PACKAGES_USED, {"kind": source_kind, "sources": list(source_ids)})
    if not found:
        return [], {}
    packages = lock_packages({package_id for (package_id,) in found})
    # Read again under the lock: whoever held it before may have ended them.
    used = PackageUse.objects.filter(
        source_kind=source_kind, source_id__in=source_ids, state=UseState.USED
    )
    return list(used.order_by("pk")), packages


def _write(
    uses: Sequence[PackageUse],
    packages: Iterable[ClientPackage],
    state: UseState,
    *,
    now: datetime,
) -> None:
    if uses:
        PackageUse.objects.filter(pk__in=[use.pk for use in uses]).update(
            state=state, ended_at=now, updated_at=now
        )
        _write_packages(packages, now=now)


def _write_packages(packages: Iterable[ClientPackage], *, now: datetime) -> None:
    rows = list(packages)
    columns = {name: [getattr(package, name) for package in rows] for name in CHANGED}
    execute(UPDATE, {**columns, "now": now})
