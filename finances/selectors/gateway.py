"""What the gateway tells whoever is about to pay."""

from typing import Any

from django.core.cache import cache

from finances.gateways.current import gateway
from finances.gateways.port import Bank

BANKS, BANKS_SECONDS = "finances.pse-banks", 600


def list_banks() -> list[Bank]:
    """Where PSE can take money from; public, so a copy serves for some minutes.

    Raises `ProviderUnavailable`.
    """
    kept: list[tuple[str, str]] | None = cache.get(BANKS)
    if kept is None:
        kept = [(bank.code, bank.name) for bank in gateway().list_banks()]
        cache.set(BANKS, kept, BANKS_SECONDS)
    return [Bank(code, name) for code, name in kept]


def get_acceptance() -> dict[str, Any]:
    """The two documents with fresh tokens, and the methods there are; nothing of it is kept.

    Raises `ProviderUnavailable`.
    """
    info = gateway().merchant_info()
    return {
        "acceptance": info.policy,
        "personal_data": info.personal_data,
        "methods": [method.lower() for method in info.methods],
    }
