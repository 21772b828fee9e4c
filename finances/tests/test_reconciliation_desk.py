"""Differences in the admin, and days by the command line."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from finances.models import Difference, Reconciliation
from finances.tests.desks import buttons, press
from finances.tests.reconciling import Night, today
from finances.tests.reconciling import night as night
from users.models import User
from users.tests.factories import UserFactory


@pytest.fixture
def difference(night: Night) -> Difference:
    night.pay_outside()
    night.run()
    return Difference.objects.get()


def page(client: Client, name: str) -> str:
    return client.get(reverse(f"admin:finances_{name}_changelist")).content.decode()


def test_somebody_takes_a_difference_on_asks_and_resolves_it(
    client: Client, difference: Difference, admin_user: User
) -> None:
    client.force_login(admin_user)
    assert buttons(client, difference) == {"Encargarme", "Volver a consultar", "Resolver"}

    press(client, difference, "take_on")
    press(client, difference, "ask_provider", reason="por si acaso")
    difference.refresh_from_db()
    assert (difference.state, difference.owner) == ("assigned", admin_user)
    press(client, difference, "resolve", way="differences", phone="", reason="nadie sabe de quién")

    difference.refresh_from_db()
    assert difference.state == "resolved"
    assert buttons(client, difference) == set()
    assert difference.thing in page(client, "difference")
    assert "Con diferencias" in page(client, "reconciliation")


def test_a_second_person_decides_in_the_admin(
    client: Client, difference: Difference, admin_user: User
) -> None:
    Difference.objects.update(amount=700_000)
    client.force_login(admin_user)
    press(client, difference, "resolve", way="differences", phone="", reason="nadie sabe de quién")
    assert buttons(client, difference) == {
        "Encargarme",
        "Volver a consultar",
        "Aprobar",
        "Rechazar",
    }
    press(client, difference, "approve")
    difference.refresh_from_db()
    assert difference.state == "proposed"
    press(client, difference, "reject")
    difference.refresh_from_db()
    assert difference.state == "open"

    press(client, difference, "resolve", way="differences", phone="", reason="nadie sabe de quién")
    client.force_login(UserFactory.create(admin=True))
    press(client, difference, "approve")

    difference.refresh_from_db()
    assert difference.state == "resolved"


def test_staff_see_nothing_of_it(client: Client, difference: Difference) -> None:
    client.force_login(UserFactory.create(staff=True, is_staff=True))

    for name in ("reconciliation", "difference"):
        assert client.get(reverse(f"admin:finances_{name}_changelist")).status_code == 403


def test_a_day_is_compared_by_the_command_line(night: Night) -> None:
    night.pay_known()
    said = StringIO()

    call_command("reconcile", stdout=said)

    assert "Days compared: 7" in said.getvalue()
    with pytest.raises(CommandError, match="no ha terminado"):
        call_command("reconcile", day=today(), stdout=said)
    last = Reconciliation.objects.latest("day")
    call_command("reconcile", day=last.day, stdout=said)
    assert f"{last.day}: clean, 0 differences" in said.getvalue()
