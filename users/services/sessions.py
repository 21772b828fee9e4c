"""Keeping and ending sessions (USERS-03, USERS-04)."""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.conf import settings

from core import audit
from core.errors import DomainError
from core.selectors.settings import get_settings
from core.use_cases import use_case
from users import errors
from users.models import IdentitySettings, Session, SessionEnd, User
from users.steps.admission import refuse_barred
from users.steps.sessions import end_sessions
from users.tokens import Claims, read_refresh, sign_pair
from users.types import Device, TokenPair


def refresh_session(*, token: str, device: Device, now: datetime) -> TokenPair:
    """A new pair for a refresh token that is used for the first time.

    A second use means that two hold it: the session ends for both, and the audit log knows. Raises
    `TokenInvalid`, `TokenExpired`, `SessionEnded`, `RefreshReused`, `Banned`, `Inactive`.
    """
    outcome = _rotate(claims=read_refresh(token), device=device, now=now)
    if isinstance(outcome, DomainError):
        raise outcome
    return outcome


@use_case
def _rotate(*, claims: Claims, device: Device, now: datetime) -> TokenPair | DomainError:
    idle_since = now - timedelta(days=get_settings(IdentitySettings).session_idle_days)
    fresh_jti = uuid4()
    # One conditional UPDATE decides: of parallel uses of one token exactly one finds its jti.
    rotated = (
        Session.objects.live(now=now)
        .filter(pk=claims.session_id, refresh_jti=claims.jti, last_seen_at__gt=idle_since)
        .update(
            refresh_jti=fresh_jti,
            last_seen_at=now,
            expires_at=now + settings.REFRESH_TOKEN_LIFETIME,
            ip=device.ip,
        )
    )
    if not rotated:
        return _explain_stale(claims, device, now)
    person = Session.objects.select_related("user").get(pk=claims.session_id).user
    refusal = refuse_barred(person=person, way="refresh", device=device, now=now)
    if refusal is not None:
        end_sessions(user_id=person.pk, reason=SessionEnd.BARRED, now=now)
        return refusal
    return sign_pair(
        user_id=person.pk, session_id=claims.session_id, refresh_jti=fresh_jti, now=now
    )


def _explain_stale(claims: Claims, device: Device, now: datetime) -> DomainError:
    """Why a token did not rotate; a token that was good once ends its session."""
    session = Session.objects.live(now=now).filter(pk=claims.session_id).first()
    if session is None or session.refresh_jti == claims.jti:
        return errors.SessionEnded()
    ended = Session.objects.filter(pk=session.pk, ended_at=None).update(
        ended_at=now, end_reason=SessionEnd.REFRESH_REUSED
    )
    if ended:
        audit.record(
            action="users.refresh-token-reused",
            subject_kind="users.session",
            subject_id=session.pk,
            actor_id=session.user_id,
            now=now,
            facts={"ip": device.ip, "device": device.name},
        )
    return errors.RefreshReused()


@use_case
def end_session(*, person_id: UUID, session_id: UUID, reason: SessionEnd, now: datetime) -> None:
    """End one of one's own sessions. Raises `SessionUnknown`, also for somebody else's."""
    mine = Session.objects.live(now=now).filter(pk=session_id, user_id=person_id)
    if not mine.update(ended_at=now, end_reason=reason):
        raise errors.SessionUnknown


@use_case
def end_sessions_as_admin(*, session_ids: Collection[UUID], actor_id: UUID, now: datetime) -> int:
    """End these sessions, each in the audit log under the actor's name; how many were open."""
    ended = [
        session_id
        for session_id in sorted(session_ids)
        if Session.objects.filter(pk=session_id, ended_at=None).update(
            ended_at=now, end_reason=SessionEnd.ENDED_BY_ADMIN
        )
    ]
    for session_id in ended:
        audit.record(
            action="users.session-ended",
            subject_kind="users.session",
            subject_id=session_id,
            actor_id=actor_id,
            now=now,
        )
    return len(ended)


@use_case
def end_all_sessions(*, person_id: UUID, now: datetime) -> None:
    """End all of one's own sessions, this one included."""
    end_sessions(user_id=person_id, reason=SessionEnd.LOGOUT, now=now)


@use_case
def end_sessions_of(*, person_id: UUID, actor_id: UUID, now: datetime) -> int:
    """End all sessions of somebody, in the audit log under the actor's name; how many there were.

    Raises `PersonUnknown`.
    """
    if not User.objects.filter(pk=person_id).exists():
        raise errors.PersonUnknown
    ended = end_sessions(user_id=person_id, reason=SessionEnd.ENDED_BY_ADMIN, now=now)
    audit.record(
        action="users.sessions-ended",
        subject_kind="users.person",
        subject_id=person_id,
        actor_id=actor_id,
        now=now,
        facts={"sessions": ended},
    )
    return ended
