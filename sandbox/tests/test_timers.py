"""What the providers do by themselves, a moment later."""

import asyncio

from sandbox.clock import Clock
from sandbox.store import Store
from sandbox.timers import Timers


async def acts(*, forget: bool = False, move: float = 0.0) -> list[str]:
    """Two calls, a moment apart; what happened once the second one was made."""
    clock = Clock(Store(":memory:"))
    timers, done, over = Timers(clock), [], asyncio.Event()
    timers.at(clock.now() + 0.01, lambda: done.append("first"))
    if forget:
        timers.forget()
    timers.at(clock.now() + 0.05, over.set)
    clock.move(move)
    await asyncio.wait_for(over.wait(), timeout=10)
    return done


def test_a_call_is_made_when_its_moment_comes() -> None:
    assert asyncio.run(acts()) == ["first"]


def test_a_call_that_was_dropped_is_not_made() -> None:
    assert asyncio.run(acts(forget=True)) == []


def test_moving_the_clock_does_not_move_what_waits() -> None:
    assert asyncio.run(acts(move=-86_400.0)) == ["first"]
