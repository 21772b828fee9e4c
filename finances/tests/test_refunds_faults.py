"""Refunds at a gateway that fails, and workers that die: none twice, none lost (NA-31)."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from core.breakers import breaker_for
from core.models import AuditEntry
from finances.domain.refunds import LOOKED_UP_FOR
from finances.gateways.wompi_refunds import WompiRefunds
from finances.models import CreditLot
from finances.selectors.ledger import verify
from finances.tests.books import books
from finances.tests.crashes import CRASHES, Point, die
from finances.tests.refunding import WHOLE, Refunding, make_paid, work, work_on
from finances.tests.refunding import paid as paid

BEFORE = ["down", "errors", "timeout_before"]
AFTER = ["lost_answer", "timeout_after", "errors_after", "garbage"]


def heal(paid: Refunding) -> None:
    """The gateway is well again, and everybody believes it."""
    paid.wire.sandbox.faults("wompi", "off")
    breaker_for("wompi").close()


@pytest.mark.parametrize(
    ("path", "amount", "mode"),
    [("/refunds", 20_000, mode) for mode in BEFORE + AFTER]
    + [("/void", WHOLE, mode) for mode in ("down", "lost_answer", "garbage")],
)
def test_na_31_whatever_fails_the_money_goes_back_once(
    paid: Refunding, settings: Any, path: str, amount: int, mode: str
) -> None:
    settings.PROVIDER_READ_TIMEOUT = 0.3
    paid.wire.sandbox.faults("wompi", mode, path=path)
    refund = paid.ask(amount)
    work()
    refund.refresh_from_db()
    assert (refund.state, refund.sends) == ("unknown", 1)
    assert paid.gone() == (amount if mode in AFTER else 0)

    heal(paid)
    # What the gateway does not know may still be on its way to it.
    work_on(5)
    refund.refresh_from_db()
    assert (refund.state, refund.sends) == ("done" if mode in AFTER else "unknown", 1)
    work_on(12)

    refund.refresh_from_db()
    assert (refund.state, paid.gone()) == ("done", amount)
    assert refund.sends == (1 if mode in AFTER else 2)
    assert paid.refunds_there() == (path == "/refunds")
    assert books()["refunds"] == amount
    assert verify() == []


def test_a_gateway_that_is_away_is_waited_for(paid: Refunding, settings: Any) -> None:
    """Nothing was sent, so nothing is in doubt, however long it takes."""
    there = settings.WOMPI_BASE_URL
    settings.WOMPI_BASE_URL = "http://127.0.0.1:9/v1"
    refund = paid.ask(20_000)
    now = timezone.now()
    for hour in range(6):
        work(now + timedelta(hours=hour))
        breaker_for("wompi").close()
    refund.refresh_from_db()
    assert (refund.state, refund.sends) == ("queued", 0)

    settings.WOMPI_BASE_URL = there
    work(now + timedelta(hours=8))

    refund.refresh_from_db()
    assert (refund.state, paid.gone()) == ("done", 20_000)


def test_our_own_keys_being_wrong_refuses_nothing(paid: Refunding, settings: Any) -> None:
    key = settings.WOMPI_PRIVATE_KEY
    settings.WOMPI_PRIVATE_KEY = "prv_test_somebody-else"
    refund = paid.ask(20_000)
    work()
    refund.refresh_from_db()
    assert (refund.state, CreditLot.objects.count()) == ("queued", 0)

    settings.WOMPI_PRIVATE_KEY = key
    work(timezone.now() + timedelta(minutes=10))

    refund.refresh_from_db()
    assert (refund.state, paid.gone()) == ("done", 20_000)


def test_what_is_never_answered_is_not_sent_again_and_ends_with_a_person(
    paid: Refunding, settings: Any
) -> None:
    paid.wire.sandbox.faults("wompi", "errors_after", path="/refunds", method="POST")
    refund = paid.ask(20_000)
    work()
    settings.WOMPI_BASE_URL = "http://127.0.0.1:9/v1"

    now = timezone.now()
    for hours in (1, 10, 71):
        work(now + timedelta(hours=hours))
        breaker_for("wompi").close()
    refund.refresh_from_db()
    assert (refund.state, refund.sends, refund.waits_for_somebody) == ("unknown", 1, False)
    assert refund.next_look_at <= now + LOOKED_UP_FOR

    assert paid.refunds_there() == 1


def test_an_answer_that_comes_when_all_is_known_changes_nothing(
    paid: Refunding, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = WompiRefunds.refund

    def answers_late(self: WompiRefunds, **order: Any) -> Any:
        answer = honest(self, **order)
        # Its lease has ended, and another worker has looked it up.
        work(timezone.now() + timedelta(minutes=2))
        return answer

    monkeypatch.setattr(WompiRefunds, "refund", answers_late)
    refund = paid.ask(20_000)

    work()

    refund.refresh_from_db()
    assert (refund.state, refund.sends, paid.refunds_there()) == ("done", 1, 1)
    assert books()["refunds"] == 20_000
    assert verify() == []


def test_what_the_gateway_never_decides_ends_with_a_person(paid: Refunding, settings: Any) -> None:
    paid.wire.sandbox.faults("wompi", "lost_answer", path="/void")
    refund = paid.ask()
    work()
    # It knows the transaction no more.
    settings.WOMPI_BASE_URL = f"{paid.wire.sandbox.url}/wompi/v0"

    now = timezone.now()
    for hours in (1, 71, 73):
        work(now + timedelta(hours=hours))

    refund.refresh_from_db()
    assert (refund.state, refund.sends, refund.waits_for_somebody) == ("unknown", 1, True)
    waits = AuditEntry.objects.get(action="finances.refund.waits")
    assert waits.facts["why"] == "never decided"


def test_a_look_up_that_lies_does_not_pay_for_ever(paid: Refunding) -> None:
    """The gateway answers that it has none, though it has: it is not believed without end."""
    paid.wire.sandbox.faults("wompi", "timeout_before", path="/refunds", method="POST")
    refund = paid.ask(20_000)

    work_on(60)

    refund.refresh_from_db()
    assert (refund.sends, refund.waits_for_somebody) == (3, True)
    assert paid.gone() == 0


LOOK = """
from finances.services.refund_sending import look_up_next_refund
look_up_next_refund(now=datetime.fromisoformat({now!r}))
"""
SEND = """
from finances.services import refund_sending as sending
now = datetime.fromisoformat({now!r})
while sending.send_next_refund(now=now) or sending.look_up_next_refund(now=now):
    pass
