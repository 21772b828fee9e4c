"""Documents point at what exists."""

import re
from pathlib import Path

import pytest

from studiozens.settings.env import BASE_DIR

LINK = re.compile(r"\]\((?!https?:)([^)#\s]+)")
HIDDEN = {".venv", ".data"}
PAGES = sorted(
    page.relative_to(BASE_DIR)
    for page in Path(BASE_DIR).rglob("*.md")
    if not HIDDEN & set(page.relative_to(BASE_DIR).parts)
)


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_link_of_a_document_leads_somewhere(page: Path) -> None:
    here = Path(BASE_DIR) / page

    broken = [link for link in LINK.findall(here.read_text()) if not (here.parent / link).exists()]

    assert broken == []
