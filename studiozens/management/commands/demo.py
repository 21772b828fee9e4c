"""`manage.py demo`: the demonstration studio."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.holidays import load_holidays
from spa.tasks import make_classes
from studiozens.demo.accounts import table
from studiozens.demo.load import load_demonstration


class Command(BaseCommand):
    """Loads it, or prints the accounts."""

    help = "Load the demonstration studio (safe to repeat); --accounts prints who can sign in."

    def add_arguments(self, parser: CommandParser) -> None:
        """`--accounts`."""
        parser.add_argument("--accounts", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it, outside production only."""
        if settings.ENVIRONMENT == "production":
            raise CommandError("The demonstration has public passwords: not in production.")
        if options["accounts"]:
            self.stdout.write(table())
            return
        load_demonstration()
        load_holidays(country="CO", years=2)
        make_classes()
        self.stdout.write("The demonstration studio is loaded.")
