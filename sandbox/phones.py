"""Phone numbers as the providers tell them apart."""

import re

E164 = re.compile(r"\+[1-9]\d{7,14}")
COLOMBIAN_MOBILE = re.compile(r"573\d{9}")


def digits(number: str) -> str:
    """Only the digits: `+57 300-111 2233` and `573001112233` are one phone."""
    return re.sub(r"\D", "", number)


def is_e164(number: str) -> bool:
    """Whether it is written as `+573001112233`; a Colombian one also has the right length."""
    if not E164.fullmatch(number):
        return False
    return not number.startswith("+57") or len(number) == len("+573001112233")


def can_receive_sms(number: str) -> bool:
    """A Colombian landline cannot; of other countries nothing is known here."""
    plain = digits(number)
    return not plain.startswith("57") or bool(COLOMBIAN_MOBILE.fullmatch(plain))
