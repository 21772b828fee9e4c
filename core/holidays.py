"""Public holidays of a country as closed dates (CORE-15), from the `holidays` library's rules."""

import holidays
from django.utils import timezone

from core.models import Holiday


def load_holidays(*, country: str, years: int) -> int:
    """Close every location on the public holidays of `country` (ISO 3166), this year and on.

    `years` counts calendar years from the current one. Dates that exist stay; returns how many
    dates are new. Raises `ValueError` for a country the library does not know.
    """
    if country not in holidays.list_supported_countries():
        raise ValueError(country)
    first = timezone.localdate().year
    known = holidays.country_holidays(country, years=range(first, first + years), language="es")
    rows = [Holiday(location=None, date=day, name=name[:80]) for day, name in known.items()]
    before = Holiday.objects.count()
    Holiday.objects.bulk_create(rows, ignore_conflicts=True)
    return Holiday.objects.count() - before
