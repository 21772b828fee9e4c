"""One way to hurt the studio: rounds of requests at the same instant, and its own accounting."""

import time
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import ClassVar
from uuid import UUID, uuid4

from django.utils.translation import gettext as _
from django_stubs_ext import StrOrPromise

from spa.selectors.overlaps import count_overlaps
from studiozens.proof.books import Facts, compare
from studiozens.proof.crowd import Crowd, Person
from studiozens.proof.ground import Place, ProofProblem, Team
from studiozens.proof.wire import Answer, Ask, Wire

API = "/api/v1"


@dataclass(frozen=True, slots=True)
class Scene:
    """What all attacks share."""

    wire: Wire
    crowd: Crowd
    place: Place
    chance: Random

    @property
    def clients(self) -> int:
        """How many ask at once."""
        return self.wire.clients


@dataclass(slots=True)
class Score:
    """What one attack came to. `overlaps` and `lost` must be none, and so must `errors`."""

    title: StrOrPromise
    attempts: int = 0
    yes: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    overlaps: int = 0
    lost: list[str] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Attempts a second, preparations aside."""
        return self.attempts / self.seconds if self.seconds else 0.0


class Attack(ABC):
    """Attacks `attempts` times, then lays what clients were told beside what the tables hold."""

    title: ClassVar[StrOrPromise]
    # Tells its people, services and classes from those of the others.
    slug: ClassVar[str]
    # Of a hundred attempts.
    share: ClassVar[int]
    # The only ways in which a request of this attack may be refused.
    refusals: ClassVar[frozenset[str]]

    def __init__(self, scene: Scene, attempts: int) -> None:
        self.scene = scene
        self.attempts = attempts
        self.score = Score(self.title)

    @property
    def rounds(self) -> int:
        """How many rounds there are at most."""
        return -(-self.attempts // self.scene.clients)

    @abstractmethod
    def prepare(self) -> None:
        """Make what is fought for."""

    @abstractmethod
    def attack(self) -> None:
        """One round."""

    @property
    @abstractmethod
    def resources(self) -> Sequence[UUID]:
        """All that it can take of the ledger."""

    @abstractmethod
    def told(self) -> Facts:
        """What must be true by what clients were told."""

    @abstractmethod
    def held(self) -> Facts:
        """What the tables hold."""

    def run(self) -> Score:
        """All rounds, then the accounts."""
        while self.score.attempts < self.attempts:
            self.attack()
        return self.judge()

    def judge(self) -> Score:
        """Look for overlaps and lost updates as the tables are now."""
        self.score.overlaps = count_overlaps(resource_ids=self.resources)
        self.score.lost = compare(self.told(), self.held())
        return self.score

    def race(self, asks: Sequence[Ask]) -> list[Answer]:
        """Send these at the same instant, and note how each was answered."""
        started = time.perf_counter()
        answers = self.scene.wire.at_once(asks)
        self.score.seconds += time.perf_counter() - started
        self.score.attempts += len(answers)
        for answer in answers:
            if answer.is_yes:
                self.score.yes += 1
            else:
                fits = answer.code in self.refusals and answer.status < 500
                (self.score.refused if fits else self.score.errors)[answer.code] += 1
        return answers

    def must(self, asks: Sequence[Ask]) -> list[Answer]:
        """Send preparations, which nobody disputes. Raises `ProofProblem` if one is refused."""
        answers = []
        for start in range(0, len(asks), self.scene.clients):
            answers += self.scene.wire.at_once(asks[start : start + self.scene.clients])
        for answer in answers:
            if not answer.is_yes:
                problem = answer.body.get("detail", "")
                raise ProofProblem(
                    _("%(attack)s: la preparación recibió %(code)s. %(problem)s")
                    % {"attack": self.title, "code": answer.code, "problem": problem}
                )
        return answers


def post(person: Person, path: str, body: Mapping[str, object], *, key: str = "") -> Ask:
    """A request of this client, under a key of its own unless one is given."""
    return Ask(person.bearer, f"{API}/{path}", body, key or uuid4().hex)


def booking(
    person: Person, team: Team, start: str, staff: UUID | None, *, key: str = "", package: str = ""
) -> Ask:
    """Book a visit with one of the team, or with whoever of it is free."""
    body = {
        "services": [str(team.service)],
        "location": str(team.location),
        "staff": None if staff is None else str(staff),
        "start": start,
        "package": package,
    }
    return post(person, "appointments", body, key=key)
