"""What every request can reach."""

from dataclasses import dataclass

from starlette.requests import Request

from sandbox.clock import Clock
from sandbox.config import Settings
from sandbox.faults import Faults
from sandbox.messages import MessageLog
from sandbox.store import Store
from sandbox.timers import Timers
from sandbox.upcoming import Upcoming
from sandbox.webhooks import Webhooks
from sandbox.whatsapp.templates import Catalogue


@dataclass(frozen=True, slots=True)
class Sandbox:
    """One sandbox: settings, memory, and the way out."""

    settings: Settings
    store: Store
    clock: Clock
    timers: Timers
    messages: MessageLog
    webhooks: Webhooks
    faults: Faults
    upcoming: Upcoming
    templates: Catalogue

    def now(self) -> float:
        """The instant by the sandbox's clock: what the providers write."""
        return self.clock.now()


def sandbox_of(request: Request) -> Sandbox:
    """The sandbox that serves this request."""
    sandbox: Sandbox = request.app.state.sandbox
    return sandbox
