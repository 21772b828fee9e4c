"""What the providers do by themselves, a moment later."""

import asyncio
from collections.abc import Callable

from sandbox.clock import Clock


class Timers:
    """Calls that wait for their moment; all can be dropped."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._waiting: set[asyncio.TimerHandle] = set()

    def at(self, instant: float, act: Callable[[], object]) -> None:
        """Call `act` when the clock, as it goes now, shows `instant`: moving it changes nothing."""

        def act_once() -> None:
            self._waiting.discard(handle)
            act()

        delay = max(0.0, instant - self._clock.now())
        handle = asyncio.get_running_loop().call_later(delay, act_once)
        self._waiting.add(handle)

    def forget(self) -> None:
        """Drop all of them."""
        for handle in self._waiting:
            handle.cancel()
        self._waiting.clear()
