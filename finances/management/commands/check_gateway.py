"""`manage.py check_gateway`: whether the configured keys open the configured gateway."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.errors import ProviderUnavailable
from finances.gateways.current import gateway
from finances.gateways.payouts_current import payouts_gateway


class Command(BaseCommand):
    """Names our account and its methods; fails with the gateway's reason."""

    help = "Ask the payment gateway who we are."

    def handle(self, *args: Any, **options: Any) -> None:
        """One call with each key: public, private, and that of payouts."""
        try:
            info = gateway().merchant_info()
            gateway().find_by_reference("SZ-CHECK")
            limit = payouts_gateway().daily_limit()
        except ProviderUnavailable as exc:
            raise CommandError(f"{exc.code}: {exc.detail}") from exc
        self.stdout.write(f"{info.name}: {', '.join(info.methods)}")
        self.stdout.write(f"Payouts: up to {limit} a day.")
        self.stdout.write("All keys are accepted.")
