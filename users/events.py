"""Facts about people."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from core.events import Event


@dataclass(frozen=True, kw_only=True)
class PersonEvent(Event):
    """What every fact about a person says."""

    topic: ClassVar[str] = "users.person.changed.v1"
    person_id: UUID

    @property
    def aggregate(self) -> str:
        return str(self.person_id)


@dataclass(frozen=True, kw_only=True)
class PersonBanned(PersonEvent):
    """Somebody is persona non grata; `reason` says why, in Spanish and for the person."""

    topic: ClassVar[str] = "users.person.banned.v1"
    reason: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class AccountClosed(PersonEvent):
    """Somebody's account was closed by `by_id`: nobody acts for it any more."""

    topic: ClassVar[str] = "users.person.account_closed.v1"
    at: datetime
    by_id: UUID


@dataclass(frozen=True, kw_only=True)
class BanLifted(PersonEvent):
    """Somebody is welcome again."""

    topic: ClassVar[str] = "users.person.ban_lifted.v1"
