"""Attacks on classes: more people than seats, more classes than sessions in a package."""

from collections.abc import Sequence
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from spa.models import ClassSession
from studiozens.proof.attack import Attack, post
from studiozens.proof.books import Facts, Seats, Used, read_packages, read_seats
from studiozens.proof.crowd import Person
from studiozens.proof.ground import give_packages, hold_classes, offer_package
from studiozens.proof.wire import Ask

ROOMY = 500


class ClassAttack(Attack):
    """An attack on classes of the proof."""

    classes: list[ClassSession]

    @property
    def resources(self) -> Sequence[UUID]:
        return list({session.instructor.resource_id for session in self.classes})


class LastSeats(ClassAttack):
    """More people than seats; then who has one leaves while the others ask again."""

    title = _("cupos de una clase")
    slug = "cupos"
    share = 5
    refusals = frozenset({"SPA-CLASS-FULL"})

    def prepare(self) -> None:
        self.classes = hold_classes(
            self.scene.place,
            self.slug,
            capacity=max(self.scene.clients // 2, 1),
            number=self.rounds // 2 + 1,
        )
        self._untouched = list(self.classes)
        self._seated: dict[UUID, set[UUID]] = {}

    def attack(self) -> None:
        session = self._untouched.pop().pk
        seated = self._seated[session] = set[UUID]()
        people = self.scene.crowd.take(self.scene.clients, tries=2)
        answers = self.race([_enrol(person, session) for person in people])
        got_one = [answer.is_yes for answer in answers]
        seated |= {person.id for person, has_seat in zip(people, got_one, strict=True) if has_seat}
        answers = self.race(
            [
                _leave(person, session) if has_seat else _enrol(person, session)
                for person, has_seat in zip(people, got_one, strict=True)
            ]
        )
        # Who had a seat gave it up, who had none got one: either way it is now the other way round.
        seated ^= {person.id for person, a in zip(people, answers, strict=True) if a.is_yes}
        self.scene.crowd.give_back(people)

    def told(self) -> Facts:
        return {
            session: Seats(len(people), frozenset(people))
            for session, people in self._seated.items()
        }

    def held(self) -> Facts:
        return read_seats(sessions=self._seated)


class LastSession(ClassAttack):
    """Somebody wants several classes at once with the one session that a package has left."""

    title = _("la última sesión de un paquete")
    slug = "paquete"
    share = 5
    refusals = frozenset({"SPA-PACKAGE-USED-UP"})

    def prepare(self) -> None:
        number = self.scene.clients * (1 + self.rounds // (ROOMY // 2))
        self.classes = hold_classes(self.scene.place, self.slug, capacity=ROOMY, number=number)
        class_type = self.classes[0].class_type_id
        self._package = offer_package(
            self.scene.place, self.slug, services=[], class_types=[class_type], sessions=1
        )
        self._yes: dict[UUID, int] = {}

    def attack(self) -> None:
        several = min(self.scene.clients, self.scene.crowd.most_tries)
        (person,) = self.scene.crowd.take(1, tries=several)
        ((_owner, package),) = give_packages(
            package_id=self._package.pk, client_ids=[person.id], now=timezone.now()
        ).items()
        wanted = self.scene.chance.sample(self.classes, several)
        body = {"package": str(package)}
        answers = self.race([_enrol(person, session.pk, body) for session in wanted])
        self._yes[package] = sum(answer.is_yes for answer in answers)

    def told(self) -> Facts:
        return dict.fromkeys(self._yes, (1, Used(sessions_left=0, uses=1, places=1)))

    def held(self) -> Facts:
        found = read_packages(packages=self._yes)
        return {package: (yes, found.get(package)) for package, yes in self._yes.items()}


def _enrol(person: Person, session: UUID, body: dict[str, str] | None = None) -> Ask:
    return post(person, f"classes/sessions/{session}/enrol", body or {})


def _leave(person: Person, session: UUID) -> Ask:
    return post(person, f"classes/sessions/{session}/leave", {})
