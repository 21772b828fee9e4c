"""Attacks on who gets a time: one slot, half a slot, one request sent twice."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid4

from django.utils.translation import gettext_lazy as _

from core.money import ZERO
from studiozens.proof.attack import Attack, booking
from studiozens.proof.books import Facts, Standing, count_visits, read_visits
from studiozens.proof.crowd import Person
from studiozens.proof.ground import GRID, SHIFTS, Team, gather_team
from studiozens.proof.wire import Answer

SLOT_TAKEN = "SPA-SLOT-TAKEN"


class VisitAttack(Attack):
    """An attack on a team's time; it remembers every visit that somebody was promised."""

    crew = 1
    needs_room = False
    price = ZERO
    windows_a_round = 1
    team: Team

    def prepare(self) -> None:
        """A team with enough windows for every round."""
        self.team = gather_team(
            self.scene.place,
            self.slug,
            windows=self.rounds * self.windows_a_round + self.scene.clients,
            crew=self.crew,
            needs_room=self.needs_room,
            price=self.price,
            chance=self.scene.chance,
        )
        self.promised: dict[UUID, Standing] = {}

    @property
    def resources(self) -> Sequence[UUID]:
        return self.team.resources

    def told(self) -> Facts:
        return self.promised

    def held(self) -> Facts:
        return read_visits(staff=self.team.staff, resources=self.resources)

    def note(self, person: Person, answer: Answer) -> UUID:
        """Remember a visit that was promised: now it must exist, once, with its time."""
        visit_id = UUID(answer.body["id"])
        self.promised[visit_id] = Standing(
            client=person.id,
            staff=UUID(answer.body["staff"]),
            start=datetime.fromisoformat(answer.body["start"]),
            moves=answer.body["reschedules"],
            rows=1 + self.needs_room,
            is_whole=True,
        )
        return visit_id

    def note_bookings(self, people: Sequence[Person], answers: Sequence[Answer]) -> None:
        """Remember who won; whoever lost has nothing booked and may try elsewhere."""
        for person, answer in zip(people, answers, strict=True):
            if answer.is_yes:
                self.note(person, answer)
            else:
                self.scene.crowd.give_back([person])


class SameSlot(VisitAttack):
    """Everybody wants one person at one time."""

    title = _("un mismo horario")
    slug = "horario"
    share = 25
    refusals = frozenset({SLOT_TAKEN})

    def attack(self) -> None:
        people = self.scene.crowd.take(self.scene.clients)
        window = self.team.window()
        start, (staff,) = window.begins.isoformat(), window.crew
        self.note_bookings(
            people, self.race([booking(person, self.team, start, staff) for person in people])
        )


class ShiftedSlots(VisitAttack):
    """Starts a step of the grid apart, with one of two people or with anybody, in a room."""

    title = _("horarios que se cruzan")
    slug = "cruces"
    share = 25
    refusals = frozenset({SLOT_TAKEN})
    crew = 2
    needs_room = True

    def attack(self) -> None:
        chance = self.scene.chance
        people = self.scene.crowd.take(self.scene.clients)
        window = self.team.window()
        asks = [
            booking(
                person,
                self.team,
                (window.begins + chance.randrange(SHIFTS) * GRID).isoformat(),
                chance.choice([*window.crew, None]),
            )
            for person in people
        ]
        self.note_bookings(people, self.race(asks))


class SameKey(VisitAttack):
    """One request that is sent several times at once: the app retried, the thumb slipped."""

    title = _("una misma Idempotency-Key")
    slug = "clave"
    share = 10
    refusals = frozenset({"CORE-IDEMPOTENCY-IN-FLIGHT"})

    def prepare(self) -> None:
        super().prepare()
        self.people: dict[UUID, int] = {}

    def attack(self) -> None:
        times = min(self.scene.clients, self.scene.crowd.most_tries)
        (person,) = self.scene.crowd.take(1, tries=times)
        window = self.team.window()
        ask = booking(person, self.team, window.begins.isoformat(), window.crew[0], key=uuid4().hex)
        promised = [answer for answer in self.race([ask] * times) if answer.is_yes]
        self.people[person.id] = 1 if promised else 0
        for answer in promised:
            self.note(person, answer)

    def told(self) -> Facts:
        return {**super().told(), **self.people}

    def held(self) -> Facts:
        return {**super().held(), **count_visits(people=self.people)}
