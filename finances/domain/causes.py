"""What finances itself names as the cause of a movement; other apps name their own."""

from enum import StrEnum


class Cause(StrEnum):
    """Kinds of rows of ours."""

    ATTEMPT = "finances.attempt"
    CREDIT_LOT = "finances.credit_lot"
    CREDIT_USE = "finances.credit_use"
    COUNTER_PAYMENT = "finances.counter_payment"
    CASH_MOVEMENT = "finances.cash_movement"
    CASH_SHIFT_OPENED = "finances.cash_shift.opened"
    CASH_SHIFT_CLOSED = "finances.cash_shift.closed"
    ADJUSTMENT = "finances.adjustment"
    REFUND = "finances.refund"
    REFUND_NOTE = "finances.refund_note"
    COMMISSION = "finances.commission"
    DAY = "finances.day"
    PAYOUT_LINE = "finances.payout_line"
    DIFFERENCE = "finances.difference"
    SUBSCRIPTION_PERIOD = "finances.subscription_period"
    SUBSCRIPTION_REST = "finances.subscription_period.rest"
    SUBSCRIPTION_CASHBACK = "finances.subscription_period.cashback"
    SUBSCRIPTION_REWARD = "finances.subscription_period.reward"
