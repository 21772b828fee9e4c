"""`manage.py lifecycle_diagrams`: the lives of rows as pictures in the pages that explain them."""

import re
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.lifecycles import Lifecycle
from finances.domain.subscriptions import MEMBERSHIP_LIFE
from spa.domain.classes import ENROLMENT_LIFE
from spa.domain.lifecycle import VISIT_LIFE

PAGES: dict[str, Lifecycle[Any]] = {
    "docs/booking.md": VISIT_LIFE,
    "docs/classes.md": ENROLMENT_LIFE,
    "docs/subscriptions.md": MEMBERSHIP_LIFE,
}
DRAWN = re.compile(r"(?<=```mermaid\n)stateDiagram-v2\n.*?(?=```)", re.DOTALL)


class Command(BaseCommand):
    """Draws each picture from its table, or checks it."""

    help = "Draw the lives of visits, places in classes and memberships; --check only looks."

    def add_arguments(self, parser: CommandParser) -> None:
        """`--check`."""
        parser.add_argument("--check", action="store_true", help="fail if a picture is old")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it."""
        for name, life in PAGES.items():
            path = settings.BASE_DIR / name
            text, picture = path.read_text(encoding="utf-8"), life.picture()
            if not options["check"]:
                path.write_text(DRAWN.sub(picture, text), encoding="utf-8")
            elif DRAWN.findall(text) != [picture]:
                raise CommandError(f"{name} is old: manage.py lifecycle_diagrams")
