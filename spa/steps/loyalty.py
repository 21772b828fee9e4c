"""Rewarding people who come back (SPA-15)."""

from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext

from core.db import requires_transaction
from core.outbox import publish
from core.selectors.settings import get_settings
from finances.steps.credit import issue_credit
from finances.types import Account
from spa.events import VisitsRewarded
from spa.models import LoyaltyReward, LoyaltySettings, LoyaltyStamp
from users.steps.locks import lock_person

REWARD = "spa.loyalty_reward"


@requires_transaction
def stamp_visit(*, appointment_id: UUID, client_id: UUID, currency: str, now: datetime) -> None:
    """Count a completed visit once; enough of them are worth credit (`LoyaltySettings`).

    Visits that were completed while nothing was rewarded never count. The person's lock makes
    parallel completions count one after another; each reward has a number, which is given once.
    """
    rules = get_settings(LoyaltySettings)
    if not rules.reward_credit:
        return
    lock_person(person_id=client_id)
    LoyaltyStamp.objects.get_or_create(
        appointment_id=appointment_id, defaults={"client_id": client_id, "stamped_at": now}
    )
    _reward_if_due(client_id, rules, currency, now)


def _reward_if_due(client_id: UUID, rules: LoyaltySettings, currency: str, now: datetime) -> None:
    waiting = LoyaltyStamp.objects.filter(client_id=client_id, reward=None)
    stamps = list(waiting.order_by("stamped_at", "pk")[: rules.visits_for_reward])
    if len(stamps) < rules.visits_for_reward:
        return
    reward = LoyaltyReward.objects.create(
        client_id=client_id,
        number=LoyaltyReward.objects.filter(client_id=client_id).count() + 1,
        visits=len(stamps),
        amount=rules.reward_credit,
        currency=currency,
        given_at=now,
    )
    LoyaltyStamp.objects.filter(pk__in=[stamp.pk for stamp in stamps]).update(
        reward=reward, updated_at=now
    )
    issue_credit(
        client_id=client_id,
        amount=reward.amount,
        currency=currency,
        source=Account.PROMOTIONS,
        cause_kind=REWARD,
        cause_id=reward.pk,
        reason=gettext("premio por %(visits)s visitas") % {"visits": reward.visits},
        now=now,
    )
    publish(
        VisitsRewarded(
            client_id=client_id, visits=reward.visits, amount=reward.amount, currency=currency
        )
    )
