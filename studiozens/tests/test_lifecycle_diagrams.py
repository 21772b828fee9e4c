"""The pictures of lives in the documentation show exactly what the tables allow."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as configured
from django.core.management import CommandError, call_command

from studiozens.management.commands.lifecycle_diagrams import PAGES


def test_the_pictures_in_the_documentation_are_those_of_the_tables() -> None:
    call_command("lifecycle_diagrams", "--check")


@pytest.mark.parametrize("name", PAGES)
def test_an_old_picture_is_noticed_and_drawn_anew(name: str, tmp_path: Path, settings: Any) -> None:
    for page in PAGES:
        (tmp_path / page).parent.mkdir(exist_ok=True)
        shutil.copy(configured.BASE_DIR / page, tmp_path / page)
    page = tmp_path / name
    text = page.read_text(encoding="utf-8")
    first = PAGES[name].picture().splitlines()[1]
    page.write_text(text.replace(first, f"{first} once"), encoding="utf-8")
    settings.BASE_DIR = tmp_path

    with pytest.raises(CommandError, match=f"{name} is old"):
        call_command("lifecycle_diagrams", "--check")
    call_command("lifecycle_diagrams")

    assert page.read_text(encoding="utf-8") == text
