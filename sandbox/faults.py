"""Faults on demand: which of a provider's requests meet one, and which.

`down` closes the connection without an answer, as a host that went away does.
`lost_answer` takes the request (the message is sent, the transaction is made) and then closes the
connection without an answer: the caller cannot know, which is the case that matters most.
`timeout_before` and `timeout_after` never answer at all; only the second one took the request.
`errors_after` and `garbage` took it too, and answer with a 500 or with what nobody can read.
"""

import secrets
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from enum import StrEnum

SLOW_MS = 2000


class Mode(StrEnum):
    """What goes wrong."""

    DOWN = "down"
    SLOW = "slow"
    ERRORS = "errors"
    LOST_ANSWER = "lost_answer"
    TIMEOUT_BEFORE = "timeout_before"
    TIMEOUT_AFTER = "timeout_after"
    ERRORS_AFTER = "errors_after"
    GARBAGE = "garbage"
    OFF = "off"


class Provider(StrEnum):
    """Who can be faulty. Wompi's payouts are a product, and a host, of their own."""

    WOMPI = "wompi"
    PAYOUTS = "payouts"
    WHATSAPP = "whatsapp"
    TWILIO = "twilio"


@dataclass(frozen=True, slots=True)
class Fault:
    """`rate` is the share of requests that meet it; `code` chooses the provider's error.

    Only requests whose path holds `path` and whose method is `method` (empty: all) meet it, and
    only the next `left` of them (`None`: all).
    """

    mode: Mode
    rate: float = 1.0
    latency_ms: int = 0
    code: int | None = None
    path: str = ""
    method: str = ""
    left: int | None = None

    @property
    def is_scoped(self) -> bool:
        """Whether it is about some of the provider's requests only."""
        return bool(self.path or self.method)

    def concerns(self, method: str, path: str) -> bool:
        """Whether this request can meet it."""
        return self.path in path and self.method in {"", method}

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
    """The present faults of each provider. Not stored: a restart heals everything."""

    def __init__(self) -> None:
        self._faults: dict[Provider, list[Fault]] = {}

    def set(self, provider: Provider, fault: Fault) -> None:
        """Replace the fault of the same scope; `off` removes it, and without a scope all."""
        others = [
            known
            for known in self._faults.get(provider, [])
            if (known.path, known.method) != (fault.path, fault.method)
        ]
        if fault.mode != Mode.OFF:
            self._faults[provider] = [*others, fault]
        elif fault.is_scoped and others:
            self._faults[provider] = others
        else:
            self._faults.pop(provider, None)

    def clear(self) -> None:
        """Everybody is well again."""
        self._faults.clear()

    def all(self) -> dict[str, dict[str, object]]:
        """Every provider with its fault, and those of some of its requests."""
        return {who.value: self._shown(who) for who in Provider}

    def _shown(self, provider: Provider) -> dict[str, object]:
        faults = self._faults.get(provider, [])
        general = next((fault for fault in faults if not fault.is_scoped), NO_FAULT)
        scoped = [fault.as_json() for fault in faults if fault.is_scoped]
        return general.as_json() | {"scoped": scoped}

    def met_by(self, method: str, path: str) -> tuple[Provider, Fault] | None:
        """The fault this request meets, if it meets one now; it counts as met."""
        if not self._faults:
            return None
        for provider, fault in self._concerning(method, path):
            if secrets.randbelow(1_000_000) < fault.rate * 1_000_000:
                self._count(provider, fault)
                return provider, fault
        return None

    def _concerning(self, method: str, path: str) -> Iterator[tuple[Provider, Fault]]:
        """Those of a scope before the general one."""
        for prefix, provider in PREFIXES.items():
            if path.startswith(prefix):
                faults = self._faults.get(provider, [])
                for fault in sorted(faults, key=lambda fault: not fault.is_scoped):
                    if fault.concerns(method, path):
                        yield provider, fault

    def _count(self, provider: Provider, fault: Fault) -> None:
        if fault.left is None:
            return
        left = replace(fault, left=fault.left - 1)
        self.set(provider, left if left.left else replace(left, mode=Mode.OFF))
