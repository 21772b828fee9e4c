"""People for tests."""

import factory
from django.db import transaction
from django.utils import timezone

from users.models import Role, User
from users.steps.sessions import start_session
from users.types import Device, TokenPair

PASSWORD = "una-clave-larga-42"


class UserFactory(factory.django.DjangoModelFactory[User]):
    """A client with a verified phone who signs in by one-time code."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    class Params:
        staff = factory.Trait(role=Role.STAFF)
        admin = factory.Trait(role=Role.ADMIN, is_staff=True, is_superuser=True)

    phone = factory.Sequence(lambda n: f"+57300{n % 10_000_000:07}")
    phone_verified_at = factory.LazyFunction(timezone.now)
    first_name = "Ana"
    last_name = factory.Sequence(lambda n: f"Rojas {n}")
    role = Role.CLIENT
    password = "!"

    @classmethod
    def with_password(cls, password: str = PASSWORD, **fields: object) -> User:
        """The same, who also has a password."""
        user = cls.create(**fields)
        user.set_password(password)
        user.save(update_fields=["password"])
        return user


def sign_in(user: User, *, device: str = "Prueba", ip: str = "127.0.0.1") -> TokenPair:
    """A session for `user`, as a login would open it."""
    with transaction.atomic():
        return start_session(user=user, device=Device(device, ip), now=timezone.now())


def access_token(user: User) -> str:
    """An access token of a new session."""
    return sign_in(user).access
