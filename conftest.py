"""Fixtures of the whole house: callers, people, the stand-ins, a clean cache."""

import gc
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest
import redis
import requests
from django.conf import settings as django_settings
from django.db import connection
from hypothesis import HealthCheck
from hypothesis import settings as profile
from rest_framework.test import APIClient
from xdist.scheduler import LoadScopeScheduling

from core import testing
from users.models import User
from users.tests.factories import UserFactory, access_token

# How many examples on every run; the soak has a profile of its own (`studiozens.stack.deep`).
# Servers that are busy must not fail them.
_common = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
profile.register_profile("default", profile(max_examples=16, **_common))
profile.register_profile("ci", profile(max_examples=60, derandomize=True, **_common))
# By name from the environment, or as chosen by pytest's option, which comes before or after this.
profile.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or profile.get_current_profile_name())

# What any test logs is read: no secret is among it.
pytest_plugins = ["core.tests.leaks"]
ROOT = Path(__file__).parent
JOURNEYS, CLONE = "studiozens/tests/journeys/", "/test_fresh_clone.py"
PROVIDER_VARIABLES = ("WOMPI_", "WHATSAPP_", "TWILIO_")
# The last one marks a process as ours, so that it ends with the run whatever happens.
PASSED_ON = ("PATH", "HOME", "STUDIOZENS_STACK")


