"""`manage.py verify_audit`: prove that nobody touched the audit log (CORE-05)."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.audit import find_broken_entry
from core.models import AuditEntry


class Command(BaseCommand):
    """Fails and names the first entry that does not fit its chain."""

    help = "Verify the hash chain of the audit log."

    def handle(self, *args: Any, **options: Any) -> None:
        """Walk the chain."""
        if (broken := find_broken_entry()) is not None:
            raise CommandError(f"The chain breaks at entry {broken.pk} of {broken.at.isoformat()}.")
        self.stdout.write(f"{AuditEntry.objects.count()} entries, the chain holds.")
