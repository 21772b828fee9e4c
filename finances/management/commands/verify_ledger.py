"""`manage.py verify_ledger`: prove that no peso is lost or invented (FIN-04)."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from finances.selectors.ledger import list_balances, verify
from finances.selectors.snapshots import one_snapshot


class Command(BaseCommand):
    """Prints balances and explained differences; fails and lists whatever has no explanation."""

    help = "Verify the double-entry ledger against settled payments."

    def handle(self, *args: Any, **options: Any) -> None:
        """Read everything in one snapshot and judge it."""
        with one_snapshot():
            balances, findings = list_balances(), verify()
        for balance in balances:
            self.stdout.write(f"{balance.account:<20} {balance.amount:>16} {balance.currency}")
        for finding in findings:
            if finding.is_explained:
                self.stdout.write(f"explained: {finding.text}")
        wrong = [finding.text for finding in findings if not finding.is_explained]
        if wrong:
            raise CommandError("The ledger does not hold:\n" + "\n".join(wrong))
        self.stdout.write("The ledger holds.")
