"""An event and reactions to it, for tests and for the processes they start."""

import os
import signal
from dataclasses import dataclass
from uuid import uuid4

from core import events
from core.events import Event
from core.models import Location

WRITER = "core.test-writer"


@dataclass(frozen=True, kw_only=True)
class Noted(Event):
    """Something was noted about a subject."""

    topic = "core.test.noted.v1"
    subject: str = "one"
    text: str

    @property
    def aggregate(self) -> str:
        return self.subject


def write_down(text: str) -> None:
    """An effect anybody can see: one more row with this name."""
    Location.objects.create(name=text, slug=uuid4().hex, address="Calle 1", city="Bogotá")


def written() -> list[str]:
    """Every effect, in the order in which they were made."""
    return list(Location.objects.order_by("pk").values_list("name", flat=True))


class Refused(Exception):
    """The reaction could not be done."""


def write(event: Noted) -> None:
    """React with a row. Some texts are trouble."""
    write_down(event.text)
    if event.text == "refuse":
        raise Refused("no")
    if event.text == "die":
        os.kill(os.getpid(), signal.SIGKILL)


def listen(react: object = write, *, name: str = WRITER, locks: bool = False) -> None:
    """Subscribe a reaction."""
    events.subscribe(Noted, name=name, locks=locks)(react)


def forget(*names: str) -> None:
    """Unsubscribe."""
    for name in names:
        subscription = events._by_name.pop(name)
        events._by_topic[Noted.topic].remove(subscription)
