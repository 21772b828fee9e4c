"""Every way to pay by API, and what the payer does next (FIN-01)."""

from typing import Any

import pytest

from finances.models import Charge
from finances.selectors.ledger import verify
from finances.tests.chargers import BAD_CARD, CASH, GOOD_CARD, NEQUI, PSE, Payer, card_token
from finances.tests.payables import FakePayable

DAVIPLATA = {"method": "daviplata", "document_type": "CC", "document": "1020304050"}
BROWSER = {
    "browser_color_depth": "24",
    "browser_screen_height": "900",
    "browser_screen_width": "1440",
    "browser_language": "es-CO",
    "browser_user_agent": "Mozilla/5.0",
    "browser_tz": "300",
}


def is_over(shown: dict[str, Any]) -> bool:
    return not shown["charge"]["is_open"]


def has_next(shown: dict[str, Any]) -> bool:
    return bool(shown["charge"]["next"])


@pytest.mark.parametrize(
    ("means", "outcome"),
    [
        (NEQUI, "approved"),
        (NEQUI | {"phone": "3992222222"}, "declined"),
        (NEQUI | {"phone": "3993333333"}, "error"),
        (PSE, "approved"),
        (PSE | {"bank": "3", "person_type": "company", "document_type": "NIT"}, "error"),
    ],
)
def test_what_the_gateway_ends_by_itself_settles_the_payment(
    payer: Payer, payable: FakePayable, means: dict[str, str], outcome: str
) -> None:
    answer = payer.charge(**means)

    assert (answer.status_code, answer.json()["status"]) == (202, "sending")
    shown = payer.look_until(is_over)
    assert (shown["status"], shown["charge"]["status"]) == (outcome, "ended")
    assert shown["charge"]["outcome"] == outcome
    assert len(payable.told) == (outcome == "approved")
    assert verify() == []


@pytest.mark.parametrize(
    ("number", "outcome", "code"),
    [(GOOD_CARD, "approved", None), (BAD_CARD, "declined", "FIN-CHARGE-DECLINED")],
)
def test_a_card_is_charged_by_its_token(
    payer: Payer, number: str, outcome: str, code: str | None
) -> None:
    payer.charge(method="card", token=card_token(number), installments=3)

    shown = payer.look_until(is_over)

    assert shown["status"] == outcome
    refusal = shown["charge"]["refusal"]
    assert (refusal and refusal["code"]) == code
    (row,) = payer.books()
    assert row["payment_method"]["installments"] == 3


def test_a_bank_holder_is_sent_to_the_banks_page(payer: Payer) -> None:
    payer.charge(method="bancolombia_transfer")

    step = payer.look_until(has_next)["charge"]["next"]

    assert step["kind"] == "redirect"
    assert step["url"].startswith("http")


def test_a_qr_code_is_shown(payer: Payer) -> None:
    payer.charge(method="bancolombia_qr")

    step = payer.look_until(has_next)["charge"]["next"]

    assert (step["kind"], bool(step["qr_image"])) == ("qr", True)


def test_cash_is_paid_with_two_codes_and_the_payment_waits(payer: Payer) -> None:
    payer.charge(**CASH)
    attempt = payer.payment.attempts.get()
    assert (attempt.status, attempt.reference) == ("pending", payer.payment.reference)

    shown = payer.look_until(has_next)

    step = shown["charge"]["next"]
    assert (step["kind"], step["agreement_code"]) == ("cash", "12345")
    assert step["payment_code"]
    assert (shown["status"], shown["charge"]["status"]) == ("pending", "sent")


def test_daviplata_shows_its_page_and_none_of_its_tokens(payer: Payer) -> None:
    payer.charge(**DAVIPLATA)

    step = payer.look_until(has_next)["charge"]["next"]

    assert step["kind"] == "redirect"
    assert set(step) == {"kind", "url"}


def test_nequi_asks_in_the_app(payer: Payer) -> None:
    payer.charge(**NEQUI)

    charge = Charge.objects.get()
    assert charge.next_step in ({"kind": "approve"}, None)
    assert charge.gateway_id == payer.books()[0]["id"]


def test_a_challenge_of_the_cards_bank_is_shown_and_answered(payer: Payer, settings: Any) -> None:
    settings.WOMPI_THREE_DS_SCENARIO = "challenge_v2"
    payer.charge(method="card", token=card_token(), browser=BROWSER)

    step = payer.look_until(has_next)["charge"]["next"]
    payer.end("APPROVED")
    after = payer.look_until(is_over)

    assert step["kind"] == "challenge"
    assert step["html"].startswith("<iframe")
    assert step["three_ds"] == "CHALLENGE PENDING"
    assert (after["status"], after["charge"]["next"]) == ("approved", None)


@pytest.mark.parametrize(
    ("scenario", "outcome"),
    [("no_challenge_success", "approved"), ("authentication_error", "error")],
)
def test_a_card_whose_bank_asks_nothing(
    payer: Payer, settings: Any, scenario: str, outcome: str
) -> None:
    settings.WOMPI_THREE_DS_SCENARIO = scenario
    payer.charge(method="card", token=card_token(), browser=BROWSER)

    assert payer.look_until(is_over)["status"] == outcome
