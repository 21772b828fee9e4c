"""Who is paid by bank, and where: the studio's people, its developer, clients (FIN-07)."""

import re
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.crypto import EncryptedTextField, blind_index
from core.models import BaseModel
from core.validators import validate_nit

ONE_IN_FORCE = "finances_payee_one_in_force"
SHOWN_DIGITS = 4


class PayoutBank(models.Model):
    """A bank as the payouts provider names it; the list is read from there."""

    gateway_id = models.CharField("identificador", max_length=64, primary_key=True)
    name = models.CharField("nombre", max_length=120)
    # A bank the provider lists no more: whoever is paid there has to say another.
    is_listed = models.BooleanField("vigente", default=True)

    class Meta:
        verbose_name = "banco"
        verbose_name_plural = "bancos"

    def __str__(self) -> str:
        return self.name


class PayeeKind(models.TextChoices):
    """What somebody is paid for; `paid_as` says it to the provider."""

    STAFF = "staff", "Personal"
    DEVELOPER = "developer", "Desarrollador"
    CLIENT = "client", "Cliente"

    @property
    def paid_as(self) -> str:
        """The provider's `paymentType`."""
        return {"staff": "PAYROLL", "developer": "PROVIDERS"}.get(self.value, "OTHER")


class LegalIdKind(models.TextChoices):
    """Documents the provider takes."""

    CC = "CC", "Cédula de ciudadanía"
    CE = "CE", "Cédula de extranjería"
    NIT = "NIT", "NIT"


class AccountType(models.TextChoices):
    """Kinds of bank accounts."""

    SAVINGS = "AHORROS", "Ahorros"
    CURRENT = "CORRIENTE", "Corriente"


class Payee(BaseModel):
    """Where the money of one party goes. Never edited: other details are another row.

    So what a payout was sent with stays readable for ever, and two people's changes cannot mix.
    `party` is whose money it is on the ledger.
    """

    party = models.UUIDField("de quién es el dinero", editable=False)
    kind = models.CharField("clase", max_length=9, choices=PayeeKind, editable=False)
    name = models.CharField("titular", max_length=120)
    email = models.EmailField("correo", blank=True)
    legal_id_kind = models.CharField("tipo de documento", max_length=3, choices=LegalIdKind)
    legal_id = EncryptedTextField("documento")
    bank = models.ForeignKey(PayoutBank, models.PROTECT, related_name="+", verbose_name="banco")
    account_type = models.CharField("tipo de cuenta", max_length=9, choices=AccountType)
    account_number = EncryptedTextField("número de cuenta")
    # The same account by somebody else's name is worth a second look.
    fingerprint = models.CharField("huella de la cuenta", max_length=64, editable=False)
    registered_at = models.DateTimeField("registrado", editable=False)
    registered_by = models.ForeignKey(
        "users.User",
        models.PROTECT,
        related_name="+",
        editable=False,
        verbose_name="registrado por",
    )
    replaced_at = models.DateTimeField("reemplazado", null=True, blank=True, editable=False)

    class Meta:
        verbose_name = "beneficiario"
        verbose_name_plural = "beneficiarios"
        constraints = [
            models.UniqueConstraint(
                name=ONE_IN_FORCE, fields=["party"], condition=Q(replaced_at=None)
            ),
            models.CheckConstraint(
                name="finances_payee_kind_known", condition=Q(kind__in=PayeeKind.values)
            ),
            models.CheckConstraint(
                name="finances_payee_legal_id_kind_known",
                condition=Q(legal_id_kind__in=LegalIdKind.values),
            ),
            models.CheckConstraint(
                name="finances_payee_account_type_known",
                condition=Q(account_type__in=AccountType.values),
            ),
        ]
        indexes = [models.Index(name="finances_payee_account", fields=["fingerprint"])]

    def __str__(self) -> str:
        return f"{self.name} · {self.masked_account}"

    @property
    def masked_account(self) -> str:
        """The last digits of the account, and how long ago the rest was seen: never."""
        return f"••••{self.account_number[-SHOWN_DIGITS:]}"

    def clean_fields(self, exclude: Any = None) -> None:
        """Refuse documents and accounts that cannot be. Raises `ValidationError`."""
        super().clean_fields(exclude=exclude)
        wrong: dict[str, Any] = {}
        if not _may_be(self.legal_id_kind, self.legal_id):
            wrong["legal_id"] = _("Escribe solo los dígitos del documento.")
        if not re.fullmatch(r"[0-9]{6,20}", self.account_number):
            wrong["account_number"] = _("El número de cuenta tiene de 6 a 20 dígitos.")
        if wrong:
            raise ValidationError(wrong)
        if self.legal_id_kind == LegalIdKind.NIT:
            try:
                validate_nit(self.legal_id)
            except ValidationError as exc:
                raise ValidationError({"legal_id": exc.messages}) from exc

    def put_in_force(self, *, now: datetime) -> None:
        """Fill in what follows from the details, in memory."""
        account = f"{self.bank_id} {self.account_number}"
        self.fingerprint = blind_index(account, purpose="finances.payee.account")
        self.registered_at = now


def _may_be(kind: str, number: str) -> bool:
    """A NIT is written with its check digit, and judged by `validate_nit`."""
    return kind == LegalIdKind.NIT or re.fullmatch(r"[0-9]{4,12}", number) is not None
