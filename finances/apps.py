"""The app's entry in Django."""

from typing import Any

from django.apps import AppConfig
from django.db import transaction
from django.db.models.signals import post_migrate


def create_accounts(**options: Any) -> None:
    """The ledger's accounts come with its tables, and again after a flush."""
    from finances.steps.ledger import ensure_accounts

    with transaction.atomic(using=options["using"]):
        ensure_accounts()


def probe_gateway() -> None:
    """The gateway knows our public key. Raises `ProviderUnavailable`."""
    from finances.gateways.current import gateway

    gateway().merchant_info()


def probe_payouts() -> None:
    """The payouts provider knows our key. Raises `ProviderUnavailable`."""
    from finances.gateways.payouts_current import payouts_gateway

    payouts_gateway().daily_limit()


class FinancesConfig(AppConfig):
    """Finances."""

    name = "finances"
    verbose_name = "Finanzas"

    def ready(self) -> None:
        """Register reactions and the gateway's webhook."""
        from core.health import register_provider_probe
        from core.inbox import register_batch_handler
        from finances import subscribers  # noqa: F401
        from finances.domain.subscriptions import MONTH, PLAN_CHANGE
        from finances.registry import register_paid_back, register_payable
        from finances.services import payouts_webhooks, webhooks
        from finances.steps.refunds import REFUND, hear_of_bank
        from finances.steps.subscription_money import MONTHS, PLAN_CHANGES

        register_provider_probe("wompi", probe_gateway)
        register_provider_probe("wompi-payouts", probe_payouts)
        register_payable(MONTH, MONTHS)
        register_payable(PLAN_CHANGE, PLAN_CHANGES)
        register_paid_back(REFUND, hear_of_bank)
        post_migrate.connect(create_accounts, sender=self)
        register_batch_handler(
            webhooks.PROVIDER, look_up=webhooks.look_up_events, apply=webhooks.apply_events
        )
        register_batch_handler(
            payouts_webhooks.PROVIDER,
            look_up=payouts_webhooks.look_up_payout_events,
            apply=payouts_webhooks.apply_payout_events,
        )
