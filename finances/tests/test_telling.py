"""What people, metrics and the desk hear of money."""

from typing import Any
from uuid import UUID

import pytest
from django.contrib.admin.sites import site
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone

from core.audit import find_broken_entry
from core.errors import ProviderUnavailable
from core.models import AuditEntry
from core.testing import deliver_outbox
from finances import metrics
from finances.errors import PaymentSettled, PaymentUnknown
from finances.models import LedgerEntry, Payment
from finances.services.review import review_payment
from finances.steps.payments import expire_payments
from finances.tests.payables import KIND, FakePayable
from finances.tests.wires import Wire, forge
from finances.types import Allocation
from notifications.models import Notification

ACTOR = UUID(int=5)


def told(payment: Payment) -> list[tuple[str, dict[str, str]]]:
    """What the client was told, template and facts."""
    deliver_outbox()
    rows = Notification.objects.filter(person_id=payment.client_id).order_by("created_at")
    return [(row.template, row.facts) for row in rows]


def test_a_refused_payer_is_told_once(wire: Wire, payment: Payment) -> None:
    body = wire.pay(payment, "DECLINED")
    wire.deliver(body, body)

    (message,) = told(payment)
    assert message == (
        "payment_declined",
        {"amount": "48000.00", "currency": "COP", "service": "Masaje relajante"},
    )


def test_na_23_whose_money_became_credit_is_told_why(
    wire: Wire, payment: Payment, payable: FakePayable
) -> None:
    payable.answer = Allocation.credited(branch="taken", reason="el horario ya estaba ocupado")

    wire.deliver(wire.pay(payment))

    (message,) = told(payment)
    assert message == (
        "payment_credited",
        {"amount": "48000.00", "currency": "COP", "reason": "el horario ya estaba ocupado"},
    )


def test_whose_payment_arrived_hears_it_from_what_was_paid(wire: Wire, payment: Payment) -> None:
    wire.deliver(wire.pay(payment))

    assert told(payment) == []


def test_late_money_and_contradictions_are_counted(
    wire: Wire,
    open_one: Any,
    payable: FakePayable,
    django_capture_on_commit_callbacks: Any,
) -> None:
    late = metrics.LATE_MONEY.labels(kind="deposit", branch="retaken")
    settled = metrics.SETTLED.labels(kind="deposit", fate="accepted")
    flagged = metrics.FLAGGED.labels(field="amount")
    before = [counter._value.get() for counter in (late, settled, flagged)]
    payment, odd = open_one(), open_one()
    bodies = [wire.pay(payment), wire.pay(odd, amount_in_cents=4_799_900)]
    with transaction.atomic():
        expire_payments(payable_kind=KIND, payable_ids=[payment.payable_id], now=timezone.now())
    payable.answer = Allocation.accepted(branch="retaken")

    with django_capture_on_commit_callbacks(execute=True):
        wire.deliver(*bodies)

    assert [c._value.get() for c in (late, settled, flagged)] == [n + 1 for n in before]


@pytest.fixture
def flagged(wire: Wire, payment: Payment) -> Payment:
    """A genuine payment whose first event had been tampered with."""
    wire.deliver(forge(wire.pay(payment), sign=False, currency="USD"))
    payment.refresh_from_db()
    assert payment.status == "flagged"
    return payment


def test_a_review_believes_the_gateways_books(flagged: Payment, payable: FakePayable) -> None:
    status = review_payment(payment_id=flagged.pk, actor_id=ACTOR, now=timezone.now())

    assert status == "approved"
    assert len(payable.told) == 1
    entry = AuditEntry.objects.order_by("pk").last()
    assert entry is not None
    assert (entry.action, entry.actor_id) == ("finances.payment.reviewed", ACTOR)
    assert find_broken_entry() is None


def test_na_22_a_review_cannot_approve_what_the_gateways_books_contradict(
    wire: Wire, payment: Payment, payable: FakePayable
) -> None:
    wire.deliver(wire.pay(payment, amount_in_cents=4_799_900))

    status = review_payment(payment_id=payment.pk, actor_id=ACTOR, now=timezone.now())

    assert status == "flagged"
    assert payable.told == []
    assert not LedgerEntry.objects.exists()


def test_a_flag_stays_while_nobody_reviews(wire: Wire, flagged: Payment) -> None:
    wire.deliver(*wire.events(flagged))

    flagged.refresh_from_db()
    assert flagged.status == "flagged"


def test_a_review_finds_money_of_which_no_event_and_no_look_told(
    wire: Wire, payment: Payment, payable: FakePayable
) -> None:
    wire.pay(payment)

    status = review_payment(payment_id=payment.pk, actor_id=ACTOR, now=timezone.now())

    assert status == "approved"
    assert len(payable.told) == 1


def test_a_settled_payment_is_not_reviewed(wire: Wire, payment: Payment) -> None:
    wire.deliver(wire.pay(payment))

    with pytest.raises(PaymentSettled):
        review_payment(payment_id=payment.pk, actor_id=ACTOR, now=timezone.now())
    with pytest.raises(PaymentUnknown):
        review_payment(payment_id=UUID(int=1), actor_id=ACTOR, now=timezone.now())

    assert not AuditEntry.objects.exists()


def test_na_24_a_review_without_the_gateway_changes_nothing(wire: Wire, flagged: Payment) -> None:
    wire.sandbox.faults("wompi", "down")

    with pytest.raises(ProviderUnavailable):
        review_payment(payment_id=flagged.pk, actor_id=ACTOR, now=timezone.now())

    flagged.refresh_from_db()
    assert flagged.status == "flagged"


def test_the_desk_asks_the_gateway_again(client: Any, admin_user: Any, flagged: Payment) -> None:
    client.force_login(admin_user)
    choice = {"action": "ask_gateway_again", "_selected_action": [str(flagged.pk)]}

    answer = client.post("/admin/finances/payment/", choice)

    flagged.refresh_from_db()
    assert answer.status_code == 302
    assert flagged.status == "approved"


@pytest.mark.parametrize("model", ["payment", "ledgertransaction", "ledgeraccount"])
def test_the_desk_looks_at_money_and_writes_none(
    client: Any, admin_user: Any, wire: Wire, payment: Payment, model: str
) -> None:
    wire.deliver(wire.pay(payment))
    client.force_login(admin_user)

    page = client.get(f"/admin/finances/{model}/")
    new = client.get(f"/admin/finances/{model}/add/")

    assert (page.status_code, new.status_code) == (200, 403)
    assert not any("delete" in action for action in _actions(client, model))


def _actions(client: Any, model: str) -> list[str]:
    registered = {m._meta.model_name: a for m, a in site._registry.items()}
    request = client.get(f"/admin/finances/{model}/").wsgi_request
    return list(registered[model].get_actions(request))


def test_check_gateway_names_our_account(wire: Wire, capsys: Any) -> None:
    call_command("check_gateway")

    assert "StudioZens (Sandbox)" in capsys.readouterr().out


def test_check_gateway_says_which_key_is_wrong(wire: Wire, settings: Any) -> None:
    settings.WOMPI_PRIVATE_KEY = "prv_test_somebody-else"

    with pytest.raises(CommandError, match=r"FIN-GATEWAY-REFUSED.*403"):
        call_command("check_gateway")
