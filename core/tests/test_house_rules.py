"""Rules of the house that no linter knows: sizes and bans (house-style 3.2, 3.6)."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
FOLDERS = ("core", "users", "notifications", "finances", "spa", "studiozens", "sandbox", "bench")
LONGEST_FILE = 400
LONGEST_FUNCTION = 60


@cache
def sources(*, tests: bool) -> list[tuple[str, str]]:
    """Every Python file of ours, migrations aside, with its text."""
    return list(_read(tests=tests))


def _read(*, tests: bool) -> Iterator[tuple[str, str]]:
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            if "/migrations/" in name or (not tests and is_test(name)):
                continue
            yield name, path.read_text()


def is_test(name: str) -> bool:
    return "/tests/" in name or name == "core/testing.py"


def offenders(pattern: str, *, but: str = "^$", only: str = "") -> list[str]:
    """Lines of the product that match `pattern`, in files whose name does not match `but`."""
    return [
        f"{name}:{number}: {line.strip()}"
        for name, text in sources(tests=False)
        if not re.search(but, name) and re.search(only, name)
        for number, line in enumerate(text.splitlines(), 1)
        if re.search(pattern, line.partition("  #")[0])
    ]


def test_no_file_is_longer_than_a_stranger_reads() -> None:
    lengths = {name: text.count("\n") + 1 for name, text in sources(tests=True)}

    assert len(lengths) > 100
    assert {name: length for name, length in lengths.items() if length > LONGEST_FILE} == {}


def statements(node: ast.AST) -> Iterator[ast.AST]:
    """All statements below, leaving out what they are made of: no function hides in there."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.expr):
            yield child
            yield from statements(child)


def test_no_function_is_longer_than_a_screen() -> None:
    long = [
        f"{name}:{node.lineno} {node.name}"
        for name, text in sources(tests=True)
        for node in statements(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno + 1 > LONGEST_FUNCTION
    ]

    assert long == []


@pytest.mark.parametrize(
    ("pattern", "but"),
    [
        pytest.param(
            r"\.(delay|apply_async|send_task)\(", r"^core/nudges\.py$", id="na-31 tasks are sent"
        ),
        pytest.param(
            r"\b(requests|httpx|urllib3|aiohttp)\.(get|post|put|request|Session|Client)\b",
            r"^core/http\.py$|^sandbox/|^bench/",
            id="na-31 providers are called",
        ),
        pytest.param(
            r"\bos\.(environ|getenv)\b",
            r"^studiozens/settings/env\.py$|^studiozens/stack/|^sandbox/|^bench/"
            r"|^studiozens/(celery|wsgi)\.py$",
            id="the environment is read",
        ),
        pytest.param(r"ATOMIC_REQUESTS", "^$", id="every request is one transaction"),
        pytest.param(r"\bapps\.get_model\(", "^$", id="models are looked up by name"),
        pytest.param(r"\bselect_for_update\b", r"/(services|steps|selectors)/|^core/",
                     id="rows are locked at the edge"),
        pytest.param(r"\bdatetime\.(now|utcnow)\(\)|\btime\.sleep\(", r"^sandbox/|^bench/|/stack/",
                     id="the clock is read without a zone, or slept through"),
        pytest.param(r"\b(pre|post)_(save|delete|init)\b|\bm2m_changed\b", "^$",
                     id="model signals"),
        pytest.param(r"\b(TODO|FIXME|XXX|HACK)\b", "^$", id="work left lying about"),
        pytest.param(r"task_always_eager|TASK_ALWAYS_EAGER", "^$", id="eager tasks"),
        pytest.param(r"\bfloat\(.*(price|amount|total)|FloatField", "^$", id="na-20 money floats"),
    ],
)  # fmt: skip
def test_what_is_banned_happens_nowhere_else(pattern: str, but: str) -> None:
    assert offenders(pattern, but=but) == []


def test_views_ask_selectors_instead_of_the_tables() -> None:
    assert offenders(r"\.objects\.(get|create)\(|\.save\(", only=r"/api/.*\.py$") == []


def test_the_bans_can_see() -> None:
    assert re.search(r"\.(delay|apply_async|send_task)\(", "deliver.delay(1)")
    assert offenders(r"current_app\.send_task\(", only=r"^core/nudges\.py$")
    assert offenders(r"\bos\.environ\b", only=r"^studiozens/settings/env\.py$")
