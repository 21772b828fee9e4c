"""One typed reader of the environment: it collects all that is wrong and says it once (CORE-16)."""

import json
import os
import secrets
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from django.core.exceptions import ImproperlyConfigured

T = TypeVar("T")

BASE_DIR = Path(__file__).resolve().parents[2]
DATA_DIR = BASE_DIR / ".data"
ENVIRONMENTS = ("development", "test", "production")


class Environment:
    """Reads variables: each has a working default, and production owes most of them."""

    def __init__(self) -> None:
        self.problems: list[str] = []
        # Every variable anybody asked for: docs/settings.md must name them all.
        self.asked: set[str] = set()
        self.name = self._value("STUDIOZENS_ENV") or "development"
        if self.name not in ENVIRONMENTS:
            self.problems.append(f"STUDIOZENS_ENV must be one of {', '.join(ENVIRONMENTS)}")

    @property
    def is_development(self) -> bool:
        return self.name == "development"

    @property
    def is_production(self) -> bool:
        return self.name == "production"

    def text(self, name: str, *, default: str = "", required: bool = False) -> str:
        """The variable as text; `default` serves everywhere unless production must name it."""
        value = self._value(name)
        if value:
            return value
        if required and self.is_production:
            self.problems.append(f"{name} is required in production")
        return default

    def secret(self, name: str) -> str:
        """A secret of at least 32 characters; development generates and keeps its own."""
        value = self._value(name)
        if not value and not self.is_production:
            return _development_secret(name)
        if len(value) < 32:
            self.problems.append(f"{name} is required and must have at least 32 characters")
        return value

    def number(self, name: str, *, default: int) -> int:
        """The variable as a whole number."""
        return self._parsed(name, int, default, "a whole number")

    def decimal(self, name: str, *, default: float) -> float:
        """The variable as a number, for seconds and shares; never for money."""
        return self._parsed(name, float, default, "a number")

    def flag(self, name: str, *, default: bool) -> bool:
        """The variable as yes or no."""
        return self._parsed(name, _as_flag, default, "one of 1, 0, true, false, yes, no")

    def items(self, name: str, *, default: str = "") -> list[str]:
        """A comma-separated list without blanks."""
        return [
            item.strip() for item in self.text(name, default=default).split(",") if item.strip()
        ]

    def _parsed(self, name: str, parse: Callable[[str], T], default: T, shape: str) -> T:
        value = self._value(name)
        if not value:
            return default
        try:
            return parse(value)
        except ValueError:
            self.problems.append(f"{name} must be {shape}")
            return default

    def _value(self, name: str) -> str:
        self.asked.add(name)
        return os.environ.get(name, "")

    def finish(self) -> None:
        """Raise one message that lists everything wrong."""
        if self.problems:
            lines = "\n".join(f"  - {problem}" for problem in self.problems)
            raise ImproperlyConfigured(f"The environment is not usable:\n{lines}")


def _as_flag(value: str) -> bool:
    known = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
    if value.lower() not in known:
        raise ValueError(value)
    return known[value.lower()]


def _development_secret(name: str) -> str:
    """A random secret kept in `.data/secrets/`, so that sessions survive a restart."""
    folder = DATA_DIR / "secrets"
    path = folder / f"{name.lower()}.json"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.NamedTemporaryFile("w", dir=folder, delete=False) as draft:
            json.dump(secrets.token_urlsafe(48), draft)
        try:
            # link, not rename: of two processes that start at once, the first one's secret stays.
            os.link(draft.name, path)
        except FileExistsError:
            pass
        finally:
            Path(draft.name).unlink()
    return str(json.loads(path.read_text()))


env = Environment()
