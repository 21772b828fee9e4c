"""VIP or not, as whoever keeps memberships says (USERS-13)."""

from datetime import datetime
from uuid import UUID

from core.audit import record
from core.db import requires_transaction
from users.models import Role, User


@requires_transaction
def set_vip(*, person_id: UUID, is_vip: bool, now: datetime) -> bool:
    """Make a client VIP, or a VIP a client; `False` for everybody else, and when it is so. Audited.

    The only writer of that role: nothing of it comes from a request. One conditional UPDATE.
    """
    before, after = (Role.CLIENT, Role.VIP) if is_vip else (Role.VIP, Role.CLIENT)
    changed = User.objects.filter(pk=person_id, role=before).update(role=after, updated_at=now)
    if not changed:
        return False
    record(
        action="users.membership-changed",
        subject_kind="users.person",
        subject_id=person_id,
        actor_id=None,
        now=now,
        facts={"role": after.value},
    )
    return True
