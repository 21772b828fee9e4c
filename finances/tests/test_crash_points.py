"""The points at which workers are killed are explained to whoever looks after money."""

import re
from pathlib import Path

from django.conf import settings

from finances.tests.crashes import CRASHES


def test_each_point_is_explained_to_whoever_looks_after_money() -> None:
    page = (Path(settings.BASE_DIR) / "docs" / "money.md").read_text()
    table = page.partition("## When a process dies")[2].partition("## Proof")[0]
    explained: dict[str, list[str]] = {}
    activity = ""
    for row in table.splitlines():
        if row.startswith("| ") and "`" in row:
            _, name, points, *_ = (cell.strip() for cell in row.split("|"))
            activity = name or activity
            explained.setdefault(activity, []).extend(re.findall("`([^`]+)`", points))

    assert {activity: sorted(points) for activity, points in explained.items()} == {
        activity: sorted(f"{point.when} {point.name}" for point in points)
        for activity, points in CRASHES.items()
    }
