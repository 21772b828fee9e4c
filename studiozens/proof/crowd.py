"""The clients of the proof: accounts that belong to nobody, signed in as a login would do it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils import timezone

from core.rates import parse_rate
from notifications.domain.outcomes import NOBODYS_PHONES
from spa.models import Appointment
from users.models import Role, Session, SessionEnd, User
from users.tokens import sign_pair

DEVICE = "Prueba de concurrencia"
HOST_PHONE = f"{NOBODYS_PHONES}{0:012}"
BATCH = 100
# The rule of so many bookings an hour also counts what was cancelled.
RESTED = timedelta(hours=1)
# Below the usual 20 a minute, so that nobody's limit is what the proof meets.
MOST_TRIES = 18


@dataclass(slots=True)
class Person:
    """A signed-in client, and how many more requests they may send."""

    id: UUID
    bearer: str
    tries: int


class Crowd:
    """Whoever has nothing booked may ask again, as often as the limit per person allows."""

    def __init__(self) -> None:
        self.most_tries = _most_tries()
        self._idle: list[Person] = []

    def take(self, count: int, *, tries: int = 1) -> list[Person]:
        """So many people who may each send `tries` requests more; they are new if need be."""
        while len(able := [p for p in self._idle if p.tries >= tries]) < count:
            self._idle += _invite(BATCH, tries=self.most_tries)
        taken = able[:count]
        for person in taken:
            self._idle.remove(person)
            person.tries -= tries
        return taken

    def give_back(self, people: Iterable[Person]) -> None:
        """They have nothing booked and may ask for something else, before anybody new does."""
        self._idle[:0] = people


def _most_tries() -> int:
    rate = parse_rate(settings.THROTTLE_RATES["booking"])
    return MOST_TRIES if rate is None else min(MOST_TRIES, rate.limit)


def _invite(count: int, *, tries: int) -> list[Person]:
    """Accounts of an earlier proof if they have rested, and new ones."""
    now = timezone.now()
    with transaction.atomic():
        people = _rested(count, now)
        people += _registered(count - len(people), now)
        sessions = Session.objects.bulk_create(
            [
                Session(
                    user=person,
                    refresh_jti=uuid4(),
                    device=DEVICE,
                    started_at=now,
                    last_seen_at=now,
                    expires_at=now + settings.REFRESH_TOKEN_LIFETIME,
                )
                for person in people
            ]
        )
    return [Person(found.user_id, _sign(found, now), tries) for found in sessions]


def _sign(session: Session, now: datetime) -> str:
    pair = sign_pair(
        user_id=session.user_id, session_id=session.pk, refresh_jti=session.refresh_jti, now=now
    )
    return pair.access


def _ours() -> QuerySet[User]:
    return User.objects.filter(phone__startswith=NOBODYS_PHONES)


def _rested(count: int, now: datetime) -> list[User]:
    busy = Appointment.objects.filter(booked_at__gt=now - RESTED).values("client_id")
    idle = _ours().filter(is_active=False, banned_at=None).exclude(phone=HOST_PHONE)
    found = list(idle.exclude(pk__in=busy).order_by("phone")[:count])
    User.objects.filter(pk__in=[person.pk for person in found]).update(is_active=True)
    return found


def _registered(count: int, now: datetime) -> list[User]:
    last = _ours().aggregate(last=Max("phone"))["last"] or HOST_PHONE
    first = int(last.removeprefix(NOBODYS_PHONES)) + 1
    return User.objects.bulk_create(
        [
            User(
                phone=f"{NOBODYS_PHONES}{number:012}",
                phone_verified_at=now,
                first_name="Cliente",
                last_name=f"de prueba {number}",
                role=Role.CLIENT,
                password="!",  # noqa: S106 - a password nobody can have
            )
            for number in range(first, first + count)
        ]
    )


def host() -> UUID:
    """Who acts when the proof puts its things away: an account that cannot sign in."""
    person, _ = User.objects.get_or_create(
        phone=HOST_PHONE,
        defaults={
            "first_name": "Prueba",
            "last_name": "de concurrencia",
            "password": "!",
            "is_active": False,
        },
    )
    return person.pk


def dismiss(*, now: datetime) -> None:
    """Nobody of them can sign in any more."""
    open_ones = Session.objects.filter(user__phone__startswith=NOBODYS_PHONES, ended_at=None)
    open_ones.update(ended_at=now, end_reason=SessionEnd.ENDED_BY_ADMIN)
    _ours().filter(is_active=True).update(is_active=False)