"""


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("how", "point"),
    [(how, point) for how in ("refund", "void") for point in CRASHES[how]],
    ids=str,
)
def test_na_31_a_worker_killed_anywhere_gives_back_once(
    wire: Any, open_one: Any, how: str, point: Point
) -> None:
    is_void = how == "void"
    amount = WHOLE if is_void else 20_000
    paid = make_paid(wire, open_one)
    refund = paid.ask(amount)

    die(point, SEND.format(now=timezone.now().isoformat()))
    work_on(12)

    refund.refresh_from_db()
    assert (refund.state, paid.gone()) == ("done", amount)
    assert paid.refunds_there() == (not is_void)
    assert books()["refunds"] == amount
    assert verify() == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("point", CRASHES["refund look-up"], ids=str)
def test_na_31_a_worker_killed_while_it_looks_a_refund_up_gives_back_once(
    wire: Any, open_one: Any, point: Point
) -> None:
    paid = make_paid(wire, open_one)
    paid.wire.sandbox.faults("wompi", "lost_answer", path="/refunds")
    refund = paid.ask(20_000)
    work()
    heal(paid)

    die(point, LOOK.format(now=(timezone.now() + timedelta(minutes=2)).isoformat()))
    work_on(12)

    refund.refresh_from_db()
    assert (refund.state, refund.sends, paid.gone()) == ("done", 1, 20_000)
    assert paid.refunds_there() == 1
    assert verify() == []
