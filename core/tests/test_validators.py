"""Single values: phones, tax ids, prices (CORE-13)."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from core.validators import (
    nit_check_digit,
    parse_phone,
    validate_nit,
    validate_phone,
    validate_price,
)

# Companies of Colombia, as they print their NIT.
KNOWN_NITS = [
    "860002964-4",  # Banco de Bogotá
    "890903938-8",  # Bancolombia
    "899999068-1",  # Ecopetrol
    "890900608-9",  # Almacenes Éxito
    "830122566-1",  # Colombia Telecomunicaciones
    "800153993-7",  # Comcel
    "860034313-7",  # Davivienda
    "900123456-8",
]


@pytest.mark.parametrize("nit", KNOWN_NITS)
def test_a_nit_that_exists_is_accepted(nit: str) -> None:
    validate_nit(nit)


@pytest.mark.parametrize("nit", KNOWN_NITS)
def test_another_check_digit_is_refused(nit: str) -> None:
    for wrong in set("0123456789") - {nit[-1]}:
        with pytest.raises(ValidationError):
            validate_nit(nit[:-1] + wrong)


@given(st.from_regex(r"[1-9][0-9]{5,14}", fullmatch=True))
def test_the_check_digit_completes_any_number(number: str) -> None:
    validate_nit(f"{number}-{nit_check_digit(number)}")


@given(st.from_regex(r"[1-9][0-9]{8}", fullmatch=True), st.integers(0, 8), st.integers(1, 9))
def test_one_wrong_digit_is_noticed_unless_it_hides_in_the_last(
    number: str, position: int, shift: int
) -> None:
    digit = str((int(number[position]) + shift) % 10)
    typo = number[:position] + digit + number[position + 1 :]

    # Modulo 11 finds every single error but one: remainders 0 and 1 both print themselves.
    assert (
        nit_check_digit(typo) != nit_check_digit(number)
        or nit_check_digit(number) in {0, 1}
        or (typo[0] == "0")
    )


@pytest.mark.parametrize(
    "text", ["", "900123456", "900.123.456-8", "900123456-88", "12345-6", "x-1"]
)
def test_what_is_not_written_as_a_nit_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        validate_nit(text)


@pytest.mark.parametrize(
    ("text", "region", "number"),
    [
        ("+573001112233", None, "+573001112233"),
        ("300 111 2233", "CO", "+573001112233"),
        ("(601) 555 0000", "CO", "+576015550000"),
        ("+52 55 5555 5555", None, "+525555555555"),
        ("+1 500-555-0006", None, "+15005550006"),
    ],
)
def test_a_number_is_kept_in_e164(text: str, region: str | None, number: str) -> None:
    assert parse_phone(text, region=region) == number


@pytest.mark.parametrize("text", ["", "abc", "3001112233", "+57300111", "+57 30", "+9991234567890"])
def test_a_number_that_cannot_exist_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        parse_phone(text)


def test_a_stored_number_is_written_one_way() -> None:
    validate_phone("+573001112233")
    with pytest.raises(ValidationError):
        validate_phone("+57 300 111 2233")


@pytest.mark.parametrize(
    ("amount", "currency", "is_price"),
    [
        ("48000.00", "COP", True),
        ("0", "COP", True),
        ("48000.50", "COP", False),
        ("48000.50", "USD", True),
        ("-1", "COP", False),
    ],
)
def test_a_price_is_one_that_can_be_charged(amount: str, currency: str, is_price: bool) -> None:
    try:
        validate_price(Decimal(amount), currency)
    except ValidationError:
        assert not is_price
    else:
        assert is_price
