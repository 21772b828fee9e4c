"""People."""

from typing import Any

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from core.models import BaseModel
from core.validators import validate_phone
from users import errors


class Role(models.TextChoices):
    """What a person is to the studio. VIP derives from the subscription; nobody can write it."""

    CLIENT = "client", "Cliente"
    VIP = "vip", "VIP"
    STAFF = "staff", "Personal"
    ADMIN = "admin", "Administración"


class UserManager(BaseUserManager["User"]):
    """Makes people; passwords are always hashed."""

    def create_user(self, phone: str, password: str | None = None, **fields: Any) -> "User":
        """A stored person; without a password only one-time codes sign in."""
        user = self.model(phone=phone, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, phone: str, password: str | None = None, **fields: Any) -> "User":
        """An administrator with every permission of the admin site."""
        owed = {"role": Role.ADMIN, "is_staff": True, "is_superuser": True}
        return self.create_user(phone, password, **{**owed, **fields})


class User(AbstractBaseUser, PermissionsMixin, BaseModel):
    """A person known by phone (USERS-01). `is_staff` opens the admin site, `role` the API."""

    phone = models.CharField("teléfono", max_length=16, unique=True, validators=[validate_phone])
    phone_verified_at = models.DateTimeField("teléfono verificado", null=True, blank=True)
    email = models.EmailField("correo", blank=True)
    first_name = models.CharField("nombre", max_length=80)
    last_name = models.CharField("apellido", max_length=80)
    role = models.CharField("rol", max_length=8, choices=Role, default=Role.CLIENT)
    is_active = models.BooleanField("activa", default=True)
    is_staff = models.BooleanField("entra a la administración", default=False)
    banned_at = models.DateTimeField("persona no grata desde", null=True, blank=True)
    ban_reason = models.CharField("motivo", max_length=200, blank=True)
    # Whether a rule banned the person rather than somebody: only such a ban may lift by itself.
    ban_is_automatic = models.BooleanField("automático", default=False, editable=False)

    objects = UserManager()

    USERNAME_FIELD = "phone"
    REQUIRED_FIELDS = ["first_name", "last_name"]

    class Meta:
        verbose_name = "persona"
        verbose_name_plural = "personas"
        constraints = [
            models.UniqueConstraint(
                Lower("email"), name="users_user_email_once", condition=~Q(email="")
            ),
            models.CheckConstraint(
                name="users_user_role_known",
                condition=Q(role__in=["client", "vip", "staff", "admin"]),
            ),
            models.CheckConstraint(
                name="users_user_automatic_ban_is_a_ban",
                condition=Q(ban_is_automatic=False) | Q(banned_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.full_name or self.phone

    @property
    def full_name(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}".strip()

    def check_may_sign_in(self) -> None:
        """Raise `Banned` or `Inactive` if no token may act for this person (USERS-05)."""
        if self.banned_at is not None:
            raise errors.Banned
        if not self.is_active:
            raise errors.Inactive
