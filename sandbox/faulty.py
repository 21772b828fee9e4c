"""Plays the faults: stands before the providers' routes."""

import asyncio
from collections.abc import Callable, Mapping

from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.faults import Fault, Faults, Mode, Provider

GARBAGE = '<html><body><h1>502 Bad Gateway</h1><!-- {"data": {"id": '
TIMEOUTS = {Mode.TIMEOUT_BEFORE, Mode.TIMEOUT_AFTER}
# They do the work before they go wrong.
TOOK_IT = {Mode.TIMEOUT_AFTER, Mode.LOST_ANSWER, Mode.ERRORS_AFTER, Mode.GARBAGE}


class FaultMiddleware:
    """Lets requests through, unless they meet a fault."""

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
        """Answer, or fail to."""
        is_request = scope["type"] == "http"
        met = self._faults.met_by(scope["method"], scope["path"]) if is_request else None
        if met is None:
            await self._app(scope, receive, send)
            return
        provider, fault = met
        await asyncio.sleep(fault.latency_ms / 1000)
        if fault.mode == Mode.SLOW:
            await self._app(scope, receive, send)
            return
        status = await self._take(scope, receive) if fault.mode in TOOK_IT else 0
        answer = self._answer(provider, fault, status)
        if answer is not None:
            await answer(scope, receive, send)
            return
        if fault.mode not in TIMEOUTS:
            scope["extensions"]["sandbox.drop"]()
        await _wait_for_the_caller_to_go(receive)

    async def _take(self, scope: Scope, receive: Receive) -> int:
        """Do the work; the status of the answer that nobody hears."""
        statuses: list[int] = []

        async def swallow(message: Message) -> None:
            if message["type"] == "http.response.start":
                statuses.append(int(message["status"]))

        await self._app(scope, receive, swallow)
        return statuses[0] if statuses else 200

    def _answer(self, provider: Provider, fault: Fault, status: int) -> Response | None:
        if fault.mode in {Mode.ERRORS, Mode.ERRORS_AFTER}:
            return self._errors[provider](fault.code)
        return HTMLResponse(GARBAGE, status) if fault.mode == Mode.GARBAGE else None


async def _wait_for_the_caller_to_go(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
