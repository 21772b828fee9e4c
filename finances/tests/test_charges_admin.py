"""Charges and kept ways to pay at the desk: to look at, without what could charge anybody."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from finances.models import Charge, PaymentSource
from finances.tests.chargers import PSE, Payer
from finances.tests.keepers import Keeper


@pytest.fixture
def browser(admin_user: Any) -> Client:
    browser = Client()
    browser.force_login(admin_user)
    return browser


@pytest.mark.parametrize("page", ["changelist", "change"])
def test_na_22_the_desk_looks_at_a_charge_and_does_not_see_what_was_typed(
    payer: Payer, browser: Client, page: str
) -> None:
    payer.charge(**PSE)
    charge = Charge.objects.get()
    address = reverse(f"admin:finances_charge_{page}", args=[charge.pk] if page == "change" else [])

    shown = browser.get(address)

    assert shown.status_code == 200
    assert charge.reference in shown.content.decode()
    assert PSE["document"] not in shown.content.decode()
    browser.post(address, {"status": "lost", "_save": "1"})
    assert Charge.objects.get().status == charge.status


@pytest.mark.parametrize("page", ["changelist", "change"])
def test_the_desk_sees_of_a_card_what_its_owner_sees(
    keeper: Keeper, browser: Client, page: str
) -> None:
    source = keeper.keep_card()
    PaymentSource.objects.update(gateway_id="777000777000", fingerprint="f1" * 32)
    address = reverse(
        f"admin:finances_paymentsource_{page}", args=[source.pk] if page == "change" else []
    )

    shown = browser.get(address)

    assert shown.status_code == 200
    text = shown.content.decode()
    assert "4242" in text
    assert not [secret for secret in ("777000777000", "f1f1f1") if secret in text]


def test_a_payments_page_lists_its_charges(payer: Payer, browser: Client) -> None:
    payer.charge(**PSE)

    page = browser.get(reverse("admin:finances_payment_change", args=[payer.payment.pk]))

    assert page.status_code == 200
    assert "PSE" in page.content.decode()
    # What is paid stands there in words; what has no page of its own has no link.
    assert "Masaje relajante" in page.text
    assert "tests.thing" not in page.text
