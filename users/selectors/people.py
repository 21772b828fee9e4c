"""Reading people."""

from collections.abc import Iterable
from uuid import UUID

from users import errors
from users.models import Role, User
from users.types import Contact

FIELDS = ("id", "phone", "first_name", "last_name", "email", "role")


def get_contact(*, person_id: UUID) -> Contact:
    """The person's contact; one query. Raises `PersonUnknown`."""
    found = get_contacts(person_ids=[person_id])
    if person_id not in found:
        raise errors.PersonUnknown
    return found[person_id]


def get_contacts(*, person_ids: Iterable[UUID]) -> dict[UUID, Contact]:
    """The contacts of those who exist; one query."""
    people = User.objects.filter(pk__in=set(person_ids)).only(*FIELDS)
    return {person.pk: _as_contact(person) for person in people}


def find_person(*, phone: str) -> User | None:
    """Whose phone it is (E.164); one query."""
    return User.objects.filter(phone=phone).first()


def is_banned(*, person_id: UUID) -> bool:
    """Whether somebody is persona non grata at this moment; one query."""
    return User.objects.filter(pk=person_id, banned_at__isnull=False).exists()


def is_closed(*, person_id: UUID) -> bool:
    """Whether somebody's account is closed at this moment; one query."""
    return User.objects.filter(pk=person_id, is_active=False).exists()


def list_administrators() -> list[UUID]:
    """Who administers the studio now; one query."""
    people = User.objects.filter(role=Role.ADMIN, is_active=True)
    return list(people.order_by("pk").values_list("pk", flat=True))


def _as_contact(person: User) -> Contact:
    return Contact(
        id=person.pk,
        phone=person.phone,
        first_name=person.first_name,
        full_name=person.full_name,
        email=person.email,
        role=person.role,
        is_vip=person.role == Role.VIP,
    )
