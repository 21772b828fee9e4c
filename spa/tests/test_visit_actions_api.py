"""What is done to visits over HTTP: cancel, pay, come, happen, be missed (SPA-06, SPA-10)."""

import re
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from core.testing import deliver_outbox, race
from finances.models import CounterPayment, CreditLot
from spa.models import Appointment
from spa.tests.conftest import Book, coming
from spa.tests.ledger import nothing_changes, payment_of
from spa.tests.visits import books, certain_soon, strikes_of
from users.models import User
from users.tests.factories import UserFactory

URL = "/api/v1/appointments"


@pytest.fixture
def visit(book: Book) -> Appointment:
    """A certain visit in three days at ten."""
    return certain_soon(book)


def post(caller: Any, path: str, body: Any = None, *, key: str | None = None) -> Any:
    """`POST` under a key of its own."""
    headers = {"Idempotency-Key": key or str(uuid4())}
    return caller.post(f"{URL}/{path}", body or {}, format="json", headers=headers)


def begun(visit: Appointment, *, minutes: int = 10) -> None:
    """Let the visit have begun a while ago, by the API's own clock."""
    start = timezone.now() - timedelta(minutes=minutes)
    Appointment.objects.filter(pk=visit.pk).update(
        starts_at=start, ends_at=start + timedelta(hours=1)
    )


def late(visit: Appointment) -> None:
    """Let it be too late to cancel the visit for nothing."""
    tiers = visit.policy["cancellation"]["tiers"]
    tiers[0]["until"] = (timezone.now() - timedelta(hours=1)).isoformat()
    Appointment.objects.filter(pk=visit.pk).update(policy=visit.policy)


def test_a_client_cancels_and_sees_what_came_back(
    api: Any, client_user: User, visit: Appointment
) -> None:
    answer = post(api.as_(client_user), f"{visit.pk}/cancel", {"reason": "Viajo"})

    body = answer.json()
    assert answer.status_code == 200
    assert (body["id"], body["status"]) == (str(visit.pk), "cancelled")
    assert body["outstanding"] == "0.00"  # nobody owes the rest of what will not happen
    assert body["outcome"] == {
        "grounds": "free", "credit": "48000.00", "kept": "0.00", "strike": False,
    }  # fmt: skip
    deliver_outbox()
    inbox = api.as_(client_user).get("/api/v1/me/notifications").json()["results"]
    (told,) = [row for row in inbox if row["template"] == "visit_cancelled_credit"]
    assert "$ 48.000" in told["body"]


def test_na_13_the_same_key_answers_the_same_and_another_is_refused(
    api: Any, client_user: User, visit: Appointment
) -> None:
    caller = api.as_(client_user)
    first = post(caller, f"{visit.pk}/cancel", key="una")

    with nothing_changes():
        again = post(caller, f"{visit.pk}/cancel", key="una")
    other = post(caller, f"{visit.pk}/cancel", key="otra")

    assert (again.status_code, again.content) == (200, first.content)
    assert again["Idempotency-Replayed"] == "true"
    assert (other.status_code, other.json()["code"]) == (409, "SPA-TRANSITION-REFUSED")
    assert CreditLot.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_na_13_eight_taps_on_cancel_issue_one_credit_and_one_strike(
    api: Any, client_user: User, visit: Appointment
) -> None:
    late(visit)
    taps = [partial(post, api.as_(client_user), f"{visit.pk}/cancel") for _ in range(8)]

    answers = [answer.status_code for answer in race(taps)]

    assert sorted(answers) == [200] + [409] * 7
    assert strikes_of(client_user.pk) == [("late_cancellation", False)]
    assert books() == {"gateway_clearing": 48_000, "revenue_forfeited": 48_000}


def test_na_13_a_visit_is_cancelled_and_never_deleted(
    api: Any, admin_user: User, visit: Appointment
) -> None:
    browser = Client()
    browser.force_login(admin_user)

    with nothing_changes():
        over_http = api.as_(admin_user).delete(f"{URL}/{visit.pk}")
        url = reverse("admin:spa_appointment_delete", args=[visit.pk])
        at_the_desk = browser.post(url, {"post": "yes"})

    assert (over_http.status_code, at_the_desk.status_code) == (405, 403)


def test_cancelling_needs_a_key(api: Any, client_user: User, visit: Appointment) -> None:
    with nothing_changes():
        answer = api.as_(client_user).post(f"{URL}/{visit.pk}/cancel", {}, format="json")

    assert answer.json()["code"] == "CORE-IDEMPOTENCY-KEY-MISSING"


