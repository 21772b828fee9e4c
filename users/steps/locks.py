"""Locks on people."""

from uuid import UUID

from core.db import execute, fetch, requires_transaction
from users import errors


@requires_transaction
def lock_person(*, person_id: UUID) -> None:
    """Hold the person's row until commit: whoever counts what one person has, holds it first.

    `FOR NO KEY UPDATE`: rows that refer to the person can still be inserted.
    Raises `PersonUnknown`.
    """
    if not execute("SELECT FROM users_user WHERE id = %s FOR NO KEY UPDATE", [person_id]):
        raise errors.PersonUnknown


@requires_transaction
def lock_welcome_person(*, person_id: UUID) -> None:
    """Hold the person's row as `lock_person` does, and refuse who is banned at this moment.

    A ban takes the same lock: who is banned first acts no more. Raises `PersonUnknown`, `Banned`.
    """
    found = fetch(
        "SELECT banned_at IS NOT NULL FROM users_user WHERE id = %s FOR NO KEY UPDATE", [person_id]
    )
    if not found:
        raise errors.PersonUnknown
    if found[0][0]:
        raise errors.Banned
