"""The house's desk: one Django process over its database that does what a test asks.

Orders come as JSON, a line each, and are answered the same way. Starting Django costs seconds, so
it is started once; what a test does as a client it does over HTTP, never here.
"""

import gc
import json
import os
import sys
from collections.abc import Callable
from typing import Any

import django
from celery import current_app
from django.core.management import CommandError, call_command
from django.db import close_old_connections, transaction


def main() -> None:
    """Migrate, load the demonstration studio, say so, then follow orders until input ends."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "studiozens.settings")
    # Migrating makes a great many objects, and everybody waits for it.
    gc.disable()
    django.setup()
    call_command("migrate", interactive=False, verbosity=0)
    call_command("demo", stdout=sys.stderr)
    gc.enable()
    # The models it builds on exist only now.
    from studiozens.tests.journeys.a_month import backstage

    orders = ORDERS | backstage.ORDERS
    _answer("ready")
    for line in sys.stdin:
        order = json.loads(line)
        close_old_connections()
        _answer(orders[order.pop("do")](**order))


def _answer(value: object) -> None:
    sys.stdout.write(f"{json.dumps(value)}\n")
    sys.stdout.flush()


def invite(*, count: int) -> list[dict[str, str]]:
    """`count` new clients who are signed in."""
    # The models these build on exist only once Django is set up.
    from users.tests.factories import UserFactory, access_token

    # The stand-ins refuse some endings of phone numbers, 0000 among them.
    UserFactory.reset_sequence(1)
    with transaction.atomic():
        return [
            {"id": str(user.pk), "phone": user.phone, "token": access_token(user)}
            for user in UserFactory.create_batch(count)
        ]


def verify_ledger() -> str:
    """What `manage.py verify_ledger` complains about; empty when the books hold."""
    try:
        call_command("verify_ledger", stdout=sys.stderr)
    except CommandError as problem:
        return str(problem)
    return ""


def sweep(*, task: str) -> None:
    """Queue a sweep now, as Beat does when its time has come."""
    current_app.send_task(task)


ORDERS: dict[str, Callable[..., Any]] = {
    "invite": invite,
    "verify_ledger": verify_ledger,
    "sweep": sweep,
}

if __name__ == "__main__":
    main()
