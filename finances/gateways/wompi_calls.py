"""Calling Wompi's API for merchants, and what its answers say (wompi.md, sections 1 and 10)."""

import logging
from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeVar

import requests
from django.conf import settings

from core.http import ProviderClient
from finances.errors import GatewayAnswerOdd, GatewayRefused
from finances.gateways.wompi_refusals import complained_of, refusal_from

logger = logging.getLogger(__name__)

T = TypeVar("T")


def client() -> ProviderClient:
    """With the private key."""
    return _client_of(settings.WOMPI_BASE_URL, settings.WOMPI_PRIVATE_KEY)


def public_client() -> ProviderClient:
    """With the public key, which is all that tokens and lists of banks want."""
    return _client_of(settings.WOMPI_BASE_URL, settings.WOMPI_PUBLIC_KEY)


@lru_cache(maxsize=8)
def _client_of(base_url: str, key: str) -> ProviderClient:
    # One per address and key, so that connections are kept and a changed setting counts at once.
    headers = {"Authorization": f"Bearer {key}"}
    return ProviderClient(name="wompi", base_url=base_url, headers=headers)


def read_answer(answer: requests.Response, read: Callable[[Any], T]) -> T:
    """What a good answer's `data` says. Raises `GatewayRefused` for 4xx, `GatewayAnswerOdd`."""
    if not answer.ok:
        raise GatewayRefused(status=answer.status_code, reason=error_type(answer))
    try:
        return read(answer.json()["data"])
    except (ValueError, KeyError, TypeError, AttributeError) as exc:
        raise GatewayAnswerOdd from exc


def read_done(answer: requests.Response, read: Callable[[Any], T]) -> T:
    """`read_answer` of a call that acts: what the gateway did not like is `RefusedByGateway`."""
    if answer.status_code != 422:
        return read_answer(answer, read)
    try:
        said = answer.json()
    except ValueError:
        said = None
    logger.info("gateway refused an order", extra={"fields": complained_of(said)})
    raise refusal_from(said)


def error_type(answer: requests.Response) -> str:
    """Wompi's own word for a refusal; empty if it says none."""
    try:
        return str(answer.json()["error"]["type"])
    except (ValueError, KeyError, TypeError):
        return ""
