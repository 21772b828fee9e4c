"""Bearer tokens: one query proves the session, the person and that both may still act."""

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from core.db import execute, fetch
from core.rows import Columns
from users import errors
from users.models import User
from users.tokens import read_access
from users.types import SignedIn

SEEN_EVERY = timedelta(minutes=1)

PERSON = Columns(User, "person")
# Written out because every request pays for it: the ORM takes longer to build it than PostgreSQL to
# answer it.
FIND = f"""
SELECT session.ended_at, session.expires_at, session.last_seen_at,
       {PERSON.sql}
  FROM users_session AS session
  JOIN users_user AS person ON person.id = session.user_id
 WHERE session.id = %s
"""  # noqa: S608 - our own column names
# Once a minute for everybody who asks anything, so its commit does not wait for the disk (ADR 51).
SEEN = """
UPDATE users_session SET last_seen_at = %s
  FROM (SELECT set_config('synchronous_commit', 'off', true)) AS unhurried
 WHERE id = %s AND last_seen_at = %s
"""


class SessionTokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer …` names a live session of somebody who may act (USERS-03 to 05)."""

    keyword = "Bearer"

    def authenticate(self, request: Request) -> tuple[User, SignedIn] | None:
        """The person and the session; `None` without a token.

        Raises `TokenInvalid`, `TokenExpired`, `SessionEnded`, `Banned` or `Inactive`.
        """
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if not scheme:
            return None
        if scheme.lower() != "bearer" or not token:
            raise errors.TokenInvalid
        claims = read_access(token.strip())
        now = timezone.now()
        user, seen_at = _load(claims.session_id, now)
        if now - seen_at >= SEEN_EVERY:
            execute(SEEN, [now, claims.session_id, seen_at])
        return user, SignedIn(session_id=claims.session_id)

    def authenticate_header(self, request: Request) -> str:
        """What turns a missing token into 401."""
        return self.keyword


def _load(session_id: Any, now: datetime) -> tuple[User, datetime]:
    found = fetch(FIND, [session_id])
    if not found:
        raise errors.SessionEnded
    ended_at, expires_at, seen_at, *values = found[0]
    user = PERSON.read(values)
    user.check_may_sign_in()
    if ended_at is not None or expires_at <= now:
        raise errors.SessionEnded
    return user, seen_at


class SessionTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the document describes it."""

    target_class = SessionTokenAuthentication
    name = "sessionToken"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """Bearer tokens in JWT form."""
        return {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
