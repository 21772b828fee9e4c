"""Who is paid by bank hears how it ended (FIN-07)."""

from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from django.utils import timezone

from core.testing import deliver_outbox
from finances import registry
from finances.domain.commissions import DEVELOPER
from finances.domain.payout_sightings import BatchState, SeenLine, SeenPayout
from finances.domain.payouts import Failure, LineStatus
from finances.models import Payout
from finances.models.payees import PayeeKind
from finances.services.payouts import pay_out
from finances.steps.payout_sightings import apply_seen, reject
from finances.tests.earnings import earn, payee
from notifications.models import Notification
from users.models import User

ANA, LUZ = UUID(int=11), UUID(int=12)
NOW = timezone.now()


@pytest.fixture
def team(monkeypatch: pytest.MonkeyPatch, staff_user: User) -> None:
    """Ana has an account here, Luz has none."""
    people = [registry.Earner(ANA, "Ana", staff_user.pk), registry.Earner(LUZ, "Luz", None)]
    monkeypatch.setattr(registry, "_earners", [lambda: people])


def stored(admin: User, *parties: UUID, **more: Any) -> Payout:
    for party in parties:
        payee(party, account_number="987654321", **more)
        earn(party)
    (payout,) = pay_out(payee_ids=None, actor_id=admin.pk, now=NOW)
    return payout


def seen(payout: Payout, *, status: LineStatus) -> None:
    """What the provider says of the whole batch, twice."""
    lines = tuple(
        SeenLine(f"g-{line.pk}", line.reference, status, line.amount) for line in payout.lines.all()
    )
    for _ in range(2):
        with transaction.atomic():
            apply_seen([SeenPayout("batch", payout.reference, BatchState.OVER, lines)], now=NOW)


def told() -> list[tuple[UUID, str, dict[str, str]]]:
    deliver_outbox()
    rows = Notification.objects.order_by("created_at")
    return [(row.person_id, row.template, row.facts) for row in rows]


@pytest.mark.parametrize(
    ("status", "template"),
    [(LineStatus.APPROVED, "payout_paid"), (LineStatus.FAILED, "payout_failed")],
)
def test_who_has_an_account_hears_once_how_the_bank_payment_ended(
    team: None, admin_user: User, staff_user: User, status: LineStatus, template: str
) -> None:
    seen(stored(admin_user, ANA, LUZ), status=status)

    facts = {"amount": "250000.00", "currency": "COP", "account": "••••4321"}
    assert told() == [(staff_user.pk, template, facts)]


def test_who_is_in_a_batch_that_is_refused_hears_that_it_is_owed_again(
    team: None, admin_user: User, staff_user: User
) -> None:
    payout = stored(admin_user, ANA)
    assert told() == []

    with transaction.atomic():
        reject(payout, Failure.REFUSED, now=NOW)

    assert [(person, template) for person, template, _ in told()] == [
        (staff_user.pk, "payout_failed")
    ]


def test_the_developer_has_no_account_to_be_told_at(team: None, admin_user: User) -> None:
    seen(stored(admin_user, DEVELOPER, kind=PayeeKind.DEVELOPER), status=LineStatus.APPROVED)

    assert told() == []
