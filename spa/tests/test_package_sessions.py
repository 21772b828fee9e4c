"""Sessions of packages: used, given back, earned, ended, paid back, handed on (SPA-14)."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction
from django.utils import timezone

from core.models import AuditEntry, OutboxMessage
from core.testing import deliver_outbox
from finances.domain.accounts import Account
from finances.models import CreditLot
from finances.selectors.ledger import verify
from notifications.models import Notification
from spa import errors
from spa.events import PackageEnding
from spa.models import ClientPackage, Package, PackageUse, Service
from spa.services.package_endings import expire_packages, remind_of_packages
from spa.services.packages import refund_package, transfer_package
from spa.steps.occupancy import Source
from spa.steps.sessions import forfeit, fulfil, redeem, redeem_again, restore
from spa.tasks import tidy_packages
from spa.tests.conftest import NOW, rule_that
from spa.tests.packages import SOON, balance_of, bought, counts, end, offer, sold, use
from users import errors as people
from users.tests.factories import UserFactory


@pytest.fixture
def package(service: Service) -> Package:
    return offer(service)


@pytest.fixture
def mine(package: Package, client_user: Any) -> ClientPackage:
    return sold(package, client_id=client_user.pk, now=NOW)


def test_sessions_are_counted_off_and_the_last_one_exhausts_the_package(
    mine: ClientPackage,
) -> None:
    use(mine, sessions=4)
    assert counts(mine) == (1, 0, "active")

    use(mine)
    assert counts(mine) == (0, 0, "exhausted")
    with pytest.raises(errors.PackageUsedUp):
        use(mine)

    assert PackageUse.objects.count() == 2


def test_more_sessions_than_there_are_take_none(mine: ClientPackage) -> None:
    with pytest.raises(errors.PackageUsedUp):
        use(mine, sessions=6)

    assert counts(mine) == (5, 0, "active")
    assert not PackageUse.objects.exists()


def test_nobody_else_uses_a_package_nor_anybody_after_its_end(mine: ClientPackage) -> None:
    stranger = UserFactory.create().pk
    attempts = [
        {"client_id": stranger, "at": SOON},
        {"client_id": mine.client_id, "at": mine.expires_at},
    ]
    for attempt in attempts:
        with pytest.raises(errors.PackageUsedUp), transaction.atomic():
            redeem(
                client_package_id=mine.pk, sessions=1, source=Source("test", uuid4()), now=NOW,
                **attempt,
            )  # fmt: skip

    assert counts(mine) == (5, 0, "active")


def test_a_session_that_is_given_back_is_there_again_and_only_once(mine: ClientPackage) -> None:
    source = use(mine, sessions=5)

    end(restore, source)
    end(restore, source)

    assert counts(mine) == (5, 0, "active")
    assert PackageUse.objects.get().state == "restored"


def test_a_thing_uses_sessions_once(mine: ClientPackage) -> None:
    source = use(mine)

    with pytest.raises(ValueError, match="uses sessions already"):
        use(mine, source=source)

    assert counts(mine) == (4, 0, "active")
    end(restore, source)
    use(mine, source=source, sessions=2)
    assert counts(mine) == (3, 0, "active")


def test_what_was_given_back_is_used_again_for_the_same_thing(mine: ClientPackage) -> None:
    source = use(mine, sessions=2)
    end(restore, source)

    with transaction.atomic():
        assert redeem_again(client_id=mine.client_id, source=source, at=SOON, now=NOW)
        assert redeem_again(client_id=mine.client_id, source=source, at=SOON, now=NOW)
        other = Source("test", uuid4())
        assert redeem_again(client_id=mine.client_id, source=other, at=SOON, now=NOW)

    assert counts(mine) == (3, 0, "active")
    end(restore, source)
    use(mine, sessions=4)
    with transaction.atomic():
        assert not redeem_again(client_id=mine.client_id, source=source, at=SOON, now=NOW)
    assert counts(mine) == (1, 0, "active")


def test_each_session_that_happened_earns_its_share_and_all_of_them_the_price(
    service: Service, client_user: Any
) -> None:
    mine = sold(offer(service, price=100_000, sessions=3), client_id=client_user.pk, now=NOW)

    for earned in (33_333, 66_667, 100_000):
        source = use(mine)
        end(fulfil, source, revenue=Account.REVENUE_SERVICES)
        end(fulfil, source, revenue=Account.REVENUE_SERVICES)
        assert balance_of(Account.REVENUE_SERVICES) == earned

    assert balance_of(Account.DEFERRED_PACKAGES) == 0
    assert counts(mine) == (0, 3, "exhausted")
    assert verify() == []


def test_a_session_given_up_too_late_is_spent(mine: ClientPackage) -> None:
    source = use(mine)

    end(forfeit, source)
    end(restore, source)

    assert counts(mine) == (4, 1, "active")
    assert PackageUse.objects.get().state == "forfeited"
    assert balance_of(Account.REVENUE_FORFEITED) == 100_000


def test_a_package_that_ends_earns_what_is_left_and_nothing_twice(mine: ClientPackage) -> None:
    happened = use(mine)
    end(fulfil, happened, revenue=Account.REVENUE_SERVICES)
    waits = use(mine)

    assert expire_packages(now=mine.expires_at - timedelta(seconds=1)) == 0
    assert expire_packages(now=mine.expires_at) == 1
    assert expire_packages(now=mine.expires_at) == 0

    assert counts(mine) == (0, 4, "expired")
    assert balance_of(Account.REVENUE_PACKAGES) == 300_000
    # A visit that happened in time and is completed afterwards earns its own share.
    end(fulfil, waits, revenue=Account.REVENUE_SERVICES)
    assert balance_of(Account.REVENUE_SERVICES) == 200_000
    assert balance_of(Account.DEFERRED_PACKAGES) == 0
    assert verify() == []


def test_a_session_that_comes_back_to_an_ended_package_ends_too(mine: ClientPackage) -> None:
    source = use(mine)
    expire_packages(now=mine.expires_at)

    end(restore, source)
    assert expire_packages(now=mine.expires_at) == 1

    assert counts(mine) == (0, 5, "expired")
    assert balance_of(Account.REVENUE_PACKAGES) == 500_000


def told_of(topic: str) -> int:
    return OutboxMessage.objects.filter(topic=topic).count()


def test_the_owner_is_reminded_once_some_days_before_the_end(mine: ClientPackage) -> None:
    rule_that(package_reminder_days=7)
    day = timedelta(days=1)

    assert remind_of_packages(now=mine.expires_at - 7 * day - timedelta(seconds=1)) == 0
    assert remind_of_packages(now=mine.expires_at - 7 * day) == 1
    assert remind_of_packages(now=mine.expires_at - 6 * day) == 0
    deliver_outbox()

    assert told_of(PackageEnding.topic) == 1
    message = Notification.objects.get(template="package_ending")
    assert message.facts["sessions"] == "5"
    assert message.valid_until == mine.expires_at


def test_nobody_is_reminded_of_a_package_without_sessions_or_after_its_end(
    mine: ClientPackage,
) -> None:
    assert remind_of_packages(now=mine.expires_at) == 0
    source = use(mine, sessions=5)
    near = mine.expires_at - timedelta(days=1)
    assert remind_of_packages(now=near) == 0

    end(restore, source)

    assert remind_of_packages(now=near) == 1


def test_the_clock_reminds_ends_and_closes(package: Package, client_user: Any) -> None:
    now = timezone.now()
    ended = sold(package, client_id=client_user.pk, now=now - timedelta(days=100))
    ending = sold(package, client_id=client_user.pk, now=now - timedelta(days=85))
    unpaid = bought(package, client_id=client_user.pk, now=now - timedelta(hours=1))

    tidy_packages()
    tidy_packages()

    assert counts(ended) == (0, 5, "expired")
    assert counts(ending) == (5, 0, "active")
    assert told_of(PackageEnding.topic) == 1
    assert ClientPackage.objects.get(pk=unpaid.pk).pay_until is None


def refund(package: ClientPackage, actor: Any) -> Any:
    return refund_package(
        client_package_id=package.pk, reason="se mudó", actor_id=actor.pk, now=SOON
    )


def test_unused_sessions_come_back_as_credit_once_and_booked_ones_stay_booked(
    mine: ClientPackage, staff_user: Any
) -> None:
    booked = use(mine)

    refunded = refund(mine, staff_user)
    with pytest.raises(errors.PackageNothingToRefund):
        refund(mine, staff_user)

    assert (refunded.sessions, refunded.amount) == (4, 400_000)
    assert counts(mine) == (0, 4, "refunded")
    lot = CreditLot.objects.get()
    assert (lot.client_id, lot.amount) == (mine.client_id, 400_000)
    entry = AuditEntry.objects.get(action="spa.package.refunded")
    assert entry.actor_id == staff_user.pk
    assert entry.facts == {"sessions": 4, "amount": "400000.00", "reason": "se mudó"}
    end(fulfil, booked, revenue=Account.REVENUE_SERVICES)
    assert balance_of(Account.REVENUE_SERVICES) == 100_000
    assert balance_of(Account.DEFERRED_PACKAGES) == 0
    assert verify() == []


def test_a_session_that_comes_back_after_a_refund_can_be_used_or_refunded(
    mine: ClientPackage, staff_user: Any
) -> None:
    booked = use(mine)
    refund(mine, staff_user)

    end(restore, booked)
    assert counts(mine) == (1, 4, "active")
    refund(mine, staff_user)

    assert sum(lot.amount for lot in CreditLot.objects.all()) == 500_000
    assert counts(mine) == (0, 5, "refunded")


def test_what_was_not_paid_or_does_not_exist_is_not_refunded(
    package: Package, client_user: Any, staff_user: Any
) -> None:
    waiting = bought(package, client_id=client_user.pk, now=NOW)

    with pytest.raises(errors.PackageNothingToRefund):
        refund(waiting, staff_user)
    with pytest.raises(errors.PackageNotFound):
        refund(ClientPackage(pk=uuid4()), staff_user)

    assert not CreditLot.objects.exists()
    assert not AuditEntry.objects.filter(action="spa.package.refunded").exists()


def hand_to(person: Any, package: ClientPackage, actor: Any, **more: Any) -> ClientPackage:
    asked = {"reason": "regalo de cumpleaños", "now": SOON} | more
    return transfer_package(
        client_package_id=package.pk, to_client_id=person.pk, actor_id=actor.pk, **asked
    )


def test_a_package_handed_on_is_the_new_owners_and_who_paid_stays_on_the_books(
    mine: ClientPackage, staff_user: Any
) -> None:
    friend = UserFactory.create()

    handed = hand_to(friend, mine, staff_user)
    deliver_outbox()

    with pytest.raises(errors.PackageUsedUp):
        use(mine)
    source = use(handed)
    entry = AuditEntry.objects.get(action="spa.package.transferred")
    assert entry.facts["from"] == str(mine.client_id)
    assert entry.facts["to"] == str(friend.pk)
    assert Notification.objects.filter(person_id=friend.pk, template="package_ready").exists()
    end(fulfil, source, revenue=Account.REVENUE_SERVICES)
    assert refund(handed, staff_user).amount == 400_000
    assert CreditLot.objects.get().client_id == mine.client_id
    assert verify() == []


def test_what_has_nothing_to_hand_on_stays_where_it_is(
    mine: ClientPackage, package: Package, staff_user: Any
) -> None:
    friend = UserFactory.create()
    waiting = bought(package, client_id=mine.client_id, now=NOW)
    owner = type(friend).objects.get(pk=mine.client_id)

    for case in (
        lambda: hand_to(friend, waiting, staff_user),
        lambda: hand_to(owner, mine, staff_user),
        lambda: hand_to(friend, mine, staff_user, now=mine.expires_at),
        lambda: (use(mine, sessions=5), hand_to(friend, mine, staff_user)),
    ):
        with pytest.raises(errors.PackageNotTransferable):
            case()
    with pytest.raises(people.PersonUnknown):
        hand_to(type(friend)(pk=uuid4()), mine, staff_user)

    assert set(ClientPackage.objects.values_list("client_id", flat=True)) == {mine.client_id}
    assert not AuditEntry.objects.filter(action="spa.package.transferred").exists()
