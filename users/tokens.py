"""Signing and reading tokens: simplejwt writes them, PyJWT reads them (USERS-03)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import jwt
from django.utils import timezone
from rest_framework_simplejwt.state import token_backend
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken, Token

from users import errors
from users.types import TokenPair

SESSION_CLAIM = "sid"


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token of ours says: which session, and which token it is."""

    session_id: UUID
    jti: UUID


def sign_pair(*, user_id: UUID, session_id: UUID, refresh_jti: UUID, now: datetime) -> TokenPair:
    """A fresh access token and the refresh token named `refresh_jti`, valid from `now`."""
    refresh = _stamp(RefreshToken(), user_id, session_id, now)
    refresh["jti"] = refresh_jti.hex
    access = _stamp(AccessToken(), user_id, session_id, now)
    return TokenPair(access=str(access), refresh=str(refresh))


def _stamp(token: Token, user_id: UUID, session_id: UUID, now: datetime) -> Token:
    token["user_id"] = str(user_id)
    token[SESSION_CLAIM] = str(session_id)
    token.set_iat(at_time=now)
    token.set_exp(from_time=now)
    return token


def read_access(token: str) -> Claims:
    """What an access token says. Raises `TokenExpired` or `TokenInvalid`."""
    return _read(token, "access")


def read_refresh(token: str) -> Claims:
    """What a refresh token says. Raises `TokenExpired` or `TokenInvalid`."""
    return _read(token, "refresh")


def _read(token: str, token_type: str) -> Claims:
    now = timezone.now().timestamp()
    try:
        payload = _open(token)
        if payload["token_type"] != token_type or now < int(payload["iat"]):
            raise errors.TokenInvalid
        is_over = int(payload["exp"]) <= now
        claims = Claims(session_id=UUID(payload[SESSION_CLAIM]), jti=UUID(payload["jti"]))
    except (jwt.InvalidTokenError, KeyError, ValueError, TypeError, AttributeError) as exc:
        raise errors.TokenInvalid from exc
    if is_over:
        raise errors.TokenExpired
    return claims


def _open(token: str) -> dict[str, Any]:
    """What it says, once algorithm, key and issuer are ours.

    Its times are judged by the clock all else goes by, which may be ahead (`core.moved_clock`).
    """
    return jwt.decode(
        token,
        token_backend.prepared_signing_key,
        algorithms=[token_backend.algorithm],
        issuer=token_backend.issuer,
        options={"verify_exp": False, "verify_iat": False},
    )