def pytest_configure(config: pytest.Config) -> None:
    """Give each worker a database of the cache server: they flush theirs before every test.

    The folder of static files is made too, because the web server's middleware misses it aloud.
    """
    Path(django_settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0")
    parts = urlsplit(django_settings.REDIS_URL)
    mine = urlunsplit(parts._replace(path=f"/{1 + int(worker.removeprefix('gw'))}"))
    django_settings.REDIS_URL = django_settings.CELERY_BROKER_URL = mine
    for cache in django_settings.CACHES.values():
        cache["LOCATION"] = mine
    # Loading all the tests makes a great many objects, and nothing of it can be given back.
    gc.disable()


def pytest_collection_finish() -> None:
    """What is loaded stays: nobody looks through it for garbage again."""
    gc.freeze()
    gc.enable()


@pytest.fixture
def all_read_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a race nobody writes before everybody has read: a control shows its damage for certain."""
    monkeypatch.setattr(testing, "meet_before", testing.WRITES)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None) -> Iterator[None]:
    """The test database, which nobody is connected to any more when it is dropped."""
    yield
    testing.hang_up()


@pytest.fixture(scope="session")
def _cache_server() -> redis.Redis:
    return redis.Redis.from_url(django_settings.REDIS_URL)


@pytest.fixture(autouse=True)
def _fresh_cache(_cache_server: redis.Redis) -> None:
    """Every test starts without copies, counters, queued tasks and open breakers."""
    _cache_server.flushdb()


class Together(LoadScopeScheduling):
    """A test goes to whoever is free; journeys stay together and come first: they share a house.

    Marks of groups do nothing here: pytest-xdist 3.8 writes them where pytest 9.2 does not look.
    """

    def _split_scope(self, nodeid: str) -> str:
        return "journeys" if nodeid.startswith(JOURNEYS) and CLONE not in nodeid else nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Together:
    """Who hands the tests out; the longest line of them first."""
    return Together(config, log)


class Caller(APIClient):
    """A client of the API; `as_` gives one that is signed in."""

    def as_(self, user: User) -> "Caller":
        """Another caller, who bears an access token of `user`."""
        caller = Caller()
        caller.credentials(HTTP_AUTHORIZATION=f"Bearer {access_token(user)}")
        return caller


@pytest.fixture
def api() -> Caller:
    """Somebody who is not signed in."""
    return Caller()


@pytest.fixture
def client_user(db: None) -> User:
    """A client."""
    return UserFactory.create()


@pytest.fixture
def staff_user(db: None) -> User:
    """A staff member."""
    return UserFactory.create(staff=True)


@pytest.fixture
def admin_user(db: None) -> User:
    """An administrator."""
    return UserFactory.create(admin=True)


@dataclass(frozen=True)
class Sandbox:
    """The stand-ins of the providers, over HTTP."""

    url: str

    def messages(self, to: str | None = None, channel: str | None = None) -> list[dict[str, Any]]:
        """What the providers "sent", newest first."""
        query = {"to": to, "channel": channel}
        found: list[dict[str, Any]] = self._call("GET", "messages", params=query)["messages"]
        return found

    def pay(self, reference: str, outcome: str, **more: Any) -> dict[str, Any]:
        """Act as the payer; sends the signed event unless `deliver=False`."""
        return self._call("POST", "wompi/pay", {"reference": reference, "outcome": outcome, **more})

    def faults(self, provider: str, mode: str, **more: Any) -> dict[str, Any]:
        """Make a provider faulty: `down`, `slow`, `errors`, `lost_answer`; `off` heals it."""
        return self._call("POST", "faults", {"provider": provider, "mode": mode, **more})

    def reset(self) -> None:
        """Forget everything."""
        self._call("POST", "reset", {})

    def _call(self, method: str, path: str, body: Any = None, params: Any = None) -> dict[str, Any]:
        url = f"{self.url}/_control/{path}"
        answer = requests.request(method, url, json=body, params=params, timeout=10)
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found


@pytest.fixture(scope="session")
def sandbox_process() -> Iterator[Sandbox]:
    """One process per worker, on a free port, with the keys of our settings."""
    keys = {
        name: str(getattr(django_settings, name))
        for name in dir(django_settings)
        if name.startswith(PROVIDER_VARIABLES) and not name.endswith("_URL")
    }
    # Its webhooks go where nobody listens: a test hands over what it wants delivered.
    paces = {
        "SANDBOX_PORT": "0",
        "PUBLIC_BASE_URL": "http://127.0.0.1:9",
        "SANDBOX_WOMPI_SETTLE_SECONDS": "0.02",
    }
    kept = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    environment = {**kept, **keys, **paces}
    process = subprocess.Popen(
        [sys.executable, "-m", "sandbox"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        announced = process.stdout.readline() if process.stdout else ""
        if "listening on" not in announced:
            pytest.fail(f"the sandbox did not start: {announced!r}")
        yield Sandbox(announced.split()[-1])
    finally:
        process.terminate()
        process.wait(timeout=10)
        if process.stdout is not None:
            process.stdout.close()


@pytest.fixture
def sandbox(sandbox_process: Sandbox, settings: Any) -> Sandbox:
    """The stand-ins without a past; the settings point at them."""
    sandbox_process.reset()
    url = sandbox_process.url
    settings.SANDBOX_URL = url
    settings.WOMPI_BASE_URL = f"{url}/wompi/v1"
    settings.WOMPI_CHECKOUT_URL = f"{url}/wompi/p/"
    settings.WOMPI_PAYOUTS_BASE_URL = f"{url}/payouts/v1"
    settings.WHATSAPP_BASE_URL = f"{url}/graph/v25.0"
    settings.TWILIO_BASE_URL = f"{url}/twilio"
    settings.TWILIO_VERIFY_BASE_URL = f"{url}/twilio/verify"
    return sandbox_process


@pytest.fixture
def drop() -> Iterator[Any]:
    """Takes constraints away; they are back after the test, whatever it leaves behind."""
    dropped: list[tuple[str, str, str]] = []

    def take_away(table: str, *names: str) -> None:
        with connection.cursor() as cursor:
            for name in names:
                cursor.execute(
                    "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = %s", [name]
                )
                (rule,) = cursor.fetchone()
                dropped.append((table, name, rule))
                cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")

    yield take_away
    with connection.cursor() as cursor:
        for table, name, rule in dropped:
            cursor.execute(f"TRUNCATE {table} CASCADE")
            cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {rule}")
