"""Celery entry points of finances. Safe to run twice, or late (CORE-17)."""

from celery import shared_task
from django.utils import timezone

from finances.services.credit import expire_ended_credit, tell_next_of_ending_credit
from finances.services.polling import poll_next

# Lets go after so many, so that the gateway's slowness starves no other task.
MOST_LOOKS = 200


@shared_task
def poll_payments() -> None:
    """Look at quiet payments until none is due, or the gateway does not answer."""
    for _ in range(MOST_LOOKS):
        if not poll_next(now=timezone.now()):
            break


@shared_task
def tidy_credit() -> None:
    """Tell owners of credit that it ends, and end what is over."""
    now = timezone.now()
    while tell_next_of_ending_credit(now=now):
        pass
    while expire_ended_credit(now=now):
        pass
