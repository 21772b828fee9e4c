"""Signing in to the admin site: the same people, the same limits as the API (USERS-05, CORE-03)."""

from typing import Any

from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from core.counters import count_hit
from core.net import client_address
from core.rates import parse_rate
from users.models import User


class PersonBackend(ModelBackend):
    """Phone and password; nobody who is banned, nobody who guesses faster than `login` allows."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **credentials: Any,
    ) -> User | None:
        """The person, or `None`. Raises `PermissionDenied` to whoever tries too often."""
        if request is not None:
            _limit(client_address(request))
            _limit(f"phone:{str(username)[:40]}")
        found = super().authenticate(request, username=username, password=password, **credentials)
        return found if isinstance(found, User) else None

    def user_can_authenticate(self, user: Any) -> bool:
        """Asked at sign-in and at every request of a signed-in person."""
        return super().user_can_authenticate(user) and user.banned_at is None


def _limit(identity: str) -> None:
    rate = parse_rate(settings.THROTTLE_RATES["login"])
    if rate is None:
        return
    hits = count_hit(f"login:{identity}", seconds=rate.seconds, fail_closed=True)
    if hits > rate.limit:
        raise PermissionDenied
