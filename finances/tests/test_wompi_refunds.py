"""The adapter for money back against the stand-in, over HTTP (wompi.md, section 6)."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction

from core.http import UnknownOutcome
from finances.domain.refunds import Outcome
from finances.errors import GatewayRefused, RefundLookUpMissing, RefundRefused
from finances.gateways.current import refund_gateway
from finances.gateways.wompi_refunds import sighting_of
from finances.tests.refunding import WHOLE, Refunding
from finances.tests.refunding import paid as paid


def give(paid: Refunding, amount: int = 20_000, reference: str = "RSZ-1") -> Any:
    return refund_gateway().refund(
        transaction_id=paid.attempt.gateway_id,
        amount=Decimal(amount),
        reference=reference,
        reason="no pudo venir",
    )


def test_a_refund_is_found_by_our_reference_and_by_no_other(paid: Refunding) -> None:
    made = give(paid)
    give(paid, 1_000, "RSZ-2")

    def find(reference: str, transaction_id: str = paid.attempt.gateway_id) -> Any:
        return refund_gateway().find_refund(transaction_id=transaction_id, reference=reference)

    assert (made.outcome, made.amount) == (Outcome.DONE, 20_000)
    assert find("RSZ-1") == made
    assert find("RSZ-2") != made
    assert find("RSZ-3") is None
    assert find("RSZ-1", "1-2-3") is None


def test_more_than_there_is_and_an_unknown_transaction_are_refused(paid: Refunding) -> None:
    with pytest.raises(RefundRefused) as refusal:
        give(paid, WHOLE + 1)
    assert refusal.value.facts == {"reason": "INPUT_VALIDATION_ERROR"}
    with pytest.raises(RefundRefused):
        refund_gateway().void("1-2-3")


def test_a_void_shows_on_the_transaction_and_happens_once(paid: Refunding) -> None:
    seen = refund_gateway().void(paid.attempt.gateway_id)

    assert (seen.id, seen.status) == (paid.attempt.gateway_id, "voided")
    with pytest.raises(RefundRefused):
        refund_gateway().void(paid.attempt.gateway_id)


def test_a_wrong_key_refuses_nothing(paid: Refunding, settings: Any) -> None:
    settings.WOMPI_PRIVATE_KEY = "prv_test_somebody-else"

    with pytest.raises(GatewayRefused):
        give(paid)


def test_a_gateway_without_the_look_up_says_so(paid: Refunding, settings: Any) -> None:
    settings.WOMPI_BASE_URL = f"{paid.wire.sandbox.url}/wompi/v0"

    with pytest.raises(RefundLookUpMissing):
        refund_gateway().find_refund(transaction_id="1", reference="RSZ-1")


def test_na_31_nothing_goes_back_inside_a_transaction(paid: Refunding) -> None:
    with transaction.atomic(), pytest.raises(RuntimeError, match="inside a transaction"):
        give(paid)
    assert paid.refunds_there() == 0


def test_an_answer_that_is_lost_is_unknown(paid: Refunding) -> None:
    paid.wire.sandbox.faults("wompi", "lost_answer", path="/refunds")

    with pytest.raises(UnknownOutcome):
        give(paid)


@pytest.mark.parametrize(
    ("status", "outcome"),
    [("APPROVED", "done"), ("DECLINED", "refused"), ("PENDING", "undecided"), ("X", "undecided")],
)
def test_a_word_we_do_not_know_decides_nothing(status: str, outcome: str) -> None:
    row = {"id": 7, "status": status, "amount_in_cents": 100}

    assert sighting_of(row).outcome == outcome
