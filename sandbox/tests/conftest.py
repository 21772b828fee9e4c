"""One sandbox and one receiver a session; tests keep apart by their own references and phones."""

import secrets
from collections.abc import Iterator

import pytest

from sandbox.tests.process import StandIn, running
from sandbox.tests.receiver import Receiver

FAST = {
    "SANDBOX_WOMPI_SETTLE_SECONDS": "0.05",
    "SANDBOX_PAYOUTS_SETTLE_SECONDS": "0.05",
    "SANDBOX_STATUS_DELAY_SECONDS": "0",
}


@pytest.fixture(scope="session")
def receiver() -> Iterator[Receiver]:
    """Where the session's webhooks arrive. Tests that change its answers make their own."""
    receiver = Receiver()
    yield receiver
    receiver.close()


@pytest.fixture(scope="session")
def sandbox(receiver: Receiver) -> Iterator[StandIn]:
    """A well sandbox. Tests that make it ill start their own."""
    with running(PUBLIC_BASE_URL=receiver.url, **FAST) as stand_in:
        yield stand_in


@pytest.fixture
def own_receiver() -> Iterator[Receiver]:
    """A receiver for one test, that may be told what to answer."""
    receiver = Receiver()
    yield receiver
    receiver.close()


@pytest.fixture(scope="session")
def _spare_sandbox(receiver: Receiver) -> Iterator[StandIn]:
    with running(PUBLIC_BASE_URL=receiver.url, **FAST) as stand_in:
        yield stand_in


@pytest.fixture
def own_sandbox(_spare_sandbox: StandIn) -> StandIn:
    """A sandbox, empty and well, that one test at a time may make ill or empty."""
    _spare_sandbox.control("reset")
    return _spare_sandbox


@pytest.fixture
def reference() -> str:
    """A payment reference that nobody else uses."""
    return f"CITA-{secrets.token_hex(8)}"


@pytest.fixture
def phone() -> str:
    """A Colombian mobile that nobody else uses and every provider can reach."""
    return f"+57300{secrets.randbelow(1_000_000):06}7"
