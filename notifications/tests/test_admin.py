"""The log of deliveries, and the button that sends a failed one again."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from core.models import AuditEntry
from notifications.models import Delivery
from notifications.tests.conftest import delivery_of, send_all, tell
from users.models import User

DELIVERIES = "admin:notifications_delivery_changelist"


@pytest.fixture
def office(admin_user: User) -> Client:
    """An administrator's browser."""
    office = Client()
    office.force_login(admin_user)
    return office


def _send_again(office: Client, *deliveries: Delivery) -> Any:
    chosen = {"action": "send_again", "_selected_action": [str(row.pk) for row in deliveries]}
    return office.post(reverse(DELIVERIES), chosen)


def test_a_failed_message_is_sent_again_and_who_asked_is_written_down(
    office: Client, admin_user: User, person: User, sandbox: Any
) -> None:
    sandbox.faults("whatsapp", "errors", code=132001)
    failed = delivery_of(tell(person))
    send_all()
    sandbox.faults("whatsapp", "off")

    assert _send_again(office, failed).status_code == 302
    send_all()

    failed.refresh_from_db()
    assert failed.status == "SENT"
    assert len(sandbox.messages(to=person.phone)) == 1
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.actor_id) == ("notifications.send-again", admin_user.pk)
    assert entry.facts == {"reason": "whatsapp_132001", "channel": "WHATSAPP"}


def test_a_message_that_did_not_fail_is_not_sent_again(
    office: Client, person: User, sandbox: Any
) -> None:
    told = tell(person)
    send_all()

    _send_again(office, delivery_of(told))
    send_all()

    assert delivery_of(told).attempts == 1
    assert len(sandbox.messages(to=person.phone)) == 1
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize("model", ["notification", "delivery", "messagingsettings"])
def test_the_lists_open_and_nothing_is_added_by_hand(
    office: Client, person: User, model: str
) -> None:
    tell(person)

    assert office.get(reverse(f"admin:notifications_{model}_changelist")).status_code == 200
    if model != "messagingsettings":
        assert office.get(reverse(f"admin:notifications_{model}_add")).status_code == 403


def test_a_log_row_can_be_read_but_not_changed(office: Client, person: User) -> None:
    delivery = delivery_of(tell(person))
    page = reverse("admin:notifications_delivery_change", args=[delivery.pk])

    assert office.get(page).status_code == 200
    assert office.post(page, {"status": "SENT"}).status_code == 403

    delivery.refresh_from_db()
    assert delivery.status == "QUEUED"
