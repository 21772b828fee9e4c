"""The administration's first page says what only a person can end, and where it is."""

from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from core.models import OutboxMessage
from finances.domain.reconciliation import DayStatus
from finances.models import Difference, PayoutLine, Reconciliation
from finances.services.adjustments import request_adjustment
from finances.services.payouts import pay_out
from finances.services.refunds import Wish, request_refund
from finances.steps.counter import take_in_person
from finances.tests.earnings import earn, payee, rules
from users.models import User
from users.tests.factories import UserFactory

NOW = timezone.now()


def ask_for_an_adjustment() -> None:
    request_adjustment(
        adjustment_id=uuid4(), client_id=UserFactory.create().pk, amount=Decimal(500_001),
        currency="COP", reason="una demora", actor_id=UserFactory.create(staff=True).pk, now=NOW,
    )  # fmt: skip


def ask_for_a_refund() -> None:
    rules(refund_approval_above=0)
    clerk = UserFactory.create(staff=True).pk
    with transaction.atomic():
        paid = take_in_person(
            payable_kind="tests.thing", payable_id=uuid4(), client_id=UserFactory.create().pk,
            amount=Decimal(1_000), currency="COP", method="card", tip=Decimal(0), tip_party=None,
            actor_id=clerk, cause_id=uuid4(), now=NOW,
        )  # fmt: skip
    wish = Wish(
        payment_id=paid.pk, amount=Decimal(1_000), source="goodwill", destination="credit",
        reason="no pudo venir", location_id=None,
    )  # fmt: skip
    request_refund(refund_id=uuid4(), wish=wish, actor_id=clerk, now=NOW)


def contradict_a_payout(admin: User) -> None:
    earn(payee().party)
    pay_out(payee_ids=None, actor_id=admin.pk, now=NOW)
    PayoutLine.objects.update(flagged_at=NOW)


def find_differences(**states: dict[str, Any]) -> None:
    day = Reconciliation.objects.create(
        day=NOW.date(), status=DayStatus.DIFFERS.value, started_at=NOW, finished_at=NOW, found=2
    )
    for thing, more in states.items():
        Difference.objects.create(
            subject="payment", kind="missing_here", thing=thing, amount=1, currency="COP",
            first_run=day, last_run=day, seen_at=NOW, **more,
        )  # fmt: skip


def waiting(client: Client) -> dict[str, int]:
    page = client.get(reverse("admin:index"))
    assert page.status_code == 200
    for one in page.context["waiting"]:
        assert client.get(one["href"]).status_code == 200
        assert one["title"] in page.content.decode()
    found = {one["title"]: one["value"] for one in page.context["waiting"]}
    assert page.context["cards"][-1]["value"] == sum(found.values())
    return found


def test_the_first_page_counts_what_waits_for_a_person(client: Client, admin_user: User) -> None:
    client.force_login(admin_user)
    assert waiting(client) == {}

    ask_for_an_adjustment()
    ask_for_a_refund()
    contradict_a_payout(admin_user)
    find_differences(a={}, b={}, c={"state": "gone", "ended_at": NOW})
    OutboxMessage.objects.create(
        event_id=uuid4(), topic="t", subscriber="s", aggregate="a", payload={}, status="DEAD",
        due_at=NOW, done_at=NOW,
    )  # fmt: skip

    found = waiting(client)
    assert found == {
        "Entregas abandonadas": 1,
        "Devoluciones": 1,
        "Pagos a terceros": 1,
        "Ajustes por aprobar": 1,
        "Diferencias de conciliación": 2,
    }


def test_the_first_page_costs_the_same_however_much_waits(
    client: Client, admin_user: User, django_assert_num_queries: Any
) -> None:
    client.force_login(admin_user)
    with CaptureQueriesContext(connection) as before:
        client.get(reverse("admin:index"))
    ask_for_an_adjustment()
    ask_for_an_adjustment()
    find_differences(a={}, b={})

    with django_assert_num_queries(len(before)):
        client.get(reverse("admin:index"))
