"""Domain events: facts an app publishes for whoever stands above it.

An event is a frozen dataclass with a versioned topic (`app.subject.happened.vN`). Subscribers
register under a stable name in `AppConfig.ready()`; the outbox (`core.outbox`) owes each of them
one delivery.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self, TypeVar
from uuid import UUID

import msgspec

from core.ids import uuid7

TOPIC = re.compile(r"[a-z]+(\.[a-z_]+)+\.v\d+")

E = TypeVar("E", bound="Event")
Subscriber = Callable[[Any], None]


@dataclass(frozen=True, kw_only=True)
class Event:
    """A fact. `event_id` names this occurrence: what a subscriber does once, it keys by it."""

    topic: ClassVar[str] = ""
    event_id: UUID = field(default_factory=uuid7)

    def __init_subclass__(cls) -> None:
        if not TOPIC.fullmatch(cls.topic):
            raise TypeError(f"{cls.__name__}: topic {cls.topic!r} is not app.subject.happened.vN")

    @property
    def aggregate(self) -> str:
        """What the fact is about; deliveries of one aggregate keep their order."""
        return str(self.event_id)

    def dump(self) -> dict[str, Any]:
        """The event as JSON-safe values."""
        return dict(msgspec.to_builtins(self))

    @classmethod
    def load(cls, payload: dict[str, Any]) -> Self:
        """The event that `dump` wrote; fields a later version added take their defaults."""
        return msgspec.convert(payload, type=cls)


@dataclass(frozen=True, slots=True)
class Subscription:
    """Who reacts to a topic, under a name that outlives renames of the function."""

    name: str
    event_type: type[Event]
    react: Subscriber
    locks: bool


_by_topic: dict[str, list[Subscription]] = {}
_by_name: dict[str, Subscription] = {}


def subscribe(
    event_type: type[E], *, name: str, locks: bool = False
) -> Callable[[Callable[[E], None]], Callable[[E], None]]:
    """Register a reaction: one step call that joins the delivery's transaction.

    `locks`: it locks rows that people's requests lock too, and so shares no transaction with
    another one that does.
    """

    def register(react: Callable[[E], None]) -> Callable[[E], None]:
        if name in _by_name:
            raise RuntimeError(f"{name} is already subscribed")
        subscription = Subscription(name, event_type, react, locks)
        _by_name[name] = subscription
        _by_topic.setdefault(event_type.topic, []).append(subscription)
        return react

    return register


def subscriber_names(event: Event) -> list[str]:
    """The names that are owed this event."""
    return [subscription.name for subscription in _by_topic.get(event.topic, ())]


def takes_locks(subscriber: str) -> bool:
    """Whether a subscriber's reaction locks what people's requests lock; unknown ones do not."""
    return subscriber in _by_name and _by_name[subscriber].locks


def hand_over(subscriber: str, payload: dict[str, Any]) -> None:
    """Let one subscriber react to one stored event."""
    subscription = _by_name[subscriber]
    subscription.react(subscription.event_type.load(payload))


def catalogue() -> dict[str, list[str]]:
    """Topics and who listens, for the generated documentation."""
    return {topic: [s.name for s in found] for topic, found in sorted(_by_topic.items())}
