"""Faults on demand: a provider that is down, slow, failing, or that loses its answers.

`down` closes the connection without an answer, as a host that went away does.
`lost_answer` takes the request (the message is sent, the transaction is made) and then closes the
connection without an answer: the caller cannot know, which is the case that matters most.
"""

import asyncio
import secrets
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SLOW_MS = 2000


class Mode(StrEnum):
    """What goes wrong."""

    DOWN = "down"
    SLOW = "slow"
    ERRORS = "errors"
    LOST_ANSWER = "lost_answer"
    OFF = "off"


class Provider(StrEnum):
    """Who can be faulty."""

    WOMPI = "wompi"
    PAYOUTS = "payouts"
    WHATSAPP = "whatsapp"
    TWILIO = "twilio"


@dataclass(frozen=True, slots=True)
class Fault:
    """`rate` is the share of requests that meet it; `code` chooses the provider's error."""

    mode: Mode
    rate: float = 1.0
    latency_ms: int = 0
    code: int | None = None

    def as_json(self) -> dict[str, object]:
        """As the control answers it."""
        return asdict(self)


NO_FAULT = Fault(Mode.OFF)
PREFIXES = {
    "/wompi/": Provider.WOMPI,
    "/payouts/": Provider.PAYOUTS,
    "/graph/": Provider.WHATSAPP,
    "/twilio/": Provider.TWILIO,
}


class Faults:
    """The present fault of each provider. Not stored: a restart heals everything."""

    def __init__(self) -> None:
        self._faults: dict[Provider, Fault] = {}

    def set(self, provider: Provider, fault: Fault) -> None:
        """Replace the provider's fault; `off` removes it."""
        self._faults[provider] = fault

    def clear(self) -> None:
        """Everybody is well again."""
        self._faults.clear()

    def all(self) -> dict[str, dict[str, object]]:
        """Every provider with its fault."""
        return {who.value: self._faults.get(who, NO_FAULT).as_json() for who in Provider}

    def met_by(self, path: str) -> tuple[Provider, Fault] | None:
        """The fault this request meets, if it meets one now."""
        if not self._faults:
            return None
        for prefix, provider in PREFIXES.items():
            if path.startswith(prefix):
                fault = self._faults.get(provider, NO_FAULT)
                lucky = secrets.randbelow(1_000_000) >= fault.rate * 1_000_000
                return None if fault.mode == Mode.OFF or lucky else (provider, fault)
        return None


class FaultMiddleware:
    """Stands before the providers and plays their faults."""

    def __init__(
        self,
        app: ASGIApp,
        faults: Faults,
        errors: Mapping[Provider, Callable[[int | None], Response]],
    ) -> None:
        self._app = app
        self._faults = faults
        self._errors = errors

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through, unless it meets a fault."""
        met = self._faults.met_by(scope["path"]) if scope["type"] == "http" else None
        if met is None:
            await self._app(scope, receive, send)
            return
        provider, fault = met
        await asyncio.sleep(fault.latency_ms / 1000)
        if fault.mode == Mode.SLOW:
            await self._app(scope, receive, send)
        elif fault.mode == Mode.ERRORS:
            await self._errors[provider](fault.code)(scope, receive, send)
        else:
            if fault.mode == Mode.LOST_ANSWER:
                await self._app(scope, receive, _swallow)
            await _drop(scope, receive)


async def _swallow(_message: Message) -> None:
    """The answer that nobody hears."""


async def _drop(scope: Scope, receive: Receive) -> None:
    scope["extensions"]["sandbox.drop"]()
    while (await receive())["type"] != "http.disconnect":
        pass
