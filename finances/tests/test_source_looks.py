"""What kept ways to pay wait for, and what is left when nobody answers (FIN-08, NA-24)."""

import time
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from core.breakers import breaker_for
from finances.domain.charges import LEASE
from finances.domain.sources import AWAIT_AT_MOST, NequiToken
from finances.gateways.current import gateway
from finances.gateways.wompi import WompiGateway
from finances.models import PaymentSource
from finances.services.sources import keep, void_at_gateway
from finances.tests.chargers import card_token
from finances.tests.keepers import PATH, Keeper, look_all, stored


def test_a_nequi_account_is_kept_once_its_owner_says_yes(keeper: Keeper) -> None:
    keeper.ask(kind="nequi", phone="3991111111")
    source = PaymentSource.objects.get()
    assert source.status == "awaiting"
    assert "nequi_" not in stored()

    until = time.monotonic() + 30
    while time.monotonic() < until:
        look_all()
        source.refresh_from_db()
        if source.status != "awaiting":
            break

    assert (source.status, source.last_four, source.pending_secrets) == ("available", "1111", "")
    charge = {"method": "source", "payment_source": str(source.pk), "installments": 2}
    keeper.payer.charge(accept=False, **charge)
    assert keeper.payer.look_until(lambda f: not f["charge"]["is_open"])["status"] == "approved"


@pytest.mark.parametrize("phone", ["3992222222", "3999999999"])
def test_a_nequi_account_whose_owner_says_no_or_nothing_is_not_kept(
    keeper: Keeper, phone: str
) -> None:
    keeper.ask(kind="nequi", phone=phone)
    source = PaymentSource.objects.get()

    look_all(now=source.asked_at + AWAIT_AT_MOST + timedelta(minutes=11))

    source.refresh_from_db()
    assert source.status == "refused"
    assert keeper.read(source)["refusal"]["code"] == "FIN-WALLET-SAID-NO"
    assert source.pending_secrets == ""


def test_a_gateway_that_is_away_forgets_it_later(keeper: Keeper) -> None:
    source = keeper.keep_card()
    keeper.payer.sandbox.faults("wompi", "down")
    assert keeper.calls.delete(f"{PATH}/{source.pk}").status_code == 204
    assert keeper.list() == []

    keeper.payer.sandbox.faults("wompi", "off")
    breaker_for("wompi").close()
    look_all(now=timezone.now() + timedelta(minutes=1))

    source.refresh_from_db()
    assert source.status == "voided"
    assert gateway().find_source(source.gateway_id).status == "voided"


@pytest.mark.parametrize("mode", ["down", "errors", "lost_answer", "garbage"])
def test_na_24_an_answer_that_never_came_leaves_nothing_that_can_be_charged(
    keeper: Keeper, mode: str
) -> None:
    keeper.payer.sandbox.faults("wompi", mode, path="/payment_sources")
    keeper.ask(kind="card", token=card_token())
    keeper.payer.sandbox.faults("wompi", "off")

    source = PaymentSource.objects.get()
    assert (source.status, source.gateway_id) == ("lost", "")
    assert keeper.read(source)["refusal"]["code"] == "FIN-SOURCE-LOST"
    assert keeper.list() == []


def test_a_process_that_dies_while_it_asks_leaves_it_lost(keeper: Keeper) -> None:
    source = keeper.keep_card()
    PaymentSource.objects.filter(pk=source.pk).update(
        status="creating", is_default=False, next_look_at=source.asked_at + LEASE
    )

    look_all(now=source.asked_at + LEASE)

    source.refresh_from_db()
    assert source.status == "lost"


def test_what_nobody_wants_any_more_when_the_gateway_answers_is_given_up(keeper: Keeper) -> None:
    source = keeper.keep_card()
    kept = gateway().find_source(source.gateway_id)
    PaymentSource.objects.filter(pk=source.pk).update(
        status="voided", gateway_id="", is_default=False, ended_at=timezone.now()
    )

    keep(source_id=source.pk, kept=kept)
    look_all()

    source.refresh_from_db()
    assert source.status == "voided"
    assert gateway().find_source(kept.id).status == "voided"


def test_what_nobody_wants_any_more_when_its_owner_says_yes_is_not_kept(
    keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper.ask(kind="nequi", phone="3991111111")
    source, honest = PaymentSource.objects.get(), WompiGateway.find_nequi

    def find_nequi(self: WompiGateway, token: str) -> NequiToken:
        while not honest(self, token).is_approved:
            pass
        keeper.calls.delete(f"{PATH}/{source.pk}")
        return honest(self, token)

    monkeypatch.setattr(WompiGateway, "find_nequi", find_nequi)
    look_all()

    source.refresh_from_db()
    assert (source.status, source.gateway_id, source.pending_secrets) == ("voided", "", "")


def test_a_gateway_that_decides_later_is_asked_again(
    keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = keeper.keep_card()
    PaymentSource.objects.filter(pk=source.pk).update(
        status="pending", next_look_at=source.asked_at
    )
    refused = keeper.payer.charge(accept=False, method="source", payment_source=str(source.pk))
    assert refused.json()["code"] == "FIN-SOURCE-NOT-USABLE"

    look_all()

    source.refresh_from_db()
    assert (source.status, source.next_look_at) == ("available", None)


def test_na_31_the_gateway_is_not_asked_to_keep_anything_inside_a_transaction(
    keeper: Keeper,
) -> None:
    source = keeper.keep_card()

    with pytest.raises(RuntimeError, match="inside a transaction"), transaction.atomic():
        void_at_gateway(source)
