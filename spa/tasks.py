"""Celery entry points of the studio."""

from celery import shared_task
from django.utils import timezone

from spa.services.expiry import expire_unpaid_holds


@shared_task
def expire_holds() -> None:
    """End every hold whose time to pay is over."""
    while expire_unpaid_holds(now=timezone.now()):
        pass
