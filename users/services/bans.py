"""People whom somebody at the studio bans, or welcomes again (USERS-10)."""

from datetime import datetime
from uuid import UUID

from core.use_cases import use_case
from users import errors
from users.domain.roles import may_manage
from users.models import User
from users.steps.bans import ban, lift_ban


@use_case
def ban_person(*, person_id: UUID, reason: str, actor_id: UUID, now: datetime) -> None:
    """Make somebody persona non grata, at once and everywhere; their future visits are cancelled.

    Raises `PersonUnknown`, `BanNotAllowed` (oneself, or somebody who can do more), `AlreadyBanned`.
    """
    _check(person_id, actor_id)
    if not ban(person_id=person_id, reason=reason, actor_id=actor_id, is_automatic=False, now=now):
        raise errors.AlreadyBanned


@use_case
def welcome_again(*, person_id: UUID, reason: str, actor_id: UUID, now: datetime) -> None:
    """Lift somebody's ban. Raises `PersonUnknown`, `BanNotAllowed`, `NotBanned`."""
    _check(person_id, actor_id)
    if not lift_ban(person_id=person_id, reason=reason, actor_id=actor_id, now=now):
        raise errors.NotBanned


def _check(person_id: UUID, actor_id: UUID) -> None:
    people = User.objects.in_bulk([person_id, actor_id])
    if person_id not in people:
        raise errors.PersonUnknown
    person, actor = people[person_id], people[actor_id]
    if person == actor or not may_manage(
        role=actor.role,
        is_superuser=actor.is_superuser,
        other_role=person.role,
        other_is_superuser=person.is_superuser,
    ):
        raise errors.BanNotAllowed
