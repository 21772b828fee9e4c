"""Writing sessions in somebody's transaction."""

from datetime import datetime
from uuid import UUID, uuid4

from django.conf import settings

from core.db import requires_transaction
from users.models import Session, SessionEnd, User
from users.tokens import sign_pair
from users.types import Device, TokenPair


@requires_transaction
def start_session(*, user: User, device: Device, now: datetime) -> TokenPair:
    """Open a session for somebody whose identity was proven; the pair that signs its requests."""
    session = Session.objects.create(
        user=user,
        refresh_jti=uuid4(),
        device=device.name,
        ip=device.ip,
        started_at=now,
        last_seen_at=now,
        expires_at=now + settings.REFRESH_TOKEN_LIFETIME,
    )
    return sign_pair(
        user_id=user.pk, session_id=session.pk, refresh_jti=session.refresh_jti, now=now
    )


@requires_transaction
def end_sessions(
    *, user_id: UUID, reason: SessionEnd, now: datetime, except_for: UUID | None = None
) -> int:
    """End all of a person's sessions, or all but one; how many there were."""
    open_ones = Session.objects.filter(user_id=user_id, ended_at=None)
    if except_for is not None:
        open_ones = open_ones.exclude(pk=except_for)
    return open_ones.update(ended_at=now, end_reason=reason)
