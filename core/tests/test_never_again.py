"""Failures of systems of this kind that belong to the platform (never-again.md, Platform)."""

import io
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from celery import current_app
from django.conf import settings
from django.core.cache import caches
from django.core.management import call_command
from django.db import transaction
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils.module_loading import import_string
from prometheus_client import REGISTRY
from rest_framework.settings import api_settings
from rest_framework.views import APIView

from core.api.exceptions import exception_handler
from core.api.throttling import ScopedThrottle
from core.ids import uuid7
from core.nudges import _key, heard, nudge_after_commit
from core.rates import parse_rate
from core.testing import race

# Names of labels that would grow with the business: whoever they are, whenever it was, wherever.
UNBOUNDED = re.compile(
    r"id$|^(user|person|client|phone|path|url|key|date|day|reference|name)s?$|_at$"
)


def routes(patterns: list[Any] | None = None, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for pattern in patterns if patterns is not None else get_resolver().url_patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, path)
        else:
            yield path, pattern


def api_views() -> list[tuple[str, type[APIView]]]:
    found = []
    for path, pattern in routes():
        view = getattr(pattern.callback, "cls", None)
        if path.startswith("api/v1/") and isinstance(view, type) and issubclass(view, APIView):
            found.append((path, view))
    return found


def test_na_43_the_handlers_are_registered_where_they_are_looked_for() -> None:
    assert api_settings.EXCEPTION_HANDLER is exception_handler
    for status in (400, 403, 404, 500):
        handler = get_resolver().resolve_error_handler(status)
        assert handler.__module__ == "core.api.exceptions"


def test_na_43_every_endpoint_is_throttled_by_a_scope_that_exists() -> None:
    views = api_views()

    assert views
    for path, view in views:
        assert ScopedThrottle in view.throttle_classes, path
        named = {
            getattr(view, "throttle_scope", "user"),
            *getattr(view, "throttle_scopes", {}).values(),
        }
        assert named <= set(settings.THROTTLE_RATES), path


def test_na_43_every_rate_of_ours_can_be_read() -> None:
    for text in settings.THROTTLE_RATES.values():
        parse_rate(text)
    assert set(settings.THROTTLE_FAIL_CLOSED) <= set(settings.THROTTLE_RATES)


@pytest.mark.django_db(transaction=True)
def test_na_44_a_nudge_is_muted_and_heard_under_one_key() -> None:
    task = "core.tasks.heartbeat"
    with transaction.atomic():
        nudge_after_commit(task)
    assert caches["counters"].get(_key(task)) == 1

    heard(task)

    assert caches["counters"].get(_key(task)) is None


def test_na_45_each_figure_is_registered_once_and_its_labels_are_bounded() -> None:
    families = [family for family in REGISTRY.collect() if family.name.startswith("studiozens")]

    assert [name for name, times in Counter(f.name for f in families).items() if times > 1] == []
    collectors = [c for c in set(REGISTRY._collector_to_names) if hasattr(c, "_labelnames")]
    for collector in collectors:
        if collector._name.startswith("studiozens"):
            assert not [name for name in collector._labelnames if UNBOUNDED.search(name)], collector


@pytest.mark.django_db
def test_na_45_ids_in_addresses_make_no_new_figures(api: Any) -> None:
    def samples() -> int:
        return sum(len(list(family.samples)) for family in REGISTRY.collect())

    def ask() -> None:
        api.get(f"/api/v1/appointments/{uuid7()}")
        api.get(f"/api/v1/{uuid7()}")

    ask()
    before = samples()
    for _ in range(20):
        ask()

    assert samples() == before


@pytest.mark.django_db
@pytest.mark.parametrize("word", ["csv", "json", "api", "xml", "nonsense"])
def test_na_46_a_format_in_the_query_reserves_nothing_and_breaks_no_list(
    api: Any, word: str
) -> None:
    lists = [path for path, view in api_views() if "<" not in path and hasattr(view, "get")]

    assert lists
    for path in lists:
        plain = api.get(f"/{path}")
        formatted = api.get(f"/{path}", {"format": word})
        # Who asks a provider says so where there is none.
        is_away = plain.status_code == 503 and plain.json()["code"] == "CORE-PROVIDER-UNAVAILABLE"
        assert plain.status_code < 500 or is_away, path
        assert formatted.status_code in {plain.status_code, 400}, path
        assert formatted["Content-Type"] == plain["Content-Type"] or formatted.status_code == 400


@pytest.mark.django_db
def test_na_47_no_migration_is_missing() -> None:
    out = io.StringIO()

    call_command("makemigrations", "--check", "--dry-run", stdout=out)

    assert out.getvalue() == "No changes detected\n"


def test_na_47_no_address_is_served_twice() -> None:
    paths = Counter(path for path, _pattern in routes() if not path.startswith("admin/"))

    assert [path for path, times in paths.items() if times > 1] == []


def test_na_47_every_scheduled_task_exists() -> None:
    current_app.loader.import_default_modules()

    for name, entry in settings.CELERY_BEAT_SCHEDULE.items():
        assert entry["task"] in current_app.tasks, name


@pytest.mark.django_db(transaction=True)
def test_every_scheduled_task_may_run_twice_at_once_and_late(sandbox: Any) -> None:
    current_app.loader.import_default_modules()
    for entry in settings.CELERY_BEAT_SCHEDULE.values():
        task = current_app.tasks[entry["task"]]

        assert race([task, task]) == [None, None], entry["task"]


def test_the_error_page_of_every_setting_is_a_name_that_exists() -> None:
    for name in ("EXCEPTION_HANDLER", "DEFAULT_SCHEMA_CLASS", "DEFAULT_PAGINATION_CLASS"):
        assert import_string(settings.REST_FRAMEWORK[name])
