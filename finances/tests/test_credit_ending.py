"""Credit nobody spends: its owner is told 30 and 7 days before, once each, then it ends."""

from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from core.models import OutboxMessage
from core.testing import deliver_outbox, race
from finances.models import CreditLot, LedgerTransaction
from finances.selectors.ledger import list_balances, verify
from finances.services.credit import expire_ended_credit, tell_next_of_ending_credit
from finances.tasks import tidy_credit
from finances.tests.credits import NOON, give, left, release, reserve, use
from notifications.models import Notification
from users.tests.factories import UserFactory

THIS = UUID(int=1)
TOPIC = "finances.credit.ending.v1"


@pytest.fixture
def ana(transactional_db: None) -> UUID:
    """Somebody with credit."""
    return UserFactory.create(first_name="Ana").pk


def tell_all(lot: CreditLot, *, days_before: float) -> int:
    """Run the task so many days before the lot ends; how many messages have been owed by then."""
    now = lot.expires_at - timedelta(days=days_before)
    while tell_next_of_ending_credit(now=now):
        pass
    return OutboxMessage.objects.filter(topic=TOPIC).count()


def expire_all(lot: CreditLot, *, days_after: float = 0) -> int:
    return expire_ended_credit(now=lot.expires_at + timedelta(days=days_after))


def test_its_owner_is_told_twice_however_often_the_task_runs(ana: UUID) -> None:
    lot = give(ana)

    told = [tell_all(lot, days_before=days) for days in (31, 30, 30, 8, 7, 7, 1, 0, -1)]

    assert told == [0, 1, 1, 1, 2, 2, 2, 2, 2]


def test_a_task_that_comes_late_tells_once_and_only_while_the_credit_can_be_spent(
    ana: UUID,
) -> None:
    lot = give(ana)
    assert tell_all(lot, days_before=2) == 1
    other = give(ana, now=lot.expires_at)

    assert tell_all(other, days_before=-1) == 1


def test_the_message_says_how_much_and_until_when(ana: UUID) -> None:
    give(ana, 10_000)
    lot = give(ana, 38_000)
    reserve(ana, 8_000, THIS)
    tell_all(lot, days_before=30)

    deliver_outbox()

    told = Notification.objects.get()
    assert (told.person_id, told.template) == (ana, "credit_ending")
    # Both end on that day; what is set aside is spent already as far as its owner cares.
    assert told.facts == {"amount": "40000.00", "currency": "COP", "last_day": "2027-12-01"}
    assert told.valid_until == lot.expires_at


def test_each_day_of_ending_and_each_owner_has_a_message(ana: UUID) -> None:
    lot = give(ana)
    give(ana, valid_days=364)
    give(UserFactory.create().pk)

    assert tell_all(lot, days_before=30) == 3


def test_what_is_spent_is_not_told_of(ana: UUID) -> None:
    lot = give(ana)
    reserve(ana, 48_000, THIS)

    assert tell_all(lot, days_before=30) == 0
    release(THIS)
    assert tell_all(lot, days_before=7) == 1


def test_two_tasks_at_once_tell_once(ana: UUID) -> None:
    lots = [give(ana, 10_000) for _ in range(3)]
    now = lots[0].expires_at - timedelta(days=30)

    outcomes = race([partial(tell_next_of_ending_credit, now=now)] * 4)

    assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert OutboxMessage.objects.filter(topic=TOPIC).count() == 1


def test_credit_ends_on_the_ledger_once(ana: UUID) -> None:
    lot = give(ana)
    assert expire_ended_credit(now=lot.expires_at - timedelta(seconds=1)) == 0

    assert [expire_all(lot), expire_all(lot)] == [1, 0]

    assert left(lot) == (0, 0)
    found = {balance.account: int(balance.amount) for balance in list_balances()}
    assert found == {"promotions": 48_000, "client_credit": 0, "revenue_forfeited": 48_000}
    assert verify() == []


def test_only_what_is_left_ends(ana: UUID) -> None:
    lot = give(ana)
    reserve(ana, 30_000, THIS)
    use(THIS)

    expire_all(lot)

    found = {balance.account: int(balance.amount) for balance in list_balances()}
    assert found["revenue_forfeited"] == 18_000
    assert verify() == []


def test_na_21_credit_waits_for_the_visit_it_is_set_aside_for(ana: UUID) -> None:
    lot = give(ana)
    reserve(ana, 30_000, THIS)

    assert expire_all(lot) == 0
    assert left(lot) == (18_000, 30_000)
    use(THIS)
    assert expire_all(lot) == 1
    assert left(lot) == (0, 0)
    assert verify() == []


def test_a_batch_ends_what_it_can_and_says_how_many(ana: UUID) -> None:
    lots = [give(ana, 1_000) for _ in range(3)]
    after = lots[0].expires_at

    assert [expire_ended_credit(now=after, limit=2) for _ in range(3)] == [2, 1, 0]


def test_eight_tasks_at_once_end_it_once(ana: UUID) -> None:
    lot = give(ana)

    outcomes = race([partial(expire_all, lot)] * 8)

    assert sorted(outcomes) == [0] * 7 + [1]
    assert LedgerTransaction.objects.filter(kind="credit_expired").count() == 1
    assert verify() == []


def test_the_task_tells_and_ends(ana: UUID) -> None:
    year_ago = timezone.now() - timedelta(days=400)
    over = give(ana, now=year_ago)
    soon = give(ana, now=timezone.now() - timedelta(days=340))

    tidy_credit()

    assert left(over) == (0, 0)
    assert left(soon) == (48_000, 0)
    assert OutboxMessage.objects.filter(topic=TOPIC).count() == 1


def test_what_ended_cannot_be_set_aside(ana: UUID) -> None:
    lot = give(ana)
    expire_all(lot)

    assert reserve(ana, 1, THIS, now=NOON) == 0


def test_the_rules_say_how_long_and_when(ana: UUID, settings: Any) -> None:
    from finances.models import FinanceSettings

    FinanceSettings.objects.create(
        credit_days=100, first_credit_notice_days=20, second_credit_notice_days=5
    )

    lot = give(ana)

    assert lot.expires_at.isoformat() == "2027-03-12T00:00:00-05:00"
    assert [tell_all(lot, days_before=days) for days in (21, 20, 6, 5)] == [0, 1, 1, 2]
