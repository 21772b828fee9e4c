"""Processes that are killed around a charge: nothing is lost, nobody pays twice (NA-24, NA-31)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from core.inbox import LEASE as INBOX_LEASE
from core.inbox import process_due
from finances.domain.charges import LEASE
from finances.domain.means import Means, Method
from finances.models import Charge, Payment, PaymentAttempt
from finances.selectors.ledger import verify
from finances.services.charge_looks import look_up_next_charge
from finances.services.charges import start_charge
from finances.services.polling import poll_next
from finances.tests.books import books
from finances.tests.chargers import CASH, NEQUI, Payer
from finances.tests.crashes import CRASHES, Point, die
from finances.tests.wires import Wire

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.fault]
SEND = """
from finances.domain.means import Acceptance, Spent
from finances.services.charges import send_charge
send_charge(charge_id=UUID({charge!r}), spent=Spent(acceptance=Acceptance(*{tokens!r})))
"""
LOOK = """
from finances.services.charge_looks import look_up_next_charge
look_up_next_charge(now=datetime.fromisoformat({now!r}))
"""
POLL = """
from finances.services.polling import poll_next
poll_next(now=datetime.fromisoformat({now!r}))
"""
PROCESS = """
from core import inbox
inbox.process_due(now=timezone.now())
"""
LOST = timedelta(minutes=11)


def look_up(charge: Charge, *, after: timedelta) -> str:
    while look_up_next_charge(now=charge.started_at + after):
        pass
    charge.refresh_from_db()
    return str(charge.status)


def assert_paid_once(payment: Payment) -> None:
    payment.refresh_from_db()
    assert payment.status == "approved"
    assert PaymentAttempt.objects.filter(payment=payment, status="approved").count() == 1
    assert books()["gateway_clearing"] == payment.amount
    assert verify() == []


@pytest.mark.parametrize("point", CRASHES["charge"], ids=str)
def test_na_31_wherever_a_sender_is_killed_all_settles_without_a_hand(
    payer: Payer, point: Point
) -> None:
    payment, tokens = payer.payment, list(payer.accept().values())
    charge = start_charge(
        payment_id=payment.pk,
        client_id=payment.client_id,
        means=Means(Method.BANCOLOMBIA_COLLECT, has_accepted=True),
        ordered_by=payment.client_id,
        now=timezone.now(),
    )
    reaches, is_written = point.name != "charge" or point.when == "after", point.name == "_accept"

    die(point, SEND.format(charge=str(charge.pk), tokens=tokens))

    charge.refresh_from_db()
    assert (charge.status, len(payer.books())) == ("sent" if is_written else "sending", reaches)
    assert payer.charge(**NEQUI).status_code == 409
    if not is_written:
        assert look_up(charge, after=LEASE) == ("found" if reaches else "unknown")
    if reaches:
        payer.end("APPROVED")
    else:
        assert look_up(charge, after=LOST) == "lost"
        payer.retry(**NEQUI)
    payer.look_until(lambda found: found["status"] == "approved")
    assert len(payer.books()) == 1
    assert_paid_once(payment)


@pytest.mark.parametrize("point", CRASHES["charge look-up"], ids=str)
def test_na_24_who_is_killed_while_looking_a_charge_up_leaves_it_to_the_next(
    payer: Payer, point: Point
) -> None:
    payer.sandbox.faults("wompi", "lost_answer", path="/transactions")
    payer.charge(**CASH)
    payer.sandbox.faults("wompi", "off")
    charge = Charge.objects.get(status="unknown")
    payer.end("APPROVED")

    die(point, LOOK.format(now=(charge.started_at + LEASE).isoformat()))
    look_up(charge, after=LOST)

    assert charge.status == "ended"
    assert len(payer.books()) == 1
    assert_paid_once(payer.payment)


@pytest.mark.parametrize("point", CRASHES["payment look-up"], ids=str)
def test_na_24_who_is_killed_while_polling_leaves_the_payment_to_the_next(
    wire: Wire, payment: Payment, point: Point
) -> None:
    wire.pay(payment)
    now = payment.opened_at + timedelta(minutes=10)

    die(point, POLL.format(now=now.isoformat()))
    while poll_next(now=now + timedelta(hours=2)):
        pass

    assert_paid_once(payment)


@pytest.mark.parametrize("point", CRASHES["webhook"], ids=str)
def test_na_25_who_is_killed_while_an_event_settles_leaves_it_to_the_next(
    wire: Wire, payment: Payment, point: Point
) -> None:
    assert wire.post(wire.pay(payment)).status_code == 200

    die(point, PROCESS)
    payment.refresh_from_db()
    assert payment.status == "pending"
    process_due(now=timezone.now() + INBOX_LEASE + timedelta(seconds=1))

    assert_paid_once(payment)
