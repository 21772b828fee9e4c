"""Attacks on visits that are booked: given up by many hands, moved where others move."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.selectors.settings import get_settings
from spa.models import BookingSettings
from studiozens.proof.attack import booking, post
from studiozens.proof.books import Cancelled, Facts, read_cancelled
from studiozens.proof.crowd import Person
from studiozens.proof.ground import GRID, SHIFTS, give_packages, offer_package
from studiozens.proof.visits import SLOT_TAKEN, VisitAttack
from studiozens.proof.wire import Answer, Ask

ONE_IN = 4


@dataclass(slots=True)
class Booked:
    """Somebody's visit, at stake."""

    person: Person
    visit: UUID
    moves_left: int = 0


class CancelAtOnce(VisitAttack):
    """A visit that a package pays for is cancelled by many hands: one session comes back, once."""

    title = _("una misma cancelación")
    slug = "cancelar"
    share = 15
    refusals = frozenset({"SPA-TRANSITION-REFUSED"})
    # A package pays only for what costs something.
    price = Decimal(1000)
    sessions = 3

    def prepare(self) -> None:
        super().prepare()
        self._package = offer_package(
            self.scene.place,
            self.slug,
            services=[self.team.service],
            class_types=[],
            sessions=self.sessions,
        )
        self._packages: list[UUID] = []
        self._ready: list[Booked] = []
        self._yes: dict[UUID, int] = {}

    def attack(self) -> None:
        if not self._ready:
            self._ready = self._book()
        mine = self._ready.pop()
        path = f"appointments/{mine.visit}/cancel"
        hands = min(self.scene.clients, mine.person.tries)
        answers = self.race([post(mine.person, path, {}) for _hand in range(hands)])
        self._yes[mine.visit] = sum(answer.is_yes for answer in answers)
        del self.promised[mine.visit]

    def told(self) -> Facts:
        """Whoever asked, it was cancelled once, and nothing of it is left."""
        once = (1, Cancelled(times=1, rows=0, sessions_left=self.sessions))
        return {**super().told(), **dict.fromkeys(self._yes, once)}

    def held(self) -> Facts:
        found = read_cancelled(visits=self._yes, packages=self._packages)
        cancelled = {visit: (yes, found.get(visit)) for visit, yes in self._yes.items()}
        return {**super().held(), **cancelled}

    def _book(self) -> list[Booked]:
        """As many visits as there are clients, each paid for by a package of its client."""
        people = self.scene.crowd.take(self.scene.clients)
        given = give_packages(
            package_id=self._package.pk,
            client_ids=[person.id for person in people],
            now=timezone.now(),
        )
        self._packages += given.values()
        asks = []
        for person in people:
            window = self.team.window()
            start, (staff,) = window.begins.isoformat(), window.crew
            paid_by = str(given[person.id])
            asks.append(booking(person, self.team, start, staff, package=paid_by))
        answers = zip(people, self.must(asks), strict=True)
        return [Booked(person, self.note(person, answer)) for person, answer in answers]


class MoveAtOnce(VisitAttack):
    """Visits go where others go at the same instant, or a step aside within their own time."""

    title = _("mover al mismo hueco")
    slug = "mover"
    share = 15
    refusals = frozenset({SLOT_TAKEN})
    # One to fight for, and one or two for visits that take the place of those moved often enough.
    windows_a_round = 3

    def prepare(self) -> None:
        super().prepare()
        self._limit = get_settings(BookingSettings).reschedule_limit
        self._movable: list[Booked] = []

    def attack(self) -> None:
        if self.scene.chance.randrange(ONE_IN):
            self._into_one_window()
        else:
            self._within_its_own_time()

    def _into_one_window(self) -> None:
        rivals = self._visits(self.scene.clients, tries=1)
        window = self.team.window()
        (staff,) = window.crew
        asks = []
        for rival in rivals:
            rival.person.tries -= 1
            start = window.begins + self.scene.chance.randrange(SHIFTS) * GRID
            asks.append(_move(rival, start, staff))
        for rival, answer in zip(rivals, self.race(asks), strict=True):
            if answer.is_yes:
                self._note_move(rival, answer)
            self._movable.append(rival)

    def _within_its_own_time(self) -> None:
        """The same wish under several keys: one moves it, the others find it there."""
        hands = min(self.scene.clients, self.scene.crowd.most_tries - 1)
        (mine,) = self._visits(1, tries=hands)
        stands = self.promised[mine.visit]
        if stands.start is None or stands.staff is None:
            return
        asks = [_move(mine, stands.start + GRID, stands.staff)] * hands
        again = [replace(ask, key=f"{ask.key}-{hand}") for hand, ask in enumerate(asks)]
        if moved := [answer for answer in self.race(again) if answer.is_yes]:
            self._note_move(mine, moved[0])

    def _note_move(self, mine: Booked, answer: Answer) -> None:
        """It counts one move more, whatever the answer says."""
        moves = (self.promised[mine.visit].moves or 0) + 1
        self.note(mine.person, answer)
        self.promised[mine.visit] = replace(self.promised[mine.visit], moves=moves)
        mine.moves_left -= 1

    def _visits(self, count: int, *, tries: int) -> Sequence[Booked]:
        """So many visits that may still be moved; new ones are booked if need be."""
        useful = [one for one in self._movable if one.moves_left > 0 and one.person.tries > 0]
        chosen = [one for one in useful if one.person.tries >= tries][:count]
        self._movable = [one for one in useful if one not in chosen]
        return chosen + self._book(count - len(chosen))

    def _book(self, count: int) -> list[Booked]:
        people = self.scene.crowd.take(count)
        asks = []
        for person in people:
            window = self.team.window()
            start, (staff,) = window.begins.isoformat(), window.crew
            asks.append(booking(person, self.team, start, staff))
        answers = zip(people, self.must(asks), strict=True)
        return [
            Booked(person, self.note(person, answer), self._limit) for person, answer in answers
        ]


def _move(mine: Booked, start: datetime, staff: UUID) -> Ask:
    path = f"appointments/{mine.visit}/reschedule"
    return post(mine.person, path, {"start": start.isoformat(), "staff": str(staff)})
