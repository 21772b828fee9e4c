"""Commissions and payouts over HTTP, and the provider's signed events (FIN-07, NA-30)."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.conf import settings
from django.utils import timezone

from core.models import InboxMessage
from core.testing import process_inbox
from finances import registry
from finances.domain.signatures import event_checksum
from finances.models import Payee, Payout, PayoutBank
from finances.registry import Earner
from finances.selectors.ledger import verify
from finances.services.payees import refresh_banks
from finances.services.payouts import pay_out
from finances.tests.bank_desk import BankDesk, work
from finances.tests.books import books
from finances.tests.earnings import earn, payee, tip
from users.models import User

NOW = timezone.now()
WEBHOOK = "/api/v1/webhooks/wompi-payouts"
ANA = UUID(int=7)


@pytest.fixture
def people(monkeypatch: pytest.MonkeyPatch, staff_user: User) -> None:
    """Ana is of the studio and has an account here."""
    monkeypatch.setattr(registry, "_earners", [lambda: [Earner(ANA, "Ana", staff_user.pk)]])


def post(api: Any, user: User, key: str, **body: Any) -> Any:
    return api.as_(user).post(
        "/api/v1/payouts", body, format="json", headers={"Idempotency-Key": key}
    )


def test_a_staff_member_sees_own_commissions_and_an_administrator_everybodys(
    api: Any, people: None, staff_user: User, admin_user: User
) -> None:
    mine, other = earn(ANA), earn(uuid4())

    def seen(user: User, query: str = "") -> list[str]:
        return [
            row["id"] for row in api.as_(user).get(f"/api/v1/commissions{query}").json()["results"]
        ]

    assert seen(staff_user) == [str(mine.pk)]
    assert seen(staff_user, f"?party={other.party}") == []
    assert seen(admin_user) == [str(other.pk), str(mine.pk)]
    assert seen(admin_user, f"?party={ANA}&open=true") == [str(mine.pk)]
    assert seen(admin_user, "?until=2020-01-01") == []


def test_a_commission_says_what_it_is_for_and_whether_it_is_paid(
    api: Any, admin_user: User
) -> None:
    ana = payee()
    earn(ana.party)
    pay_out(payee_ids=[ana.pk], actor_id=admin_user.pk, now=NOW)
    earn(ana.party, 100, 10)

    newest, first = api.as_(admin_user).get("/api/v1/commissions").json()["results"]

    assert (newest["amount"], newest["status"], newest["percent"]) == ("10.00", "open", "10.00")
    assert (first["description"], first["status"]) == ("Masaje", "pending")


@pytest.mark.parametrize("path", ["commissions", "payouts"])
def test_lists_take_a_fixed_number_of_queries(
    api: Any, admin_user: User, django_assert_max_num_queries: Any, path: str
) -> None:
    caller = api.as_(admin_user)
    for _ in range(5):
        ana = payee()
        earn(ana.party)
        pay_out(payee_ids=[ana.pk], actor_id=admin_user.pk, now=NOW)

    with django_assert_max_num_queries(4):
        assert caller.get(f"/api/v1/{path}").json()["count"] == 5


def test_an_administrator_pays_and_a_repeat_of_the_key_pays_nothing_more(
    api: Any, admin_user: User
) -> None:
    ana = payee()
    earn(ana.party)
    tip(ana.party)

    first = post(api, admin_user, "k1", payees=[str(ana.pk)])
    again = post(api, admin_user, "k1", payees=[str(ana.pk)])
    other = post(api, admin_user, "k2", payees=[str(ana.pk)])

    assert (first.status_code, again.content) == (201, first.content)
    assert (other.status_code, other.json()["code"]) == (409, "FIN-NOTHING-TO-PAY-OUT")
    (stored,) = first.json()["payouts"]
    (line,) = stored["lines"]
    assert (stored["status"], stored["amount"]) == ("waiting", "270000.00")
    assert (line["account"], line["bank"]) == ("••••5678", "Banco de Prueba")
    assert (line["commissions"], line["tips"]) == ("250000.00", "20000.00")
    assert "12345678" not in first.content.decode()
    assert Payout.objects.count() == 1


def test_nothing_is_paid_without_a_key_or_to_somebody_unknown(
    api: Any, admin_user: User, staff_user: User
) -> None:
    ana = payee()
    earn(ana.party)

    missing = api.as_(admin_user).post("/api/v1/payouts", {}, format="json")
    unknown = post(api, admin_user, "k", payees=[str(uuid4())])
    nobody = post(api, admin_user, "k2", payees=[])
    staff = post(api, staff_user, "k3", payees=[str(ana.pk)])

    assert missing.json()["code"] == "CORE-IDEMPOTENCY-KEY-MISSING"
    assert (unknown.status_code, unknown.json()["code"]) == (404, "FIN-PAYEE-UNKNOWN")
    assert nobody.status_code == 400
    assert staff.status_code == 403
    assert not Payout.objects.exists()


def test_one_payout_is_shown_with_its_lines_and_an_unknown_one_is_404(
    api: Any, admin_user: User, django_assert_max_num_queries: Any
) -> None:
    ana = payee()
    earn(ana.party)
    (payout,) = pay_out(payee_ids=[ana.pk], actor_id=admin_user.pk, now=NOW)
    caller = api.as_(admin_user)

    with django_assert_max_num_queries(4):
        shown = caller.get(f"/api/v1/payouts/{payout.pk}").json()

    assert (shown["reference"], shown["line_count"]) == (payout.reference, 1)
    assert caller.get(f"/api/v1/payouts/{uuid4()}").json()["code"] == "FIN-PAYOUT-UNKNOWN"
    listed = caller.get("/api/v1/payouts?status=sent").json()
    assert listed["count"] == 0


@pytest.fixture
def desk(db: None, sandbox: Any) -> BankDesk:
    return BankDesk(sandbox)


@pytest.fixture
def payout(desk: BankDesk, admin_user: User) -> Iterator[Payout]:
    """A batch that the provider has."""
    refresh_banks()
    bank_id = PayoutBank.objects.order_by("name").values_list("pk", flat=True)[0]
    people: list[Payee] = [payee(bank_id=bank_id) for _ in range(2)]
    for one in people:
        earn(one.party)
    (found,) = pay_out(payee_ids=[one.pk for one in people], actor_id=admin_user.pk, now=NOW)
    work(NOW)
    return found


def deliver(api: Any, *bodies: bytes) -> list[int]:
    codes = [
        api.post(WEBHOOK, body, content_type="application/json").status_code for body in bodies
    ]
    process_inbox()
    return codes


def test_events_end_a_batch_in_whatever_order_and_however_often_they_come(
    api: Any, desk: BankDesk, payout: Payout
) -> None:
    desk.end(payout)
    events = desk.events(payout)
    assert len(events) == 3
    assert b"12345678" in events[0]

    codes = deliver(api, *reversed(events), *events)

    payout.refresh_from_db()
    assert set(codes) == {200}
    assert payout.status == "finished"
    assert books()["bank"] == -500_000
    assert verify() == []
    assert set(InboxMessage.objects.values_list("status", flat=True)) == {"DONE"}
    kept = b"".join(bytes(message.body) for message in InboxMessage.objects.all())
    assert b"12345678" not in kept
    assert b"1000000000" not in kept


def test_na_30_an_event_is_not_believed_only_the_providers_books_are(
    api: Any, desk: BankDesk, payout: Payout
) -> None:
    """Signed with our secret, it says approved; the provider says that nothing has ended."""
    desk.end(payout, transaction=payout.lines.order_by("pk")[0].reference)
    event = json.loads(desk.events(payout)[0])
    other = payout.lines.order_by("pk")[1]
    event["data"]["transaction"] |= {"reference": other.reference, "status": "APPROVED"}
    forged = json.dumps(event).encode()

    deliver(api, forged)

    assert sorted(payout.lines.values_list("status", flat=True)) == ["approved", "pending"]
    other.refresh_from_db()
    assert other.status == "pending"


def signed(data: dict[str, Any], properties: list[str], *, stamp: Any) -> dict[str, Any]:
    values = [data[name.partition(".")[0]][name.partition(".")[2]] for name in properties]
    checksum = event_checksum(
        values=values, timestamp=stamp, secret=settings.WOMPI_PAYOUTS_EVENTS_SECRET
    )
    return {
        "event": "payout.updated",
        "data": data,
        "signature": {"properties": properties, "checksum": checksum},
        "timestamp": stamp,
    }


STAMP = 1767225700123
PAYOUT = {"payout": {"id": "p-1", "status": "TOTAL_PAYMENT", "amountInCents": 45000}}
NAMES = ["payout.id", "payout.status", "payout.amountInCents"]


def test_the_checksum_is_over_what_the_event_names_in_milliseconds(
    db: None, api: Any, settings: Any
) -> None:
    """The example of the provider's page."""
    settings.WOMPI_PAYOUTS_EVENTS_SECRET = "test_events_EXAMPLEsecret03"
    transaction = {
        "id": "7d0f3c1e-5a41-4a57-9a30-0c2b1b6f6a10",
        "status": "APPROVED",
        "amount": 4500000,
    }
    event = {
        "event": "transaction.updated",
        "data": {"transaction": transaction},
        "signature": {
            "properties": ["transaction.id", "transaction.status", "transaction.amount"],
            "checksum": "AE6EB30A338D5BE9E8B0AB9AA39D185CDC5B2DA37A1909C6C29639B04B6F58D9",
        },
        "timestamp": 1767225700123,
    }

    assert deliver(api, json.dumps(event).encode()) == [200]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda event: event["data"]["payout"].update(status="REJECTED"),
        lambda event: event.update(timestamp=STAMP + 1),
        lambda event: event.update(timestamp=float(STAMP)),
        lambda event: event["signature"].update(checksum="0" * 64),
        lambda event: event["signature"].update(properties=[]),
        lambda event: event["signature"].update(properties=["payout.nothing"]),
        lambda event: event.pop("signature"),
        lambda event: event.update(data=[]),
    ],
)
def test_what_is_not_signed_as_it_stands_is_refused_and_not_kept(
    db: None, api: Any, spoil: Any
) -> None:
    event = signed(json.loads(json.dumps(PAYOUT)), NAMES, stamp=STAMP)
    spoil(event)

    answer = api.post(WEBHOOK, json.dumps(event), content_type="application/json")

    assert (answer.status_code, answer.json()["code"]) == (401, "FIN-WEBHOOK-SIGNATURE")
    assert not InboxMessage.objects.exists()


