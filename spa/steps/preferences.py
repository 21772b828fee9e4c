"""Whom clients like to be served by: remembered when they ask for somebody (SPA-02)."""

from uuid import UUID

from core.db import execute, requires_transaction
from core.ids import uuid7
from spa.models import ClientRecord

REMEMBER = """
INSERT INTO spa_clientrecord AS record
       (id, created_at, updated_at, client_id, preferred_staff_id)
VALUES (%(id)s, now(), now(), %(client)s, %(staff)s)
    ON CONFLICT (client_id) DO UPDATE SET preferred_staff_id = EXCLUDED.preferred_staff_id,
                                          updated_at = now()
 WHERE record.preferred_staff_id IS DISTINCT FROM EXCLUDED.preferred_staff_id
"""


@requires_transaction
def remember_preference(*, client_id: UUID, staff_id: UUID) -> None:
    """The client asked for this person: who serves them next if they do not say. One statement."""
    execute(REMEMBER, {"id": uuid7(), "client": client_id, "staff": staff_id})


def preferred_staff(*, client_id: UUID) -> UUID | None:
    """Whom the client asked for last. One query."""
    found = ClientRecord.objects.filter(client_id=client_id)
    return found.values_list("preferred_staff_id", flat=True).first()
