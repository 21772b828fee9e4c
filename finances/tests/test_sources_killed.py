"""Processes that are killed while a card or a wallet is kept: nothing hangs (NA-24, NA-31)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from finances.domain.charges import LEASE
from finances.domain.sources import AWAIT_AT_MOST, SourceKind
from finances.gateways.current import gateway
from finances.models import PaymentSource
from finances.services.sources import start_source
from finances.tests.chargers import card_token
from finances.tests.crashes import CRASHES, Point, die
from finances.tests.keepers import Keeper, look_all

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.fault]
KEEP = """
from finances.domain.means import Acceptance
from finances.services.sources import keep_card
keep_card(source_id=UUID({source!r}), token={token!r}, email="", acceptance=Acceptance(*{tokens!r}))
"""
ASK = """
from finances.domain.means import Acceptance
from finances.services import sources
source, acceptance = UUID({source!r}), Acceptance(*{tokens!r})
sources.ask_nequi(source_id=source, phone="3991111111", email="", acceptance=acceptance)
from finances.services.source_looks import look_at_next_source
while True:
    look_at_next_source(now=timezone.now() + timezone.timedelta(seconds=15))
"""
FORGET = """
from finances.services.sources import forget_source
forget_source(source_id=UUID({source!r}), client_id=UUID({client!r}), now=timezone.now())
"""


def order(keeper: Keeper, kind: SourceKind) -> tuple[PaymentSource, list[str]]:
    tokens = list(keeper.payer.accept().values())
    client = keeper.payer.payment.client_id
    return start_source(client_id=client, kind=kind, email="", now=timezone.now()), tokens


@pytest.mark.parametrize("point", CRASHES["card kept"], ids=str)
def test_a_card_whose_keeper_is_killed_is_kept_or_lost_and_may_be_kept_again(
    keeper: Keeper, point: Point
) -> None:
    source, tokens = order(keeper, SourceKind.CARD)

    die(point, KEEP.format(source=str(source.pk), token=card_token(), tokens=tokens))
    look_all(now=source.asked_at + LEASE)

    source.refresh_from_db()
    assert source.status == ("available" if point.name == "keep" else "lost")
    keeper.keep_card()
    look_all()
    assert [shown["status"] for shown in keeper.list()] == ["available"]


@pytest.mark.parametrize("point", CRASHES["wallet asked"], ids=str)
def test_a_wallet_whose_keeper_is_killed_is_kept_or_lost_and_its_tokens_are_gone(
    keeper: Keeper, point: Point
) -> None:
    source, tokens = order(keeper, SourceKind.NEQUI)

    die(point, ASK.format(source=str(source.pk), tokens=tokens))
    source.refresh_from_db()
    is_awaited = point.name == "_claim"
    assert source.status == ("awaiting" if is_awaited else "creating")
    for minutes in (1, 2, 3, 4):
        look_all(now=source.asked_at + LEASE * minutes)
    look_all(now=source.asked_at + AWAIT_AT_MOST + timedelta(minutes=11))

    source.refresh_from_db()
    assert source.status in ({"available", "refused"} if is_awaited else {"lost"})
    assert source.pending_secrets == ""


@pytest.mark.parametrize("point", CRASHES["card given up"], ids=str)
def test_a_card_that_is_given_up_is_forgotten_whoever_is_killed(
    keeper: Keeper, point: Point
) -> None:
    source = keeper.keep_card()

    die(point, FORGET.format(source=str(source.pk), client=str(source.client_id)))
    assert keeper.list() == []
    look_all(now=timezone.now() + timedelta(minutes=1))

    source.refresh_from_db()
    assert source.status == "voided"
    assert gateway().find_source(source.gateway_id).status == "voided"
