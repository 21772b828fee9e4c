"""`manage.py subscription_diagram`: the life of a membership as a picture, from its table."""

import re
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from finances.domain.subscriptions import picture

PAGE = Path("docs", "subscriptions.md")
DRAWN = re.compile(r"(?<=```mermaid\n)stateDiagram-v2\n.*?(?=```)", re.DOTALL)


class Command(BaseCommand):
    """Prints, writes or checks the picture in `docs/subscriptions.md`."""

    help = "Print the picture; --write puts it into the page, --check fails if that is old."

    def add_arguments(self, parser: CommandParser) -> None:
        """`--write` and `--check`."""
        parser.add_argument("--write", action="store_true")
        parser.add_argument("--check", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it."""
        path = settings.BASE_DIR / PAGE
        if options["write"]:
            text = path.read_text(encoding="utf-8")
            path.write_text(DRAWN.sub(lambda _old: picture(), text), encoding="utf-8")
        elif options["check"]:
            if DRAWN.findall(path.read_text(encoding="utf-8")) != [picture()]:
                raise CommandError(f"{PAGE} is old: manage.py subscription_diagram --write")
        else:
            self.stdout.write(picture())
