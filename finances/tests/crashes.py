"""The points at which a worker may die while money moves, and how one is killed there.

One list for all that moves money; docs/money.md says of each what is true afterwards and who goes
on. Points lie on both sides of every commit and of every call to a provider.
"""

from dataclasses import dataclass
from typing import Literal

from core.testing import run_process

SERVICES = "finances.services"
WOMPI = "finances.gateways.wompi:WompiGateway"
REFUNDS = "finances.gateways.wompi_refunds:WompiRefunds"
PAYOUTS = "finances.gateways.wompi_payouts:WompiPayouts"
BOOKS = "finances.gateways.wompi_books:WompiBooks"


@dataclass(frozen=True)
class Point:
    """Before or after a call of `name`; `owner` is a module, or a class in one (`module:Class`)."""

    owner: str
    name: str
    when: Literal["before", "after"]

    def __str__(self) -> str:
        return f"{self.when} {self.owner.rpartition('.')[2].rpartition(':')[2]}.{self.name}"


def _at(owner: str, *names: str) -> list[Point]:
    """`"before x"` and `"after x"` of one owner."""
    found = []
    for text in names:
        when, name = text.split()
        found.append(Point(owner, name, "before" if when == "before" else "after"))
    return found


CRASHES: dict[str, list[Point]] = {
    "charge": [
        *_at(WOMPI, "before charge", "after charge"),
        *_at(f"{SERVICES}.charges", "after take_in", "after _accept"),
    ],
    "charge look-up": [
        *_at(f"{SERVICES}.charge_looks", "after _claim", "after take_in", "after _record"),
        *_at(WOMPI, "after find_by_reference"),
    ],
    "payment look-up": [
        *_at(f"{SERVICES}.polling", "after _claim", "after find_all", "after settle"),
        *_at(f"{SERVICES}.polling", "after _record"),
    ],
    "webhook": [
        *_at("core.inbox", "before _look_up", "after _look_up", "after _stamp"),
        *_at(f"{SERVICES}.webhooks", "before settle", "after settle"),
    ],
    "card kept": [
        *_at(WOMPI, "before keep_source", "after keep_source"),
        *_at(f"{SERVICES}.sources", "after write_kept", "after keep"),
    ],
    "wallet asked": [
        *_at(WOMPI, "after ask_nequi"),
        *_at(f"{SERVICES}.source_looks", "after _claim", "after _take_secrets"),
    ],
    "card given up": [
        *_at(f"{SERVICES}.sources", "after _give_up", "after _end"),
        *_at(WOMPI, "before void_source", "after void_source"),
    ],
    "renewal": [
        *_at(f"{SERVICES}.renewals", "after _claim", "after order_try", "before send_charge"),
        *_at(WOMPI, "after charge"),
        *_at(f"{SERVICES}.charges", "after take_in", "after _accept"),
    ],
    "refund": [
        *_at(f"{SERVICES}.refund_sending", "before _claim", "after _claim", "before _record"),
        *_at(f"{SERVICES}.refund_sending", "before finish", "after finish", "after _record"),
        *_at(REFUNDS, "before refund", "after refund"),
    ],
    "refund look-up": [
        *_at(f"{SERVICES}.refund_sending", "after _claim_look", "after _find", "after _believe"),
    ],
    "void": [
        *_at(REFUNDS, "before void", "after void"),
        *_at(f"{SERVICES}.refund_sending", "after settle"),
    ],
    "payout": [
        *_at(f"{SERVICES}.payouts_sending", "before _claim", "after _claim"),
        *_at(f"{SERVICES}.payouts_sending", "after _mark_as_sending"),
        *_at(PAYOUTS, "after daily_limit", "before create", "after create"),
        *_at(f"{SERVICES}.payouts_sending", "before _record_seen", "after _record_seen"),
    ],
    "payout look-up": [
        *_at(f"{SERVICES}.payouts_sending", "after _claim", "after _look", "after _record_seen"),
    ],
    "payout webhook": [
        *_at(f"{SERVICES}.payouts_webhooks", "before apply_seen", "after apply_seen"),
        *_at("core.inbox", "after _stamp"),
    ],
    "reconciliation": [
        *_at(f"{SERVICES}.reconciliation", "after take_day", "after keep_differences"),
        *_at(f"{SERVICES}.reconciliation", "after _finish"),
        *_at(BOOKS, "before refunds"),
        *_at(f"{SERVICES}.reconciled_payments", "before settle"),
    ],
    "document": [
        *_at("finances.steps.recognition", "after issue"),
        *_at("finances.tests.sales", "before number_now", "after number_now"),
    ],
    "month": [
        *_at(f"{SERVICES}.periods", "after set_mark", "after record", "after close_month"),
        *_at(f"{SERVICES}.periods", "after sum_up"),
        *_at(f"{SERVICES}.reports", "after make_report", "before keep_reports"),
        *_at(f"{SERVICES}.reports", "after keep_reports"),
    ],
}

DYING = """
import os, signal
from datetime import date, datetime
from importlib import import_module
from uuid import UUID
from django.utils import timezone
import finances.tests.payables
module, _, inside = {owner!r}.partition(":")
owner = import_module(module)
owner = getattr(owner, inside) if inside else owner
honest = getattr(owner, {name!r})

def die(*args, **named):
    if {when!r} == "after":
        honest(*args, **named)
    os.kill(os.getpid(), signal.SIGKILL)

setattr(owner, {name!r}, die)
"""


def die(point: Point, work: str) -> None:
    """Let a process of its own do some work, and kill it at a point (SIGKILL)."""
    script = DYING.format(owner=point.owner, name=point.name, when=point.when)
    assert run_process(script + work) == -9, f"nobody comes by {point}"
