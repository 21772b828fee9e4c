"""One house for all journeys of a test run, and what must be true of it after each of them."""

from collections.abc import Callable, Iterator

import pytest

from core.tests import leaks
from studiozens.tests.journeys.house import PROCESSES, House, open_house
from studiozens.tests.journeys.visitors import Visitor

CLIENTS = 320
OVERLAPS = """
SELECT (SELECT count(*) FROM spa_occupancy AS one
          JOIN spa_occupancy AS other ON other.resource_id = one.resource_id
           AND other.id > one.id AND other.during && one.during AND other.lanes && one.lanes)
     + (SELECT count(*) FROM spa_appointment AS one
          JOIN spa_appointment AS other ON other.staff_id = one.staff_id AND other.id > one.id
           AND tstzrange(other.starts_at, other.ends_at) && tstzrange(one.starts_at, one.ends_at)
         WHERE one.status = 'confirmed' AND other.status = 'confirmed')
"""
DEAD_LETTERS = """
SELECT (SELECT count(*) FROM core_outboxmessage WHERE status = 'DEAD')
     + (SELECT count(*) FROM core_inboxmessage WHERE status = 'DEAD')
     + (SELECT count(*) FROM notifications_delivery WHERE status = 'FAILED')
"""

Newcomer = Callable[[], Visitor]


HOUSE = pytest.StashKey[House]()


@pytest.fixture(scope="session")
def _house(request: pytest.FixtureRequest) -> Iterator[House]:
    with open_house() as house:
        request.config.stash[HOUSE] = house
        yield house
        assert _told_by(house) == []


def _told_by(house: House) -> list[str]:
    """Secrets in what its processes have logged."""
    known = leaks.of_settings()
    lines = [(name, line) for name in PROCESSES for line in house.log(name).splitlines()]
    ours = [(name, line) for name, line in lines if line.startswith("{")]
    return [f"{name}: {told}" for name, line in ours for told in leaks.tell(line, known)]


@pytest.fixture(scope="session")
def _clients(_house: House) -> Iterator[Visitor]:
    found = _house.ask("invite", count=CLIENTS)
    return iter([Visitor(_house, **client) for client in found])


@pytest.fixture
def house(_house: House) -> Iterator[House]:
    """The house, sound again when the test is over."""
    yield _house
    _house.standins.faults("all", "off")
    _house.rest()
    assert _house.dead() == []
    assert _house.count(OVERLAPS) == 0
    assert _house.count(DEAD_LETTERS) == 0
    assert _house.ask("verify_ledger") == ""


@pytest.fixture
def newcomer(house: House, _clients: Iterator[Visitor]) -> Newcomer:
    """Gives a signed-in client who has never booked, a new one at each call."""
    return lambda: next(_clients)


@pytest.fixture
def anybody(house: House) -> Visitor:
    """Somebody who is not signed in."""
    return Visitor(house)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Show the end of every process's log beside a failure."""
    report = yield
    house = item.config.stash.get(HOUSE, None)
    if report.failed and house is not None:
        for log in sorted(house.folder.glob("*.log")):
            report.sections.append((log.name, house.log(log.stem)[-3000:]))
    return report
