"""Packages under parallel requests, each on a connection of its own (SPA-14)."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from django.db.models import QuerySet

from core.models import OutboxMessage
from core.testing import race, rounds
from finances.domain.accounts import Account
from finances.models import CreditLot
from finances.selectors.ledger import verify
from spa import errors
from spa.events import PackageEnding
from spa.models import ClientPackage, PackageUse, Service
from spa.services.package_endings import expire_packages, remind_of_packages
from spa.services.packages import refund_package, transfer_package
from spa.steps import sessions
from spa.steps.occupancy import Source
from spa.steps.sessions import restore
from spa.tests.conftest import NOW
from spa.tests.packages import SOON, balance_of, counts, offer, sold, use
from users.tests.factories import UserFactory

pytestmark = pytest.mark.django_db(transaction=True)
RIVALS = 8


@pytest.fixture
def mine(service: Service, client_user: Any) -> ClientPackage:
    return sold(offer(service, sessions=3), client_id=client_user.pk, now=NOW)


def won(outcomes: list[Any]) -> list[Any]:
    return [outcome for outcome in outcomes if not isinstance(outcome, Exception)]


def test_no_more_sessions_are_used_than_there_are(mine: ClientPackage) -> None:
    outcomes = race([partial(use, mine)] * RIVALS)

    lost = [outcome for outcome in outcomes if isinstance(outcome, errors.PackageUsedUp)]
    assert (len(won(outcomes)), len(lost)) == (3, RIVALS - 3)
    assert counts(mine) == (0, 0, "exhausted")
    assert PackageUse.objects.count() == 3


def test_control_counted_in_python_the_same_race_uses_sessions_twice(
    mine: ClientPackage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_then_write(package_id: UUID, *rest: Any) -> bool:
        package = ClientPackage.objects.get(pk=package_id)
        if not package.sessions_left:
            return False
        package.sessions_left -= 1
        package.save(update_fields=["sessions_left"])
        return True

    monkeypatch.setattr(sessions, "_take", read_then_write)
    ClientPackage.objects.update(sessions_total=RIVALS * 3, sessions_left=RIVALS * 3)

    race([partial(use, mine)] * RIVALS * 2)

    left, _, _ = counts(mine)
    used = PackageUse.objects.count()
    assert left + used > RIVALS * 3


def give_back(source: Source) -> None:
    with transaction.atomic():
        restore(source_kind="test", source_ids=[source.id], now=SOON)


def test_sessions_given_back_at_once_all_come_back_and_each_once(mine: ClientPackage) -> None:
    for _ in rounds(few=2, many=20):
        sources = [use(mine) for _ in range(3)]

        outcomes = race([partial(give_back, source) for source in sources * 3])

        assert outcomes == [None] * 9
        assert counts(mine) == (3, 0, "active")


def test_control_without_the_lock_sessions_are_lost(
    mine: ClientPackage, all_read_first: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QuerySet, "select_for_update", lambda found, **how: found)
    sources = [use(mine) for _ in range(3)]

    race([partial(give_back, source) for source in sources])

    assert counts(mine)[0] < 3


def refunds(package: ClientPackage) -> list[Callable[[], Any]]:
    actor = UserFactory.create(staff=True).pk
    return [
        partial(
            refund_package, client_package_id=package.pk, reason="dos veces", actor_id=actor,
            now=SOON,
        )
    ] * RIVALS  # fmt: skip


def test_na_13_a_package_refunded_at_once_by_many_gives_credit_once(mine: ClientPackage) -> None:
    outcomes = race(refunds(mine))

    assert len(won(outcomes)) == 1
    lost = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert {type(outcome) for outcome in lost} == {errors.PackageNothingToRefund}
    assert CreditLot.objects.get().amount == 500_000
    assert verify() == []


def test_whatever_wins_a_session_is_used_or_refunded_and_never_both(service: Service) -> None:
    endings = set()
    for _ in rounds(few=2, many=20):
        owner = UserFactory.create()
        mine = sold(offer(service, sessions=1, price=70_000), client_id=owner.pk, now=NOW)
        actor = UserFactory.create(staff=True).pk
        back = partial(
            refund_package, client_package_id=mine.pk, reason="a la vez", actor_id=actor, now=SOON
        )
        outcomes = race([partial(use, mine), back])

        assert len(won(outcomes)) == 1
        states = PackageUse.objects.filter(client_package=mine).values_list("state", flat=True)
        assert len(states) == 1
        endings.add(states[0])
    assert endings <= {"used", "refunded"}
    assert verify() == []


def test_a_package_handed_to_two_at_once_is_with_one_and_nobody_deadlocks(
    service: Service,
) -> None:
    for _ in rounds(few=2, many=20):
        one, other, third = UserFactory.create_batch(3)
        mine = sold(offer(service), client_id=one.pk, now=NOW)
        theirs = sold(offer(service), client_id=other.pk, now=NOW)

        hand = partial(transfer_package, reason="cambio", actor_id=third.pk, now=SOON)

        outcomes = race(
            [
                partial(hand, client_package_id=package.pk, to_client_id=to.pk)
                for package, to in [(mine, other), (theirs, one), (mine, third)]
            ]
        )

        assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)]


def test_tasks_that_run_at_once_remind_and_end_once(service: Service) -> None:
    for person in UserFactory.create_batch(5):
        sold(offer(service), client_id=person.pk, now=NOW)
    ends = ClientPackage.objects.first().expires_at

    reminded = race([partial(remind_of_packages, now=ends - timedelta(days=1))] * 4)
    ended = race([partial(expire_packages, now=ends)] * 4)

    assert sum(reminded) == sum(ended) == 5
    assert OutboxMessage.objects.filter(topic=PackageEnding.topic).count() == 5
    assert balance_of(Account.REVENUE_PACKAGES) == 5 * 500_000
    assert verify() == []
