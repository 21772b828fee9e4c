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
