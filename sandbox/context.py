"""What every request can reach."""

from dataclasses import dataclass

from starlette.requests import Request

from sandbox.config import Settings
from sandbox.faults import Faults
from sandbox.messages import MessageLog
from sandbox.store import Store
from sandbox.webhooks import Webhooks
from sandbox.whatsapp.templates import Catalogue


@dataclass(frozen=True, slots=True)
class Sandbox:
    """One sandbox: settings, memory, and the way out."""

    settings: Settings
    store: Store
    messages: MessageLog
    webhooks: Webhooks
    faults: Faults
    templates: Catalogue


def sandbox_of(request: Request) -> Sandbox:
    """The sandbox that serves this request."""
    sandbox: Sandbox = request.app.state.sandbox
    return sandbox
