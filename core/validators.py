"""Validators of single values (CORE-13)."""

import re
from decimal import Decimal

import phonenumbers
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from core.money import STEPS

# DIAN's weights for the check digit, from the digit next to it outwards (Orden 4 of 1989).
NIT_WEIGHTS = (3, 7, 13, 17, 19, 23, 29, 37, 41, 43, 47, 53, 59, 67, 71)


def parse_phone(text: str, *, region: str | None = None) -> str:
    """The number in E.164. Raises `ValidationError` unless it can exist.

    `region` (ISO 3166) reads national numbers; without it the number must start with `+`.
    """
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException as exc:
        raise ValidationError(_("Escribe el teléfono con su indicativo: +57…"), "phone") from exc
    if not phonenumbers.is_valid_number(number):
        raise ValidationError(_("Ese número de teléfono no existe."), code="phone")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def validate_phone(text: str) -> None:
    """Raise `ValidationError` unless `text` is a possible number written in E.164."""
    if parse_phone(text) != text:
        raise ValidationError(_("Escribe el teléfono como +573001112233."), code="phone")


def nit_check_digit(number: str) -> int:
    """The check digit of a NIT without it: weighted sum modulo 11 (DIAN)."""
    total = sum(
        int(digit) * weight for digit, weight in zip(reversed(number), NIT_WEIGHTS, strict=False)
    )
    remainder = total % 11
    return remainder if remainder < 2 else 11 - remainder


def validate_nit(text: str) -> None:
    """Raise `ValidationError` unless `text` is `number-digit` with the right check digit."""
    match = re.fullmatch(r"(\d{6,15})-(\d)", text)
    if match is None:
        raise ValidationError(_("Escribe el NIT como 900123456-8."), code="nit")
    if nit_check_digit(match[1]) != int(match[2]):
        raise ValidationError(_("El dígito de verificación del NIT no corresponde."), code="nit")


def validate_price(amount: Decimal, currency: str = "COP") -> None:
    """Raise `ValidationError` for a negative amount or one the currency cannot be charged in."""
    if amount < 0:
        raise ValidationError(_("El valor no puede ser negativo."), code="money")
    if amount % STEPS.get(currency, Decimal("0.01")):
        raise ValidationError(_("El valor tiene decimales que esta moneda no cobra."), code="money")
