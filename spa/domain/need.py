"""What a visit needs: how long, whose time, which rooms (SPA-01, SPA-03).

A visit is one chain of services, or several in parallel for people who come together. A chain is
served by one person if somebody knows it all, otherwise leg by leg.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from spa.domain.studio import AddOn, Treatment

STAFF = "STAFF"
CanServe = Callable[[frozenset[UUID]], bool]


@dataclass(frozen=True, slots=True)
class Stretch:
    """A need for something from `begin` to `end`, in minutes after the visit's start."""

    begin: int
    end: int

    def joined(self, later: "Stretch") -> "Stretch":
        """From the earlier begin to the later end."""
        return Stretch(min(self.begin, later.begin), max(self.end, later.end))

    def overlaps(self, other: "Stretch") -> bool:
        """Whether both go on at the same time."""
        return self.begin < other.end and other.begin < self.end


@dataclass(frozen=True, slots=True)
class Part:
    """One service of a chain, with what is added to it."""

    treatment: Treatment
    add_ons: tuple[AddOn, ...] = ()

    @property
    def duration(self) -> int:
        """Minutes, add-ons included."""
        return self.treatment.duration + sum(add_on.extra_minutes for add_on in self.add_ons)


@dataclass(frozen=True, slots=True)
class Chain:
    """Services one person gets, one after another; `staff_id` is who they want for all of it."""

    parts: tuple[Part, ...]
    staff_id: UUID | None = None

    @property
    def duration(self) -> int:
        """Minutes from the first service's begin to the last one's end."""
        return sum(part.duration for part in self.parts)


@dataclass(frozen=True, slots=True)
class Demand:
    """The time of one staff member or of one room of a kind.

    A shared demand is content with one lane of whom or what it takes (SPA-16).
    """

    kind: str
    stretch: Stretch
    is_shared: bool = False
    skill_ids: frozenset[UUID] = frozenset()
    staff_id: UUID | None = None

    @property
    def is_staff(self) -> bool:
        """Whether it is somebody's time that is needed."""
        return self.kind == STAFF


@dataclass(frozen=True, slots=True)
class Served:
    """When a part of a chain begins, and which demands (by number) serve it."""

    chain: int
    part: Part
    begin: int
    staff: int | None
    room: int | None


@dataclass(frozen=True, slots=True)
class VisitNeed:
    """All a visit needs. Demands that overlap in time need different people, rooms or lanes."""

    duration: int
    demands: tuple[Demand, ...]
    served: tuple[Served, ...]

    @classmethod
    def of(
        cls, chains: Sequence[Chain], *, usual_buffer: int, can_serve: CanServe = lambda _: True
    ) -> "VisitNeed":
        """The needs of parallel chains that begin together.

        Each need lasts from its first service's preparation to the end of its latest pause, so
        nobody and nothing changes in between. `can_serve` says whether one person knows it all.
        """
        builder = _Builder(usual_buffer, can_serve)
        for number, chain in enumerate(chains):
            builder.add(number, chain)
        return cls(
            max(chain.duration for chain in chains),
            tuple(builder.demands),
            tuple(builder.served),
        )

    @property
    def longest_stretch(self) -> int:
        """For how many minutes, at most, it keeps anybody or anything busy."""
        return max(demand.stretch.end - demand.stretch.begin for demand in self.demands)


class _Builder:
    """Collects demands chain by chain."""

    def __init__(self, usual_buffer: int, can_serve: CanServe) -> None:
        self._usual_buffer = usual_buffer
        self._can_serve = can_serve
        self.demands: list[Demand] = []
        self.served: list[Served] = []

    def add(self, number: int, chain: Chain) -> None:
        legs = list(_legs(chain, self._can_serve))
        begin, rooms, people = 0, dict[str, int](), dict[int, int]()
        for part, leg in zip(chain.parts, legs, strict=True):
            stretch = self._stretch(part, begin)
            staff = room = None
            if leg is not None:
                staff = people[leg] = self._demand(
                    people.get(leg), self._staff(part, chain, stretch)
                )
            if kind := part.treatment.room_kind:
                wanted = Demand(kind, stretch, part.treatment.shares_room)
                room = rooms[kind] = self._demand(rooms.get(kind), wanted)
            self.served.append(Served(number, part, begin, staff, room))
            begin += part.duration

    def _stretch(self, part: Part, begin: int) -> Stretch:
        own = part.treatment.buffer_after
        after = self._usual_buffer if own is None else own
        return Stretch(begin - part.treatment.buffer_before, begin + part.duration + after)

    @staticmethod
    def _staff(part: Part, chain: Chain, stretch: Stretch) -> Demand:
        return Demand(
            STAFF,
            stretch,
            part.treatment.is_low_supervision,
            _skills([part.treatment]),
            chain.staff_id,
        )

    def _demand(self, earlier: int | None, wanted: Demand) -> int:
        """The number of the demand; it grows if the same person or room is needed once more."""
        if earlier is None:
            self.demands.append(wanted)
            return len(self.demands) - 1
        known = self.demands[earlier]
        self.demands[earlier] = replace(
            known,
            stretch=known.stretch.joined(wanted.stretch),
            is_shared=known.is_shared and wanted.is_shared,
            skill_ids=known.skill_ids | wanted.skill_ids,
        )
        return earlier


def _legs(chain: Chain, can_serve: CanServe) -> Iterator[int | None]:
    """Per part the leg it belongs to, or `None` when nobody is needed.

    One person for all if anybody can, or if somebody was asked for; else as few handovers as
    going from service to service allows.
    """
    treatments = [part.treatment for part in chain.parts if part.treatment.requires_staff]
    is_whole = chain.staff_id is not None or can_serve(_skills(treatments))
    leg, skills = 0, frozenset[UUID]()
    for part in chain.parts:
        if not part.treatment.requires_staff:
            yield None
            continue
        own = _skills([part.treatment])
        if not is_whole and skills and not can_serve(skills | own):
            leg, skills = leg + 1, frozenset()
        skills |= own
        yield leg


def _skills(treatments: Sequence[Treatment]) -> frozenset[UUID]:
    return frozenset(t.skill_id for t in treatments if t.skill_id is not None)
