"""`manage.py load_holidays CO`: close on public holidays."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.holidays import load_holidays


class Command(BaseCommand):
    """Adds the dates that are missing; run it once a year."""

    help = "Load a country's public holidays as closed dates of every location."

    def add_arguments(self, parser: CommandParser) -> None:
        """The country and how far ahead."""
        parser.add_argument("country", help="ISO 3166 code: CO, MX, ES")
        parser.add_argument("--years", type=int, default=2)

    def handle(self, *args: Any, **options: Any) -> None:
        """Load them."""
        try:
            added = load_holidays(country=options["country"].upper(), years=options["years"])
        except ValueError as exc:
            raise CommandError(f"No holidays are known for {exc}.") from exc
        self.stdout.write(f"{added} dates added.")
