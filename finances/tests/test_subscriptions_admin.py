"""The buttons of a membership's page: charge now, cancel (FIN-08)."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from core.models import AuditEntry
from finances.models import Charge, Subscription
from finances.tests.chargers import Payer
from finances.tests.test_subscriptions_api import Club
from users.models import User
from users.tests.factories import UserFactory


@pytest.fixture
def club(payer: Payer) -> Club:
    """A client whose membership has begun."""
    club = Club(payer)
    assert club.subscribe().status_code == 202
    club.look("active")
    return club


@pytest.fixture
def browser(admin_user: User) -> Client:
    browser = Client()
    browser.force_login(admin_user)
    return browser


def press(browser: Client, button: str) -> Any:
    """Open the button's dialog and send it."""
    url = reverse(f"admin:finances_subscription_{button}", args=[Subscription.objects.get().pk])
    form = browser.get(url).context["form"]
    return browser.post(url, {field.name: field.value() for field in form.hidden_fields()})


def said(answer: Any) -> list[str]:
    return [str(message) for message in answer.wsgi_request._messages]


def offered(browser: Client) -> set[str]:
    row = Subscription.objects.get()
    page = browser.get(reverse("admin:finances_subscription_change", args=[row.pk]))
    return {action["title"] for action in page.context["actions_detail"]}


def test_a_month_that_is_due_is_charged_now_by_somebody_who_is_named(
    club: Club, browser: Client, admin_user: User
) -> None:
    club.due()
    assert offered(browser) == {"Cobrar ahora", "Cancelar"}

    answer = press(browser, "charge")

    assert said(answer) == ["Cobro enviado: su resultado se ve en un momento."]
    assert Charge.objects.count() == 2
    entry = AuditEntry.objects.get(action="finances.subscription.charged-now")
    assert entry.actor_id == admin_user.pk
    club.look("active")


def test_what_is_not_due_is_not_charged_and_the_page_says_why(club: Club, browser: Client) -> None:
    answer = press(browser, "charge")

    assert Charge.objects.count() == 1
    assert len(said(answer)) == 1
    assert "Cobro enviado" not in said(answer)[0]


def test_a_membership_is_cancelled_keeps_what_is_paid_and_once_over_has_no_buttons(
    club: Club, browser: Client, admin_user: User
) -> None:
    answer = press(browser, "cancel")

    row = Subscription.objects.get()
    assert (said(answer), row.status) == (["Membresía cancelada."], "cancelled")
    assert row.paid_until is not None
    assert row.log.get(what="cancelled").actor_id == admin_user.pk

    Subscription.objects.update(status="ended", end_reason="cancelled", ended_at=row.updated_at)
    assert offered(browser) == set()


@pytest.mark.parametrize("button", ["charge", "cancel"])
def test_who_may_only_look_presses_nothing(club: Club, button: str) -> None:
    clerk, browser = UserFactory.create(staff=True), Client()
    clerk.is_staff = True
    clerk.save(update_fields=["is_staff"])
    browser.force_login(clerk)
    club.due()
    row = Subscription.objects.get()

    answer = browser.post(reverse(f"admin:finances_subscription_{button}", args=[row.pk]))

    assert answer.status_code in {302, 403}
    assert Charge.objects.count() == 1
    assert Subscription.objects.get().status == "active"
