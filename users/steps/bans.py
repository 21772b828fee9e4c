"""Persona non grata, and welcome again (USERS-10)."""

from datetime import datetime
from uuid import UUID

from core.audit import record
from core.db import requires_transaction
from core.outbox import publish
from users.events import BanLifted, PersonBanned
from users.models import SessionEnd, User
from users.steps.sessions import end_sessions


@requires_transaction
def ban(
    *, person_id: UUID, reason: str, actor_id: UUID | None, is_automatic: bool, now: datetime
) -> bool:
    """Let nobody act for the person any more, end their sessions; `False` if they were banned.

    One conditional UPDATE decides: of parallel calls exactly one bans. A ban by somebody is not
    replaced by one of a rule, so no rule lifts it. The audit log is written last: it is one queue.
    """
    banned = User.objects.filter(pk=person_id, banned_at=None).update(
        banned_at=now, ban_reason=reason, ban_is_automatic=is_automatic, updated_at=now
    )
    if not banned:
        return False
    ended = end_sessions(user_id=person_id, reason=SessionEnd.BARRED, now=now)
    publish(PersonBanned(person_id=person_id, reason=reason, at=now))
    facts = {"reason": reason, "is_automatic": is_automatic, "sessions": ended}
    _audit("users.banned", person_id, actor_id, now, facts)
    return True


@requires_transaction
def lift_ban(*, person_id: UUID, reason: str, actor_id: UUID, now: datetime) -> bool:
    """Make the person welcome again; `False` if they were."""
    return _lift(person_id, reason, actor_id, now)


@requires_transaction
def lift_automatic_ban(*, person_id: UUID, reason: str, actor_id: UUID, now: datetime) -> bool:
    """The same, unless it was somebody who banned them: what people decide, people take back."""
    return _lift(person_id, reason, actor_id, now, ban_is_automatic=True)


def _lift(person_id: UUID, reason: str, actor_id: UUID, now: datetime, **only: bool) -> bool:
    lifted = User.objects.filter(pk=person_id, banned_at__isnull=False, **only).update(
        banned_at=None, ban_reason="", ban_is_automatic=False, updated_at=now
    )
    if not lifted:
        return False
    publish(BanLifted(person_id=person_id))
    _audit("users.ban-lifted", person_id, actor_id, now, {"reason": reason})
    return True


def _audit(
    action: str, person_id: UUID, actor_id: UUID | None, now: datetime, facts: dict[str, object]
) -> None:
    record(
        action=action,
        subject_kind="users.person",
        subject_id=person_id,
        actor_id=actor_id,
        now=now,
        facts=facts,
    )
