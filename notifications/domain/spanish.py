"""Times and amounts as a person in Colombia reads them."""

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from core.money import STEPS

WEEKDAYS = ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo")
MONTHS = (
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "septiembre",
    "octubre",
    "noviembre",
    "diciembre",
)
SYMBOLS = {"COP": "$"}


def spell_moment(instant: str, timezone: str) -> str:
    """The wall clock of `timezone` at an ISO 8601 instant: "martes 1 de diciembre, 10:00 a. m."."""
    local = datetime.fromisoformat(instant).astimezone(ZoneInfo(timezone))
    half = "a. m." if local.hour < 12 else "p. m."
    return f"{_day(local)}, {local.hour % 12 or 12}:{local.minute:02} {half}"


def spell_day(day: str) -> str:
    """An ISO 8601 date: "martes 1 de diciembre de 2026"."""
    date_ = date.fromisoformat(day)
    return f"{_day(date_)} de {date_.year}"


def _day(day: date) -> str:
    return f"{WEEKDAYS[day.weekday()]} {day.day} de {MONTHS[day.month - 1]}"


def spell_amount(amount: str, currency: str) -> str:
    """An amount with its currency: "$ 48.000"; cents only where the currency has them."""
    whole, _, cents = f"{Decimal(amount):,.2f}".partition(".")
    digits = whole.replace(",", ".")
    if currency not in STEPS or cents != "00":
        digits = f"{digits},{cents}"
    return f"{SYMBOLS.get(currency, currency)} {digits}"
