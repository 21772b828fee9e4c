"""Credit given or taken by hand: real, once, and above a limit by two people (NA-29)."""

from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models.query import QuerySet

from core.errors import DomainError
from core.models import AuditEntry
from core.testing import deliver_outbox, race
from finances import errors
from finances.models import Adjustment, CreditLot, CreditUse, FinanceSettings
from finances.selectors.ledger import verify
from finances.services.adjustments import (
    approve_adjustment,
    reject_adjustment,
    request_adjustment,
)
from finances.steps import adjustments
from finances.tests.books import books
from finances.tests.credits import NOON, give, left, reserve
from notifications.models import Notification
from users.tests.factories import UserFactory


class Desk:
    """A client, whoever sits at the desk, and whoever has to agree."""

    def __init__(self) -> None:
        self.ana = UserFactory.create().pk
        self.clerk, self.boss = UserFactory.create(staff=True).pk, UserFactory.create(admin=True).pk

    def ask(self, amount: object, *, by: UUID | None = None, **more: Any) -> Adjustment:
        asked: dict[str, Any] = {
            "adjustment_id": uuid4(),
            "client_id": self.ana,
            "currency": "COP",
            "reason": "una demora",
            "now": NOON,
        }
        return request_adjustment(
            amount=Decimal(str(amount)), actor_id=by or self.clerk, **{**asked, **more}
        )

    def agree(self, adjustment: Adjustment, *, by: UUID | None = None) -> Adjustment:
        return approve_adjustment(adjustment_id=adjustment.pk, actor_id=by or self.boss, now=NOON)


@pytest.fixture
def desk(db: None) -> Desk:
    return Desk()


def audited() -> list[str]:
    return list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))


def test_na_29_a_small_gift_can_be_spent_at_once_and_its_owner_hears_of_it(desk: Desk) -> None:
    adjustment = desk.ask(30_000)

    assert adjustment.state == "applied"
    assert books() == {"adjustments": 30_000, "client_credit": -30_000}
    assert reserve(desk.ana, 99_000, uuid4()) == 30_000
    assert audited() == ["finances.adjustment.requested"]
    deliver_outbox()
    told = Notification.objects.get(person_id=desk.ana)
    assert (told.template, told.facts["amount"], told.facts["reason"]) == (
        "credit_given", "30000.00", "una demora",
    )  # fmt: skip
    assert verify() == []


def test_na_29_above_the_limit_nothing_happens_until_somebody_else_agrees(desk: Desk) -> None:
    adjustment = desk.ask(500_001)

    assert (adjustment.state, books()) == ("requested", {})
    with pytest.raises(errors.AdjustmentNeedsAnother):
        desk.agree(adjustment, by=desk.clerk)
    with pytest.raises(errors.AdjustmentOfOneself):
        desk.agree(adjustment, by=desk.ana)
    assert books() == {}

    desk.agree(adjustment)
    with pytest.raises(errors.AdjustmentDecided):
        desk.agree(adjustment)

    assert books() == {"adjustments": 500_001, "client_credit": -500_001}
    assert audited() == ["finances.adjustment.requested", "finances.adjustment.approved"]
    assert verify() == []


def test_what_is_taken_ends_first_and_waits_for_nothing(desk: Desk) -> None:
    late, soon = give(desk.ana, 50_000), give(desk.ana, 20_000, valid_days=5)
    reserve(desk.ana, 5_000, uuid4())

    desk.ask(-25_000)

    assert (left(soon), left(late)) == ((0, 5_000), (40_000, 0))
    assert books()["adjustments"] == -25_000
    with pytest.raises(errors.AdjustmentTakesTooMuch) as refusal:
        desk.ask(-40_001)
    assert refusal.value.facts["available"] == "40000.00"
    assert (left(soon), left(late)) == ((0, 5_000), (40_000, 0))
    assert (Adjustment.objects.count(), CreditUse.objects.count()) == (1, 3)
    deliver_outbox()
    assert Notification.objects.get(person_id=desk.ana).template == "credit_taken"
    assert verify() == []


def test_a_limit_that_is_passed_in_steps_is_a_limit(desk: Desk) -> None:
    first, second = desk.ask(300_000), desk.ask(200_001)
    other = desk.ask(300_000, by=desk.boss)
    tomorrow = desk.ask(300_000, now=NOON + timedelta(hours=24))

    states = [one.state for one in (first, second, other, tomorrow)]
    assert states == ["applied", "requested", "applied", "applied"]


def test_asked_twice_under_one_id_it_happens_once(desk: Desk) -> None:
    this = uuid4()

    first, second = (desk.ask(30_000, adjustment_id=this) for _ in range(2))

    assert first.pk == second.pk
    assert CreditLot.objects.get().amount == 30_000


