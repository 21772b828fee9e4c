"""Strikes that staff waive, and what clients say against them (SPA-10, USERS-10)."""

from datetime import datetime
from uuid import UUID

from core.use_cases import use_case
from spa import errors
from spa.models import AppealStatus, Strike, StrikeAppeal
from spa.steps.strikes import audit, decide_appeal, lock_strike, waive


@use_case
def waive_strike(*, strike_id: UUID, reason: str, actor_id: UUID, now: datetime) -> Strike:
    """Let a strike count no more, for a reason; an appeal that waits for an answer has it.

    A ban that strikes made ends when fewer than the limit remain. Raises `ReasonMissing`,
    `StrikeNotFound`, `StrikeIsWaived`.
    """
    if not reason:
        raise errors.ReasonMissing
    strike = lock_strike(strike_id=strike_id)
    if strike.waived_at is not None:
        raise errors.StrikeIsWaived
    appeal = StrikeAppeal.objects.filter(strike=strike, status=AppealStatus.OPEN).first()
    if appeal is not None:
        decide_appeal(appeal, AppealStatus.UPHELD, answer=reason, actor_id=actor_id, now=now)
    waive(strike, reason=reason, actor_id=actor_id, now=now)
    return strike


@use_case
def appeal_strike(*, strike_id: UUID, client_id: UUID, text: str, now: datetime) -> StrikeAppeal:
    """Say something against a strike of one's own, once.

    Raises `StrikeNotFound`, also for somebody else's, `StrikeIsWaived`, `AppealFiled`.
    """
    strike = lock_strike(strike_id=strike_id, client_id=client_id)
    if strike.waived_at is not None:
        raise errors.StrikeIsWaived
    if StrikeAppeal.objects.filter(strike=strike).exists():
        raise errors.AppealFiled
    appeal = StrikeAppeal.objects.create(strike=strike, text=text, filed_at=now)
    audit("appealed", strike, actor_id=client_id, now=now)
    return appeal


@use_case
def answer_appeal(
    *, strike_id: UUID, is_upheld: bool, answer: str, actor_id: UUID, now: datetime
) -> Strike:
    """Decide an appeal: the strike is waived, or stays; the client is told the answer.

    Raises `ReasonMissing`, `StrikeNotFound`, `AppealNotOpen`.
    """
    if not answer:
        raise errors.ReasonMissing
    strike = lock_strike(strike_id=strike_id)
    appeal = StrikeAppeal.objects.filter(strike=strike, status=AppealStatus.OPEN).first()
    if appeal is None:
        raise errors.AppealNotOpen
    outcome = AppealStatus.UPHELD if is_upheld else AppealStatus.REJECTED
    decide_appeal(appeal, outcome, answer=answer, actor_id=actor_id, now=now)
    if is_upheld:
        waive(strike, reason=answer, actor_id=actor_id, now=now)
    return strike