def test_the_payment_gateways_secret_opens_no_payout_event(
    db: None, api: Any, settings: Any
) -> None:
    settings.WOMPI_PAYOUTS_EVENTS_SECRET = settings.WOMPI_EVENTS_SECRET
    event = signed(PAYOUT, NAMES, stamp=STAMP)
    settings.WOMPI_PAYOUTS_EVENTS_SECRET = "test_events_payouts_studiozens"

    assert deliver(api, json.dumps(event).encode()) == [401]


def test_an_event_of_a_batch_the_provider_does_not_know_is_asked_about_again_later(
    api: Any, desk: BankDesk
) -> None:
    unknown, none = (
        signed(data, names, stamp=STAMP)
        for data, names in (
            (PAYOUT, NAMES),
            ({"other": {"id": "x"}}, ["other.id"]),
        )
    )

    assert deliver(api, *(json.dumps(event).encode() for event in (unknown, none))) == [200, 200]

    found = dict(InboxMessage.objects.values_list("key", "status"))
    assert sorted(found.values()) == ["DONE", "PENDING"]
    waiting = InboxMessage.objects.get(status="PENDING")
    assert "FIN-PAYOUT-NOT-FOUND" in waiting.last_error
    assert waiting.due_at > timezone.now() - timedelta(minutes=1)


def test_an_event_that_comes_before_our_own_answer_is_written_finds_the_batch(
    api: Any, desk: BankDesk, payout: Payout
) -> None:
    """The worker that sent it is dead, or has not come so far."""
    Payout.objects.filter(pk=payout.pk).update(status="sending", gateway_id="")
    desk.end(payout)

    deliver(api, *desk.events(payout))

    payout.refresh_from_db()
    assert payout.status == "finished"
    assert payout.gateway_id
    assert verify() == []
