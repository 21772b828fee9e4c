"""One proof from its first account to the last visit put away."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random

from django.utils.translation import gettext as _

from core.selectors.settings import get_settings
from spa.models import BookingSettings
from studiozens.proof.attack import API, Attack, Scene, Score
from studiozens.proof.changes import CancelAtOnce, MoveAtOnce
from studiozens.proof.classes import LastSeats, LastSession
from studiozens.proof.crowd import Crowd
from studiozens.proof.ground import ProofProblem, open_place
from studiozens.proof.visits import SameKey, SameSlot, ShiftedSlots
from studiozens.proof.wire import NO_ANSWER, Ask, Wire

ATTACKS: tuple[type[Attack], ...] = (
    SameSlot,
    ShiftedSlots,
    SameKey,
    CancelAtOnce,
    MoveAtOnce,
    LastSeats,
    LastSession,
)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is asked of a proof."""

    url: str
    attempts: int
    clients: int
    seed: int


@contextmanager
def reached(plan: Plan) -> Iterator[Wire]:
    """Connections to the instance. Raises `ProofProblem` if it does not answer."""
    with Wire(plan.url, plan.clients) as wire:
        (alive,) = wire.at_once([Ask("", "/health/live")])
        if not alive.is_yes:
            raise ProofProblem(
                _(
                    "El servidor no responde en %(url)s (%(code)s). Inícialo con script/server, "
                    "o di dónde está con --url."
                )
                % {"url": plan.url, "code": alive.code}
            )
        yield wire


def attacks(plan: Plan, wire: Wire) -> Iterator[Score]:
    """Attack in every way; each yields its score when it is over. Raises `ProofProblem`."""
    crowd = Crowd()
    _introduce(wire, crowd, plan.url)
    scene = Scene(wire, crowd, open_place(), Random(plan.seed))  # noqa: S311 - repeatable, not secret
    kinds = [kind for kind in ATTACKS if kind is not MoveAtOnce or _may_move()]
    whole = sum(kind.share for kind in kinds)
    chosen = [kind(scene, -(-plan.attempts * kind.share // whole)) for kind in kinds]
    # All before the first: each new person or service makes every process read the studio again.
    for attack in chosen:
        attack.prepare()
    for attack in chosen:
        yield attack.run()


def _introduce(wire: Wire, crowd: Crowd, url: str) -> None:
    """Somebody of the crowd asks who they are: the server must know them as we do."""
    (person,) = crowd.take(1)
    (answer,) = wire.at_once([Ask(person.bearer, f"{API}/me")])
    crowd.give_back([person])
    if answer.status == NO_ANSWER or answer.body.get("id") != str(person.id):
        raise ProofProblem(
            _(
                "El servidor en %(url)s no conoce a los clientes de la prueba (%(code)s): usa otra "
                "base de datos u otra JWT_SIGNING_KEY que este comando."
            )
            % {"url": url, "code": answer.code}
        )


def _may_move() -> bool:
    return get_settings(BookingSettings).reschedule_limit > 0
