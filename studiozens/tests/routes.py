"""Every route of the house, and who may call it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any
from uuid import UUID

from django.conf import settings
from django.urls import URLPattern, URLResolver, get_resolver

API = "api/v1/"
SOME_ID = UUID("01930000-0000-7000-8000-000000000000")
# One value per kind of path parameter, for routes that are only knocked at.
VALUES = {"uuid": str(SOME_ID), "int": "1", "slug": "algo", "str": "algo", "path": "algo"}


@dataclass(frozen=True, slots=True)
class Route:
    """One address with what answers it."""

    pattern: str
    callback: Callable[..., Any]
    is_admin: bool

    @property
    def view(self) -> Any:
        """The class behind the callback; `None` for plain functions."""
        return getattr(self.callback, "cls", getattr(self.callback, "view_class", None))

    @property
    def methods(self) -> list[str]:
        """What a DRF view answers to, besides OPTIONS."""
        actions = getattr(self.callback, "actions", None)
        offered = actions or [name for name in VERBS if hasattr(self.view, name)]
        return sorted(name.upper() for name in offered)

    @property
    def path(self) -> str:
        """An address that reaches it, with made-up parameters."""
        parts = []
        for part in f"/{self.pattern}".split("<"):
            parameter, closes, rest = part.rpartition(">")
            kind = parameter.partition(":")[0] if ":" in parameter else "str"
            parts.append(VALUES[kind] + rest if closes else part)
        return "".join(parts)


VERBS = ("get", "post", "put", "patch", "delete")


def all_routes() -> list[Route]:
    """All of `ROOT_URLCONF`, however deep."""
    return list(_walk(get_resolver().url_patterns, "", False))


def api_routes() -> list[Route]:
    """Those of the API."""
    return [route for route in all_routes() if route.pattern.startswith(API)]


def _walk(patterns: list[URLPattern | URLResolver], prefix: str, is_admin: bool) -> Iterator[Route]:
    for found in patterns:
        address = prefix + str(found.pattern)
        if isinstance(found, URLResolver):
            yield from _walk(found.url_patterns, address, is_admin or found.app_name == "admin")
        else:
            yield Route(address, found.callback, is_admin)


def allowed_callers() -> dict[str, str]:
    """The rows of `<app>/tests/access.py` of all apps: "METHOD path" → who may call it.

    Raises `ValueError` if two apps claim one row.
    """
    rows: dict[str, str] = {}
    for app in settings.INSTALLED_APPS:
        name = f"{app}.tests.access"
        if "." in app or find_spec(f"{app}.tests") is None or find_spec(name) is None:
            continue
        for row, callers in import_module(name).ALLOWED.items():
            if row in rows:
                raise ValueError(f"{row} stands in two tables")
            rows[row] = callers
    return rows
