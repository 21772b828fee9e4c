"""Everything a start needs before the processes run, in one Django process instead of four."""

import hashlib
import os
import sys
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command

from studiozens.stack.folders import ROOT

FINGERPRINT = ".fingerprint"


def main() -> None:
    """Migrate, collect static files if they changed, load the demonstration, print its accounts."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "studiozens.settings")
    django.setup()
    call_command("migrate", interactive=False, verbosity=0)
    _collect_static(Path(settings.STATIC_ROOT))
    call_command("demo", stdout=sys.stderr)
    call_command("demo", accounts=True)


def _collect_static(target: Path) -> None:
    """Collect and compress, which takes seconds, only when something changed."""
    fingerprint = _fingerprint_of_sources()
    kept = target / FINGERPRINT
    if kept.exists() and kept.read_text() == fingerprint:
        return
    call_command("collectstatic", interactive=False, verbosity=0)
    kept.write_text(fingerprint)


def _fingerprint_of_sources() -> str:
    """One hash over the lock (the packages' files) and our own files' names and times."""
    digest = hashlib.sha256((ROOT / "requirements.txt").read_bytes())
    for path in sorted(ROOT.glob("[!.]*/static/**/*")):
        digest.update(f"{path}{path.stat().st_mtime_ns}".encode())
    return digest.hexdigest()


if __name__ == "__main__":
    main()
