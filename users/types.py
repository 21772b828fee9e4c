"""Values that cross the app's border."""

from dataclasses import dataclass
from uuid import UUID

from rest_framework.request import Request

from users.models import User


@dataclass(frozen=True, slots=True)
class Contact:
    """Who a person is to the apps above."""

    id: UUID
    phone: str
    first_name: str
    full_name: str
    email: str
    role: str
    is_vip: bool


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What the access token of a request proved."""

    session_id: UUID


@dataclass(frozen=True, slots=True)
class Device:
    """Where a request comes from."""

    name: str
    ip: str | None


@dataclass(frozen=True, slots=True)
class TokenPair:
    """What signs in: `access` on every request, `refresh` once, for the next pair."""

    access: str
    refresh: str


class AuthenticatedRequest(Request):
    """A request behind `IsPerson` or stricter."""

    user: User
    auth: SignedIn
