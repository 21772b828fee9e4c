"""Celery entry points of finances. Safe to run twice, or late (CORE-17)."""

import logging

from celery import shared_task
from django.utils import timezone

from core.nudges import heard
from finances.errors import LedgerBusy
from finances.services.charge_looks import look_up_next_charge
from finances.services.commissions import book_developer_days
from finances.services.credit import expire_ended_credit, tell_next_of_ending_credit
from finances.services.payees import refresh_banks
from finances.services.payouts import pay_out_by_the_rules
from finances.services.payouts_sending import work_on_next_payout
from finances.services.periods import close_due_month, mark_ledger, sum_next_mark
from finances.services.polling import poll_next
from finances.services.reconciliation import reconcile_due
from finances.services.refund_sending import look_up_next_refund, send_next_refund
from finances.services.renewals import work_on_next_subscription
from finances.services.reports import keep_next_report
from finances.services.source_looks import look_at_next_source
from finances.steps.refunds import SEND as SEND_REFUNDS

logger = logging.getLogger(__name__)

# Lets go after so many, so that the gateway's slowness starves no other task.
MOST_LOOKS = 200


@shared_task
def poll_payments() -> None:
    """Look at quiet payments until none is due, or the gateway does not answer."""
    for _ in range(MOST_LOOKS):
        if not poll_next(now=timezone.now()):
            break


@shared_task
def look_up_charges() -> None:
    """Resolve charges whose answer never came, until none is due or the gateway is away."""
    for _ in range(MOST_LOOKS):
        if not look_up_next_charge(now=timezone.now()):
            break


@shared_task
def look_at_sources() -> None:
    """Move what people have asked to keep, or to give up, until nothing is due."""
    for _ in range(MOST_LOOKS):
        if not look_at_next_source(now=timezone.now()):
            break


@shared_task
def send_refunds() -> None:
    """Give back what is promised, and find out what became of what was sent."""
    heard(SEND_REFUNDS)
    now = timezone.now()
    for work_on_next in (send_next_refund, look_up_next_refund):
        for _ in range(MOST_LOOKS):
            if not work_on_next(now=now):
                break


@shared_task
def renew_subscriptions() -> None:
    """Charge, earn and end memberships, until nothing is due."""
    for _ in range(MOST_LOOKS):
        if not work_on_next_subscription(now=timezone.now()):
            break


@shared_task
def tidy_credit() -> None:
    """Tell owners of credit that it ends, and end what is over."""
    now = timezone.now()
    while tell_next_of_ending_credit(now=now):
        pass
    while expire_ended_credit(now=now):
        pass


@shared_task
def send_payouts() -> None:
    """Bring batches to the payouts provider, or ask about them, until none is due."""
    heard("finances.tasks.send_payouts")
    for _ in range(MOST_LOOKS):
        if not work_on_next_payout(now=timezone.now()):
            break


@shared_task
def pay_commissions() -> None:
    """Count the developer's share of the days that are over; pay whoever reaches the threshold."""
    book_developer_days(now=timezone.now())
    pay_out_by_the_rules(now=timezone.now())


@shared_task
def read_payout_banks() -> None:
    """Have the banks that can be paid to."""
    refresh_banks()


@shared_task
def keep_books() -> None:
    """Close and report the months that are due, and keep a sum of the ledger near its end."""
    now = timezone.now()
    try:
        while close_due_month(now=now):
            pass
        mark_ledger(now=now)
    except LedgerBusy:
        logger.info("the ledger is busy; its sums wait for the next time")
    while sum_next_mark():
        pass
    while keep_next_report(now=now):
        pass


@shared_task
def reconcile() -> None:
    """Compare the days that are over, and were not compared, with the providers' books."""
    reconcile_due(now=timezone.now())
