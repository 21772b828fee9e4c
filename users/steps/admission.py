"""The one door to a session (USERS-05, NA-02)."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from core import audit
from core.db import requires_transaction
from core.errors import DomainError
from users import errors, metrics
from users.models import User
from users.steps.sessions import start_session
from users.types import Device, TokenPair


@dataclass(frozen=True, slots=True)
class Admission:
    """Somebody who is in."""

    person: User
    tokens: TokenPair


@requires_transaction
def admit(*, person: User, way: str, device: Device, now: datetime) -> Admission | DomainError:
    """A session for somebody who proved who they are, or the refusal, which is audited.

    The refusal is given back, not raised: raising it would undo the audit entry.
    """
    refusal = refuse_barred(person=person, way=way, device=device, now=now)
    counted = metrics.SIGN_INS.labels(way=way, outcome="refused" if refusal else "admitted")
    transaction.on_commit(counted.inc, robust=True)
    if refusal is not None:
        return refusal
    return Admission(person, start_session(user=person, device=device, now=now))


@requires_transaction
def refuse_barred(*, person: User, way: str, device: Device, now: datetime) -> DomainError | None:
    """`Banned` or `Inactive` for somebody who may not come in, audited; else `None`."""
    try:
        person.check_may_sign_in()
    except (errors.Banned, errors.Inactive) as refusal:
        audit.record(
            action="users.sign-in-refused",
            subject_kind="users.person",
            subject_id=person.pk,
            actor_id=person.pk,
            now=now,
            facts={"way": way, "code": refusal.code, "ip": device.ip},
        )
        return refusal
    return None