def test_na_01_a_client_cannot_waive_the_terms(
    api: Any, client_user: User, visit: Appointment
) -> None:
    late(visit)

    with nothing_changes():
        answer = post(
            api.as_(client_user), f"{visit.pk}/cancel", {"waive": True, "reason": "Por favor"}
        )

    assert (answer.status_code, answer.json()["code"]) == (400, "CORE-INPUT-INVALID")
    assert [row["field"] for row in answer.json()["errors"]] == ["waive"]


def test_staff_waive_with_a_reason_only(
    api: Any, staff_user: User, client_user: User, visit: Appointment
) -> None:
    late(visit)
    desk = api.as_(staff_user)

    with nothing_changes():
        bare = post(desk, f"{visit.pk}/cancel", {"waive": True})
    answer = post(desk, f"{visit.pk}/cancel", {"waive": True, "reason": "Se inundó"})

    assert (bare.status_code, bare.json()["errors"][0]["field"]) == (400, "reason")
    assert answer.json()["outcome"] == {
        "grounds": "waived", "credit": "48000.00", "kept": "0.00", "strike": False,
    }  # fmt: skip


@pytest.mark.parametrize("action", ["cancel", "pay"])
def test_somebody_elses_visit_is_not_there(api: Any, visit: Appointment, action: str) -> None:
    answer = post(api.as_(UserFactory.create()), f"{visit.pk}/{action}")

    assert (answer.status_code, answer.json()["code"]) == (404, "SPA-APPOINTMENT-NOT-FOUND")
    visit.refresh_from_db()
    assert (visit.status, payment_of(visit).kind) == ("confirmed", "deposit")


def test_a_client_is_too_late_once_the_visit_has_begun(
    api: Any, client_user: User, visit: Appointment
) -> None:
    begun(visit)

    answer = post(api.as_(client_user), f"{visit.pk}/cancel")

    assert (answer.status_code, answer.json()["code"]) == (409, "SPA-VISIT-BEGUN")


def test_na_22_the_balance_is_opened_by_the_client_and_paid_at_the_gateway_only(
    api: Any, client_user: User, visit: Appointment
) -> None:
    caller = api.as_(client_user)

    answer = post(caller, f"{visit.pk}/pay", key="p")
    again = post(caller, f"{visit.pk}/pay", key="p")

    payment = answer.json()
    assert answer.status_code == 201
    assert (payment["kind"], payment["amount"], payment["status"]) == (
        "balance", "72000.00", "pending",
    )  # fmt: skip
    assert payment["checkout"]["amount_in_cents"] == 7_200_000
    assert again.content == answer.content
    shown = caller.get(f"{URL}/{visit.pk}").json()
    assert (shown["paid"], shown["payment"]["id"]) == ("48000.00", payment["id"])


def test_na_22_no_operation_open_to_clients_takes_money_as_received(
    api: Any, client_user: User, visit: Appointment
) -> None:
    caller = api.as_(client_user)
    cash = {"method": "cash", "amount": "72000.00"}

    with nothing_changes():
        answer = post(caller, f"{visit.pk}/payments", cash)
        tries = [
            post(caller, f"{visit.pk}/pay", {"status": "approved"}),
            caller.patch(f"{URL}/{visit.pk}", {"paid": "120000.00"}, format="json"),
            caller.post(f"/api/v1/payments/{payment_of(visit).id}", {"status": "approved"}),
        ]

    assert (answer.status_code, answer.json()["code"]) == (403, "CORE-PERMISSION-DENIED")
    assert [one.status_code for one in tries] == [400, 405, 405]
    assert Appointment.objects.get().paid == 48_000


def test_the_desk_receives_a_client_by_code_serves_and_takes_the_money(
    api: Any, staff_user: User, client_user: User, visit: Appointment
) -> None:
    desk = api.as_(staff_user)
    begun(visit)
    code = api.as_(client_user).get(f"{URL}/{visit.pk}").json()["check_in_code"]

    here = post(desk, "check-in", {"code": code.lower()})
    paid = post(desk, f"{visit.pk}/payments", {"method": "card", "amount": "70000", "tip": "5000"})
    done = post(desk, f"{visit.pk}/complete")

    assert (here.status_code, here.json()["status"]) == (200, "checked_in")
    assert (paid.status_code, paid.json()["outstanding"]) == (201, "2000.00")
    assert (done.status_code, done.json()["status"]) == (200, "completed")
    taken = CounterPayment.objects.get()
    assert (taken.amount, taken.tip, taken.taken_by_id) == (
        Decimal(70_000), Decimal(5_000), staff_user.pk,
    )  # fmt: skip


def test_a_debt_blocks_the_next_booking_over_http(
    api: Any, staff_user: User, client_user: User, visit: Appointment, service: Any
) -> None:
    begun(visit)
    post(api.as_(staff_user), f"{visit.pk}/complete")

    body = {"services": [str(service.pk)], "start": coming(4, 10).isoformat()}
    answer = api.as_(client_user).post(
        URL, body, format="json", headers={"Idempotency-Key": str(uuid4())}
    )

    assert (answer.status_code, answer.json()["code"]) == (409, "SPA-DEBT-OPEN")
    assert answer.json()["facts"] == {"amount": "72000.00", "currency": "COP"}


