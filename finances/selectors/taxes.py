"""Reading what of a price is tax."""

from core.selectors.settings import get_settings
from finances.domain.taxes import Rates
from finances.models import FinanceSettings


def get_rates() -> Rates:
    """The rates of today. One read of the rules."""
    return get_settings(FinanceSettings).rates
