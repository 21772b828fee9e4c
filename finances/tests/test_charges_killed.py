"""A process that is killed while it charges: nothing is lost, nobody pays twice (NA-24, NA-31)."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from core.testing import run_process
from finances.domain.charges import LEASE
from finances.domain.means import Means, Method
from finances.models import Charge
from finances.selectors.ledger import verify
from finances.services.charge_looks import look_up_next_charge
from finances.services.charges import start_charge
from finances.tests.chargers import NEQUI, Payer
from finances.tests.payables import FakePayable

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.fault]
SCRIPT = """
import os, signal
from uuid import UUID
from django.conf import settings
settings.WOMPI_BASE_URL = {address!r}
import finances.tests.payables
from finances.domain.means import Acceptance, Spent
from finances.gateways.wompi import WompiGateway
from finances.services import charges

def die(*args, **more):
    os.kill(os.getpid(), signal.SIGKILL)

honest = WompiGateway.charge
def charge_and_die(self, order):
    honest(self, order)
    die()

{death}
charges.send_charge(charge_id=UUID({charge!r}), spent=Spent(acceptance=Acceptance(*{tokens!r})))
"""
DEATHS = {
    "before it calls": ("WompiGateway.charge = die", False),
    "while it waits for the answer": ("WompiGateway.charge = charge_and_die", True),
    "while it writes the answer down": ("charges.Charge.objects.filter = die", True),
}


def look_up(charge: Charge, *, after: timedelta) -> str:
    while look_up_next_charge(now=charge.started_at + after):
        pass
    charge.refresh_from_db()
    return str(charge.status)


@pytest.mark.parametrize("death", DEATHS)
def test_na_31_wherever_a_sender_is_killed_all_settles_without_a_hand(
    payer: Payer, payable: FakePayable, death: str
) -> None:
    how, reaches = DEATHS[death]
    payment, tokens = payer.payment, list(payer.accept().values())
    charge = start_charge(
        payment_id=payment.pk,
        client_id=payment.client_id,
        means=Means(Method.BANCOLOMBIA_COLLECT, has_accepted=True),
        ordered_by=payment.client_id,
        now=timezone.now(),
    )
    script = SCRIPT.format(
        address=settings.WOMPI_BASE_URL, death=how, charge=str(charge.pk), tokens=tokens
    )

    assert run_process(script) == -9

    charge.refresh_from_db()
    assert (charge.status, len(payer.books())) == ("sending", reaches)
    assert payer.charge(**NEQUI).status_code == 409
    assert look_up(charge, after=LEASE) == ("found" if reaches else "unknown")
    if reaches:
        payer.end("APPROVED")
    else:
        assert look_up(charge, after=timedelta(minutes=11)) == "lost"
        payer.retry(**NEQUI)
    shown = payer.look_until(lambda found: found["status"] == "approved")
    assert shown["charge"]["outcome"] == "approved"
    assert len(payable.told) == len(payer.books()) == 1
    assert verify() == []
