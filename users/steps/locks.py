"""Locks on people."""

from uuid import UUID

from core.db import requires_transaction
from users import errors
from users.models import User


@requires_transaction
def lock_person(*, person_id: UUID) -> None:
    """Hold the person's row until commit: whoever counts what one person has, holds it first.

    `FOR NO KEY UPDATE`: rows that refer to the person can still be inserted.
    Raises `PersonUnknown`.
    """
    held = User.objects.filter(pk=person_id).select_for_update(no_key=True).values_list("pk")
    if not held.first():
        raise errors.PersonUnknown
