"""`manage.py clock`: what time the demonstration has, and moving it on (CORE-21)."""

import logging
import re
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from core.errors import ProviderUnavailable
from core.moved_clock import moved_clock
from studiozens.demo.time_passes import let_time_pass

BACK = re.compile(r"-\d")
WRITTEN = re.compile(r"(?:(?P<days>\d+)d)?(?:(?P<hours>\d+)h)?(?:(?P<minutes>\d+)m)?")


class Command(BaseCommand):
    """Shows the time, or lets it pass and says what happened meanwhile."""

    help = "Show the demonstration's time; --forward lets it pass, and everything due happens."

    def run_from_argv(self, argv: list[str]) -> None:
        """A time with a sign before it is a time, which is refused as one, and no option."""
        super().run_from_argv([f" {word}" if BACK.match(word) else word for word in argv])

    def add_arguments(self, parser: CommandParser) -> None:
        """`--forward` and `--step`."""
        parser.add_argument("--forward", metavar="TIME", help="3d, 12h, 90m, 30d6h")
        parser.add_argument("--step", metavar="TIME", default="1h", help="1h unless said")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it, where there is a clock that can be moved."""
        clock = moved_clock()
        if clock is None:
            raise CommandError("Time is real here: no TEST_CLOCK is set.")
        if options["forward"]:
            # What every call to a provider logs would hide the days.
            logging.getLogger("core.http").setLevel(logging.WARNING)
            forward, step = _duration(options["forward"]), _duration(options["step"])
            try:
                for day in let_time_pass(clock, forward, step=step):
                    self.stdout.write(str(day))
            except ProviderUnavailable as exc:
                raise CommandError("The stand-ins do not answer: is script/server on?") from exc
        here = timezone.localtime()
        self.stdout.write(f"It is {here:%Y-%m-%d %H:%M} ({clock.offset} ahead).")


def _duration(text: str) -> timedelta:
    """`1d12h` as people write it. Raises `CommandError`."""
    if BACK.match(text.strip()):
        raise CommandError("The clock only goes forward: what has happened cannot un-happen.")
    found = WRITTEN.fullmatch(text)
    length = timedelta(**{unit: int(number or 0) for unit, number in _units(found)})
    if not length:
        raise CommandError(f"{text} is no time: write 3d, 12h, 90m or 1d12h.")
    return length


def _units(found: re.Match[str] | None) -> list[tuple[str, str | None]]:
    return list(found.groupdict().items()) if found else []
