"""Answers that never come: looked up by reference, never sent again (NA-24, NA-27, NA-31)."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from core.breakers import breaker_for
from finances.domain.charges import LEASE, ChargeOrder
from finances.domain.means import Acceptance, Means, Method, Spent
from finances.domain.sightings import GatewayTransaction
from finances.gateways.current import gateway
from finances.gateways.wompi import WompiGateway
from finances.models import Charge, FinanceSettings
from finances.selectors.ledger import verify
from finances.services.charge_looks import look_up_next_charge
from finances.services.charges import send_charge, start_charge
from finances.services.polling import poll_next
from finances.services.review import review_payment
from finances.tests.chargers import CASH, NEQUI, Payer
from finances.tests.payables import FakePayable
from finances.tests.wires import Wire

CASH_MEANS = Means(Method.BANCOLOMBIA_COLLECT, has_accepted=True)


def look_up(charge: Charge, *, after: timedelta) -> Charge:
    """All looks that are due some time after the charge began."""
    while look_up_next_charge(now=charge.started_at + after):
        pass
    charge.refresh_from_db()
    return charge


def order(payer: Payer) -> Charge:
    """A charge that was stored, by a process that died before it sent it."""
    payment = payer.payment
    return start_charge(
        payment_id=payment.pk,
        client_id=payment.client_id,
        means=CASH_MEANS,
        ordered_by=payment.client_id,
        now=timezone.now(),
    )


def spent(payer: Payer) -> Spent:
    tokens = payer.accept()
    return Spent(acceptance=Acceptance(*tokens.values()))


def heal(payer: Payer) -> None:
    """The gateway is well again, and everybody believes it."""
    payer.sandbox.faults("wompi", "off")
    breaker_for("wompi").close()


@pytest.mark.parametrize(
    ("mode", "reaches"),
    [
        ("down", False),
        ("errors", False),
        ("timeout_before", False),
        ("lost_answer", True),
        ("timeout_after", True),
        ("errors_after", True),
        ("garbage", True),
    ],
)
def test_na_24_whether_the_gateway_took_it_or_not_nobody_pays_twice(
    payer: Payer, payable: FakePayable, settings: Any, mode: str, reaches: bool
) -> None:
    settings.PROVIDER_READ_TIMEOUT = 0.3
    payer.sandbox.faults("wompi", mode, path="/transactions")
    answer = payer.charge(**CASH)
    charge = Charge.objects.get()
    assert (answer.status_code, charge.status) == (202, "unknown")

    assert not look_up_next_charge(now=charge.started_at + timedelta(seconds=20))
    heal(payer)
    assert payer.charge(**NEQUI).json()["code"] == "FIN-CHARGE-OPEN"
    look_up(charge, after=timedelta(seconds=60))
    assert charge.status == ("found" if reaches else "unknown")
    look_up(charge, after=timedelta(minutes=11))

    assert charge.status == ("found" if reaches else "lost")
    assert len(payer.books()) == reaches
    if reaches:
        payer.end("APPROVED")
        assert payer.look()["status"] == "approved"
    else:
        assert payer.look()["charge"]["refusal"]["code"] == "FIN-CHARGE-LOST"
        payer.retry(**NEQUI)
        payer.look_until(lambda shown: not shown["charge"]["is_open"])
    assert len(payable.told) == 1
    assert verify() == []


def test_na_24_only_the_gateways_own_word_makes_a_charge_lost(payer: Payer) -> None:
    payer.sandbox.faults("wompi", "lost_answer", path="/transactions")
    payer.charge(**CASH)
    charge = Charge.objects.get()

    look_up(charge, after=timedelta(hours=5))
    assert charge.status == "unknown"

    heal(payer)
    assert look_up(charge, after=timedelta(hours=6)).status == "found"


def test_na_24_what_was_given_up_and_approved_after_all_is_settled(
    payer: Payer, wire: Wire, payable: FakePayable
) -> None:
    charge = order(payer)
    look_up(charge, after=timedelta(minutes=11))
    assert charge.status == "lost"
    Charge.objects.filter(pk=charge.pk).update(status="sending", ended_at=None)
    send_charge(charge_id=charge.pk, spent=spent(payer))
    Charge.objects.filter(pk=charge.pk).update(
        status="lost", gateway_id="", ended_at=timezone.now()
    )

    wire.deliver(payer.end("APPROVED"))

    charge.refresh_from_db()
    assert (charge.status, charge.gateway_id) == ("ended", payer.books()[0]["id"])
    assert len(payable.told) == 1


def test_na_31_a_process_that_dies_before_it_sends_leaves_a_charge_that_is_given_up(
    payer: Payer,
) -> None:
    charge = order(payer)

    assert not look_up_next_charge(now=charge.started_at + LEASE - timedelta(seconds=1))
    assert look_up(charge, after=LEASE).status == "unknown"
    assert look_up(charge, after=timedelta(minutes=11)).status == "lost"

    assert payer.charge(**NEQUI).status_code == 202


def test_na_31_a_process_that_dies_before_it_writes_the_answer_down_is_made_good(
    payer: Payer, payable: FakePayable
) -> None:
    charge = order(payer)
    send_charge(charge_id=charge.pk, spent=spent(payer))
    # As the row was while the answer was on its way.
    charge.save()
    payer.payment.attempts.all().delete()

    assert look_up(charge, after=LEASE).status == "found"
    payer.end("APPROVED")
    assert payer.look()["status"] == "approved"
    assert len(payer.books()) == 1


def test_a_charge_is_not_sent_that_others_have_given_up(payer: Payer) -> None:
    tokens, late = spent(payer), order(payer)
    Charge.objects.filter(pk=late.pk).update(started_at=timezone.now() - timedelta(seconds=16))
    send_charge(charge_id=late.pk, spent=tokens)
    late.refresh_from_db()
    assert (late.status, payer.books()) == ("sending", [])

    assert look_up(late, after=timedelta(minutes=11)).status == "lost"
    Charge.objects.filter(pk=late.pk).update(started_at=timezone.now())
    send_charge(charge_id=late.pk, spent=tokens)

    late.refresh_from_db()
    assert (late.status, payer.books()) == ("lost", [])


def test_sending_it_twice_charges_once(payer: Payer) -> None:
    charge = order(payer)
    send_charge(charge_id=charge.pk, spent=spent(payer))
    charge.save()  # as if the first answer had been lost

    send_charge(charge_id=charge.pk, spent=spent(payer))

    charge.refresh_from_db()
    assert charge.status == "unknown"
    assert look_up(charge, after=timedelta(seconds=60)).status == "found"
    assert len(payer.books()) == 1


def test_somebody_who_pays_at_the_checkout_page_is_not_charged_too(
    payer: Payer, wire: Wire, payable: FakePayable
) -> None:
    wire.pay(payer.payment, "APPROVED")

    payer.charge(**NEQUI)
    charge = Charge.objects.get()
    assert charge.status == "unknown"
    look_up(charge, after=timedelta(seconds=20))

    assert charge.status == "ended"
    assert payer.look()["status"] == "approved"
    assert (len(payer.books()), len(payable.told)) == (1, 1)


def test_a_gateway_that_surely_has_nothing_lets_the_payer_try_at_once(
    payer: Payer, settings: Any
) -> None:
    accepted, address = payer.accept(), settings.WOMPI_BASE_URL
    settings.WOMPI_BASE_URL = "http://127.0.0.1:9/wompi/v1"
    payer.charge(accept=False, **accepted, **CASH)
    settings.WOMPI_BASE_URL = address

    assert payer.look()["charge"]["status"] == "lost"
    assert payer.retry().status_code == 202
    assert payer.look()["charge"]["status"] == "sent"


def test_a_wrong_key_is_no_fault_of_the_payer_and_opens_no_breaker(
    payer: Payer, settings: Any
) -> None:
    tokens, ours = spent(payer), settings.WOMPI_PRIVATE_KEY
    for number in range(1, 7):
        charge = order(payer)
        settings.WOMPI_PRIVATE_KEY = "prv_test_somebody-else"
        send_charge(charge_id=charge.pk, spent=tokens)
        settings.WOMPI_PRIVATE_KEY = ours
        charge.refresh_from_db()
        assert (charge.number, charge.status) == (number, "refused")

    assert charge.refusal == "FIN-CHARGE-REFUSED"
    assert breaker_for("wompi").current_state == "closed"


def test_refusals_open_no_breaker(payer: Payer) -> None:
    for _ in range(6):
        payer.charge(method="card", token="tok_test_none")

    assert breaker_for("wompi").current_state == "closed"


def test_na_27_the_poller_asks_for_every_reference_that_may_have_news(
    payer: Payer, payable: FakePayable
) -> None:
    payer.charge(**(NEQUI | {"phone": "3992222222"}))
    payer.look_until(lambda shown: not shown["charge"]["is_open"])
    payer.retry(**CASH)
    payer.end("APPROVED", number=2)

    assert poll_next(now=payer.payment.opened_at + timedelta(minutes=2))

    payer.payment.refresh_from_db()
    assert payer.payment.status == "approved"
    assert Charge.objects.get(number=2).status == "ended"
    assert len(payable.told) == 1


def test_a_look_while_somebody_waits_is_short_and_changes_nothing_when_it_fails(
    payer: Payer,
) -> None:
    payer.charge(**CASH)
    payer.sandbox.faults("wompi", "errors")

    before = payer.look()

    assert (before["status"], before["charge"]["status"]) == ("pending", "sent")


def test_who_looks_again_at_once_asks_the_gateway_nothing(payer: Payer) -> None:
    payer.charge(**CASH)
    payer.look()
    payer.end("APPROVED")

    assert payer.calls.get(payer.path).json()["status"] == "pending"
    assert payer.look()["status"] == "approved"


def test_the_owner_says_when_a_charge_is_lost(payer: Payer) -> None:
    FinanceSettings.objects.create(charge_lost_minutes=30)
    charge = order(payer)

    assert look_up(charge, after=timedelta(minutes=29)).status == "unknown"
    assert look_up(charge, after=timedelta(minutes=31)).status == "lost"


def test_a_charge_under_a_reference_whose_end_was_known_before_ends_too(
    payer: Payer, wire: Wire
) -> None:
    """As attempts are that were seen before they had references."""
    wire.deliver(wire.pay(payer.payment, "DECLINED"))
    payer.payment.attempts.update(reference="")
    payer.charge(**NEQUI)
    charge = Charge.objects.get()

    assert look_up(charge, after=timedelta(seconds=20)).status == "ended"

    payer.retry()
    assert payer.look_until(lambda shown: shown["status"] == "approved")["charge"]["number"] == 2


def test_what_contradicts_the_payment_is_flagged_and_the_charge_is_over(
    payer: Payer, payable: FakePayable
) -> None:
    charge = order(payer)
    amount = int(payer.payment.amount * 100) - 100
    payer.sandbox.pay(charge.reference, "APPROVED", amount_in_cents=amount)

    assert look_up(charge, after=LEASE).status == "ended"

    payer.payment.refresh_from_db()
    assert (payer.payment.status, payable.told) == ("flagged", [])
    assert [finding.is_explained for finding in verify()] == [True]


def test_the_proof_sees_charges_that_are_not_as_over_as_their_transactions(payer: Payer) -> None:
    payer.charge(**NEQUI)
    payer.look_until(lambda shown: not shown["charge"]["is_open"])
    charge = Charge.objects.get()
    assert verify() == []

    Charge.objects.update(status="sent", ended_at=None)
    (left_open,) = verify()
    Charge.objects.update(status="ended", ended_at=timezone.now(), gateway_id="another")
    (ended,) = verify()

    assert left_open.text.startswith(f"charge {charge.reference} is sent, its transaction")
    assert ended.text == f"charge {charge.reference} has ended, and no transaction of it has"


def test_na_31_nothing_is_sent_or_looked_up_inside_a_transaction(payer: Payer) -> None:
    payer.charge(**CASH)
    under_way = Charge.objects.get()
    Charge.objects.update(status="lost", ended_at=timezone.now())
    charge, tokens = order(payer), spent(payer)

    with pytest.raises(RuntimeError, match="inside a transaction"), transaction.atomic():
        send_charge(charge_id=charge.pk, spent=tokens)
    with pytest.raises(RuntimeError), transaction.atomic():
        look_up_next_charge(now=charge.started_at + LEASE)
    with pytest.raises(RuntimeError), transaction.atomic():
        gateway().glance(under_way.gateway_id)

    charge.refresh_from_db()
    assert (charge.status, len(payer.books())) == ("sending", 1)


def test_an_answer_about_another_charge_is_no_answer(
    payer: Payer, monkeypatch: pytest.MonkeyPatch
) -> None:
    payer.sandbox.pay(payer.payment.reference, "PENDING", amount_in_cents=4_800_000)
    (another,) = gateway().find_by_reference(payer.payment.reference)
    payer.payment.next_reference = 2
    payer.payment.save()
    charge = order(payer)
    monkeypatch.setattr(WompiGateway, "charge", lambda self, order: another)

    send_charge(charge_id=charge.pk, spent=spent(payer))

    charge.refresh_from_db()
    assert (charge.status, charge.gateway_id) == ("unknown", "")


def test_a_review_asks_for_every_reference_too(payer: Payer, payable: FakePayable) -> None:
    payer.charge(**(NEQUI | {"phone": "3992222222"}))
    payer.look_until(lambda shown: not shown["charge"]["is_open"])
    payer.retry(**CASH)
    payer.end("APPROVED", number=2)

    status = review_payment(
        payment_id=payer.payment.pk, actor_id=payer.payment.client_id, now=timezone.now()
    )

    assert (status, len(payable.told)) == ("approved", 1)


def test_news_that_overtakes_the_gateways_answer_is_not_undone_by_it(
    payer: Payer, wire: Wire, payable: FakePayable, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = WompiGateway.charge

    def charge(self: WompiGateway, order: ChargeOrder) -> GatewayTransaction:
        seen = honest(self, order)
        wire.deliver(payer.end("APPROVED"))
        return seen

    monkeypatch.setattr(WompiGateway, "charge", charge)

    payer.charge(**CASH)

    shown = payer.look()
    assert (shown["status"], shown["charge"]["status"]) == ("approved", "ended")
    assert len(payable.told) == 1
    assert verify() == []