@pytest.mark.parametrize(
    ("amount", "refusal"),
    [
        (0, errors.AdjustmentAmountWrong),
        ("0.50", errors.AdjustmentAmountWrong),
        (5_000_001, errors.AdjustmentTooLarge),
        (-5_000_001, errors.AdjustmentTooLarge),
    ],
)
def test_amounts_that_are_none_or_too_large_change_nothing(
    desk: Desk, amount: object, refusal: type[DomainError]
) -> None:
    with pytest.raises(refusal):
        desk.ask(amount)

    assert (Adjustment.objects.count(), books(), audited()) == (0, {}, [])


def test_na_22_nobody_gives_himself_credit(desk: Desk) -> None:
    with pytest.raises(errors.AdjustmentOfOneself):
        desk.ask(1_000, by=desk.ana)

    assert (Adjustment.objects.count(), books()) == (0, {})


def test_what_is_refused_stays_refused(desk: Desk) -> None:
    adjustment = desk.ask(600_000)

    refused = reject_adjustment(
        adjustment_id=adjustment.pk, reason="ya se pagó", actor_id=desk.boss, now=NOON
    )

    assert (refused.state, refused.answer, books()) == ("rejected", "ya se pagó", {})
    with pytest.raises(errors.AdjustmentDecided):
        desk.agree(adjustment)
    with pytest.raises(errors.AdjustmentUnknown):
        approve_adjustment(adjustment_id=uuid4(), actor_id=desk.boss, now=NOON)
    assert audited()[-1] == "finances.adjustment.rejected"


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"amount": 0}, "some_money"),
        ({"state": "rejected"}, "decided_when_it_is_over"),
        ({"state": "applied", "decided_at": NOON}, "a_second_person_agrees"),
        ({"state": "applied", "decided_at": NOON, "decided_by": "clerk"}, "a_second_person_agrees"),
        ({"state": "applied", "decided_at": NOON, "decided_by": "ana"}, "not_ones_own"),
        ({"requested_by": "ana"}, "not_ones_own"),
    ],
)
def test_the_database_wants_the_second_person_too(
    desk: Desk, changes: dict[str, Any], rule: str
) -> None:
    adjustment = desk.ask(600_000)
    people = {name: getattr(desk, str(who), who) for name, who in changes.items()}

    with (
        pytest.raises(IntegrityError, match=f"finances_adjustment_\\w*{rule}"),
        transaction.atomic(),
    ):
        Adjustment.objects.filter(pk=adjustment.pk).update(**people)


def test_the_books_are_checked_against_what_was_applied(desk: Desk) -> None:
    adjustment = desk.ask(30_000)
    Adjustment.objects.filter(pk=adjustment.pk).update(amount=31_000)

    (finding,) = verify()

    assert finding.text == f"adjustment {adjustment.pk} says 31000.00, on the ledger are 30000.00"


def test_the_limit_for_one_person_is_no_more_than_the_limit() -> None:
    with pytest.raises(ValidationError, match="antes de llegar a su máximo"):
        FinanceSettings(adjustment_limit=Decimal(1), adjustment_approval_above=Decimal(2)).clean()


@pytest.mark.django_db(transaction=True)
class TestRaces:
    RIVALS = 6

    @pytest.mark.parametrize("amount", [600_000, -600_000])
    def test_na_29_approved_six_times_at_once_it_counts_once(self, amount: int) -> None:
        desk = Desk()
        lot = give(desk.ana, 5_000_000)
        adjustment = desk.ask(amount)

        outcomes = race([partial(desk.agree, adjustment)] * self.RIVALS)

        losers = [type(one).__name__ for one in outcomes if isinstance(one, Exception)]
        assert losers == ["AdjustmentDecided"] * (self.RIVALS - 1)
        assert books()["client_credit"] == -5_000_000 - amount
        assert left(lot)[0] == 5_000_000 + min(amount, 0)
        assert verify() == []

    def test_control_without_locks_it_counts_twice(
        self, monkeypatch: pytest.MonkeyPatch, all_read_first: None
    ) -> None:
        monkeypatch.setattr(QuerySet, "select_for_update", lambda self, **options: self.all())
        monkeypatch.setattr(adjustments, "lock_person", lambda **_: None)
        desk = Desk()
        lot = give(desk.ana, 5_000_000)
        adjustment = desk.ask(-600_000)

        race([partial(desk.agree, adjustment)] * 2)

        assert left(lot)[0] == 5_000_000 - 2 * 600_000
