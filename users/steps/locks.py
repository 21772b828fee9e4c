"""Locks on people."""

from uuid import UUID

from django.db import connection

from core.db import requires_transaction
from users import errors


@requires_transaction
def lock_person(*, person_id: UUID) -> None:
    """Hold the person's row until commit: whoever counts what one person has, holds it first.

    `FOR NO KEY UPDATE`: rows that refer to the person can still be inserted.
    Raises `PersonUnknown`.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT FROM users_user WHERE id = %s FOR NO KEY UPDATE", [person_id])
        if not cursor.rowcount:
            raise errors.PersonUnknown


@requires_transaction
def lock_welcome_person(*, person_id: UUID) -> None:
    """Hold the person's row as `lock_person` does, and refuse who is banned at this moment.

    A ban takes the same lock: who is banned first acts no more. Raises `PersonUnknown`, `Banned`.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT banned_at IS NOT NULL FROM users_user WHERE id = %s FOR NO KEY UPDATE",
            [person_id],
        )
        row = cursor.fetchone()
    if row is None:
        raise errors.PersonUnknown
    if row[0]:
        raise errors.Banned
