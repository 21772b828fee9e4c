"""What finances itself names as the cause of a movement; other apps name their own."""

from enum import StrEnum


class Cause(StrEnum):
    """Kinds of rows of ours."""

    ATTEMPT = "finances.attempt"
    CREDIT_LOT = "finances.credit_lot"
    CREDIT_USE = "finances.credit_use"
    COUNTER_PAYMENT = "finances.counter_payment"
    ADJUSTMENT = "finances.adjustment"