def test_taking_the_same_money_twice_under_one_key_takes_it_once(
    api: Any, staff_user: User, visit: Appointment
) -> None:
    desk, cash = api.as_(staff_user), {"method": "cash", "amount": "30000"}
    first = post(desk, f"{visit.pk}/payments", cash, key="c")

    with nothing_changes():
        again = post(desk, f"{visit.pk}/payments", cash, key="c")

    assert again.content == first.content
    assert Appointment.objects.get().paid == 78_000


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"amount": "1"}, "method"),
        ({"method": "bitcoin", "amount": "1"}, "method"),
        ({"method": "cash", "amount": "-1"}, "amount"),
        ({"method": "cash", "amount": "1.001"}, "amount"),
        ({"method": "cash", "amount": "1", "tip": "-1"}, "tip"),
        ({"method": "cash", "amount": "1", "paid": True}, "paid"),
    ],
)
def test_a_malformed_payment_is_refused(
    api: Any, staff_user: User, visit: Appointment, body: dict[str, Any], field: str
) -> None:
    with nothing_changes():
        answer = post(api.as_(staff_user), f"{visit.pk}/payments", body)

    assert answer.status_code == 400
    assert [row["field"] for row in answer.json()["errors"]] == [field]


def test_more_than_is_owed_is_not_taken(api: Any, staff_user: User, visit: Appointment) -> None:
    answer = post(
        api.as_(staff_user), f"{visit.pk}/payments", {"method": "cash", "amount": "72001"}
    )

    assert (answer.status_code, answer.json()["code"]) == (422, "SPA-PAYS-TOO-MUCH")
    assert answer.json()["facts"] == {"outstanding": "72000.00", "currency": "COP"}
    assert not CounterPayment.objects.exists()
    assert Appointment.objects.get().paid == 48_000


def test_the_desk_corrects_itself(api: Any, staff_user: User, visit: Appointment) -> None:
    desk = api.as_(staff_user)
    begun(visit)

    statuses = [
        post(desk, f"{visit.pk}/check-in").json()["status"],
        post(desk, f"{visit.pk}/undo-check-in").json()["status"],
        post(desk, f"{visit.pk}/no-show").json()["status"],
        post(desk, f"{visit.pk}/check-in").json()["code"],
        post(desk, f"{visit.pk}/check-in", {"reason": "Sí vino"}).json()["status"],
        post(desk, f"{visit.pk}/no-show").json()["code"],
    ]

    assert statuses == [
        "checked_in",
        "confirmed",
        "no_show",
        "SPA-REASON-MISSING",
        "checked_in",
        "SPA-REASON-MISSING",
    ]


def test_a_visit_that_has_not_begun_was_not_missed(
    api: Any, staff_user: User, visit: Appointment
) -> None:
    answer = post(api.as_(staff_user), f"{visit.pk}/no-show")

    assert (answer.status_code, answer.json()["code"]) == (409, "SPA-VISIT-NOT-BEGUN")


def test_an_unknown_code_finds_nothing(api: Any, staff_user: User, visit: Appointment) -> None:
    answer = post(api.as_(staff_user), "check-in", {"code": "NADA22"})

    assert (answer.status_code, answer.json()["code"]) == (404, "SPA-APPOINTMENT-NOT-FOUND")


def test_the_code_is_a_picture_for_its_client_and_staff_only(
    api: Any, client_user: User, staff_user: User, visit: Appointment
) -> None:
    path = f"{URL}/{visit.pk}/qr"

    mine = api.as_(client_user).get(path)

    assert (mine.status_code, mine["Content-Type"]) == (200, "image/svg+xml")
    assert mine["Cache-Control"] == "private, no-store"
    assert re.match(rb"<svg [^>]+><", mine.content)
    assert visit.title.encode() not in mine.content
    assert api.as_(staff_user).get(path).content == mine.content
    assert api.as_(UserFactory.create()).get(path).status_code == 404


def test_the_terms_are_shown_whole(api: Any, client_user: User, visit: Appointment) -> None:
    policy = api.as_(client_user).get(f"{URL}/{visit.pk}").json()["policy"]

    start = visit.starts_at
    tiers = [(tier["reason"], tier["credit"]) for tier in policy["cancellation"]["tiers"]]
    assert tiers == [("free", "48000.00"), ("late", "0.00")]
    assert datetime.fromisoformat(policy["rescheduling"]["until"]) == start - timedelta(days=1)
    assert datetime.fromisoformat(policy["no_show"]["after"]) == start + timedelta(minutes=30)
