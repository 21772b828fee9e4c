"""`manage.py reconcile`: compare days with the providers' books (FIN-06)."""

from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from core.errors import DomainError
from finances.domain.reconciliation import DayStatus
from finances.services.reconciliation import reconcile_day, reconcile_due


class Command(BaseCommand):
    """Compares one day again, or every day that is due; fails when the day cannot be compared."""

    help = "Compare our books with the payment gateway's and the payouts provider's."

    def add_arguments(self, parser: CommandParser) -> None:
        """Which day."""
        parser.add_argument("--day", type=date.fromisoformat, help="a local day, 2026-12-31")

    def handle(self, *args: Any, **options: Any) -> None:
        """Say how it went; people see to differences in the admin."""
        day = options["day"]
        if day is None:
            count = reconcile_due(now=timezone.now())
            self.stdout.write(f"Days compared: {count}")
            return
        try:
            run = reconcile_day(day=day, now=timezone.now(), is_again=True)
        except DomainError as refusal:
            raise CommandError(refusal.detail) from refusal
        self.stdout.write(f"{run.day}: {run.status}, {run.found} differences")
        self.stdout.write(f"paid        {run.paid_there:>16} there {run.paid_here:>16} here")
        self.stdout.write(
            f"refunded    {run.refunded_there:>16} there {run.refunded_here:>16} here"
        )
        self.stdout.write(
            f"paid out    {run.paid_out_there:>16} there {run.paid_out_here:>16} here"
        )
        if run.status == DayStatus.FAILED:
            raise CommandError(f"It could not be compared: {run.problem}")
