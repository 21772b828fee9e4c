"""`/payouts/v1`: batches are taken once, end, say so, and no cent is lost."""

import hashlib
import json
from pathlib import Path

import pytest
import requests

from sandbox.tests.batches import (
    AMOUNT,
    KEYS,
    PAYOUTS,
    account,
    balance,
    batch,
    line,
    made,
    read,
    send,
)
from sandbox.tests.process import StandIn, running
from sandbox.tests.receiver import Received, Receiver
from sandbox.wompi.signatures import event_checksum

DAY = 86_400


def refusal(answer: requests.Response) -> tuple[int, str]:
    """The status and the code."""
    return answer.status_code, str(answer.json()["code"])


def events(receiver: Receiver, reference: str, kind: str, *, count: int = 1) -> list[Received]:
    """The events of one kind about a reference."""

    def wanted(request: Received) -> bool:
        return reference.encode() in request.body and request.json["event"] == f"{kind}.updated"

    return receiver.wait_for(wanted, count=count)


def test_the_checksum_of_a_payouts_event_is_wompis() -> None:
    payout = {"id": "7d0f3c1e-5a41-4a57-9a30-0c2b1b6f6a10", "status": "APPROVED", "amount": 4500000}

    checksum = event_checksum(
        data={"transaction": payout},
        properties=["transaction.id", "transaction.status", "transaction.amount"],
        timestamp=1767225700123,
        secret="test_events_EXAMPLEsecret03",
    )

    assert checksum == "ae6eb30a338d5be9e8b0ab9aa39d185cdc5b2da37a1909c6c29639b04b6f58d9"


def test_a_batch_is_paid_and_both_kinds_of_event_are_signed(
    sandbox: StandIn, receiver: Receiver, reference: str
) -> None:
    before = balance(sandbox)
    mine = line(sandbox, reference=reference)

    answer = send(sandbox, batch(sandbox, reference, mine))

    data = answer.json()["data"]
    assert (answer.status_code, data["transactions"], data["success"]) == (201, 1, 1)
    assert balance(sandbox) == before - AMOUNT
    told = events(receiver, reference, "payout")[0]
    paid = events(receiver, reference, "transaction")[0]
    assert told.json["data"]["payout"]["status"] == "TOTAL_PAYMENT"
    transaction = paid.json["data"]["transaction"]
    assert (transaction["status"], transaction["payoutId"]) == ("APPROVED", data["payoutId"])
    assert transaction["payee"]["accountNumber"] == "12345678"
    for event, kind in ((told, "payout"), (paid, "transaction")):
        body, shown = event.json, event.json["data"][kind]
        text = f"{shown['id']}{shown['status']}{shown['amountInCents']}{body['timestamp']}"
        signed = hashlib.sha256(f"{text}test_events_payouts_studiozens".encode()).hexdigest()
        assert event.path == "/api/v1/webhooks/wompi-payouts"
        assert body["signature"]["checksum"] == event.headers["X-Event-Checksum"] == signed
        assert body["timestamp"] > 10**12
        assert body["sentAt"].endswith("Z")
        assert "environment" not in body


def test_a_batch_is_found_by_its_id_and_by_its_reference(
    sandbox: StandIn, receiver: Receiver, reference: str
) -> None:
    payout = made(sandbox, reference, line(sandbox, reference=f"{reference}-1"))
    events(receiver, reference, "payout")

    by_id = read(sandbox, f"payouts/{payout}")
    by_reference = read(sandbox, "payouts", reference=reference)
    lines = read(sandbox, f"payouts/{payout}/transactions")
    same = read(sandbox, f"transactions/{reference}")

    assert (by_id["id"], by_id["status"], by_id["amountInCents"]) == (
        payout,
        "TOTAL_PAYMENT",
        AMOUNT,
    )
    assert (by_reference["total"], by_reference["pages"]) == (1, 1)
    assert [row["id"] for row in by_reference["records"]] == [payout]
    assert lines == same
    record = lines["records"][0]
    assert (record["status"], record["reference"]) == ("APPROVED", f"{reference}-1")
    assert record["payeeInfo"]["legalId"] == "1000000000"
    assert read(sandbox, f"payouts/{payout}/transactions/{record['id']}") == record
    assert read(sandbox, "payouts", reference=reference, status="PENDING")["records"] == []
    wanted = "PENDING,TOTAL_PAYMENT"
    assert len(read(sandbox, "payouts", reference=reference, status=wanted)["records"]) == 1
    assert read(sandbox, "payouts", reference="nobody")["records"] == []
    assert sandbox.get(f"{PAYOUTS}/nobody", headers=KEYS).status_code == 404


def test_a_key_makes_one_batch_a_day(own_sandbox: StandIn, reference: str) -> None:
    before, body = balance(own_sandbox), batch(own_sandbox, reference)

    first, again = (send(own_sandbox, body, key="nomina-1") for _ in "12")
    assert first.status_code == 201
    assert refusal(again) == (409, "EXC_022")
    assert len(read(own_sandbox, "payouts", reference=reference)["records"]) == 1
    assert balance(own_sandbox) == before - AMOUNT

    own_sandbox.control("clock", offset_seconds=DAY + 1)
    assert send(own_sandbox, body, key="nomina-1").status_code == 201


@pytest.mark.slow
def test_a_key_outlives_a_killed_answer_and_a_restart(tmp_path: Path, reference: str) -> None:
    kept = {"SANDBOX_DB": str(tmp_path / "s.sqlite3"), "PUBLIC_BASE_URL": "http://127.0.0.1:9"}
    with running(**kept, SANDBOX_PAYOUTS_SETTLE_SECONDS="0.2") as sandbox:
        body = batch(sandbox, reference)
        sandbox.control("faults", provider="payouts", mode="lost_answer")
        with pytest.raises(requests.ConnectionError):
            send(sandbox, body, key="nomina-2")

    with running(**kept) as sandbox:
        assert refusal(send(sandbox, body, key="nomina-2")) == (409, "EXC_022")
        for _ in range(200):
            found = read(sandbox, "payouts", reference=reference)["records"]
            if found[0]["status"] == "TOTAL_PAYMENT":
                break
        assert [row["status"] for row in found] == ["TOTAL_PAYMENT"]


@pytest.mark.parametrize("key", ["", "con espacio", "x" * 65, "a_b"])
def test_a_key_is_letters_digits_and_hyphens(sandbox: StandIn, reference: str, key: str) -> None:
    body, headers = batch(sandbox, reference), KEYS | {"idempotency-key": key}

    assert refusal(sandbox.post(PAYOUTS, json=body, headers=headers)) == (400, "EXC_002")


@pytest.mark.parametrize("name", ["x-api-key", "user-principal-id"])
def test_without_both_credentials_nothing_is_shown(sandbox: StandIn, name: str) -> None:
    for wrong in (KEYS | {name: "other"}, {key: KEYS[key] for key in KEYS if key != name}):
        assert sandbox.get("/payouts/v1/accounts", headers=wrong).status_code == 401
        assert sandbox.post(PAYOUTS, json={}, headers=wrong).status_code == 401


def test_lack_of_funds_has_a_code_of_its_own_and_spends_no_key(
    own_sandbox: StandIn, reference: str
) -> None:
    whole = balance(own_sandbox)
    body = batch(own_sandbox, reference, line(own_sandbox, amount=whole + 1))

    assert refusal(send(own_sandbox, body, key="k-1")) == (400, "EXC_008")
    assert balance(own_sandbox) == whole

    path = "/payouts/v1/accounts/balance-recharge"
    wanted = {"accountId": account(own_sandbox)["id"], "amountInCents": 100_000}
    assert own_sandbox.post(path, json=wanted, headers=KEYS).status_code == 201
    assert (
        own_sandbox.post(path, json=wanted | {"amountInCents": 1}, headers=KEYS).status_code == 400
    )
    assert balance(own_sandbox) == whole + 100_000
    assert send(own_sandbox, body, key="k-1").status_code == 201


def test_the_daily_limit_is_of_the_day_in_bogota(own_receiver: Receiver, reference: str) -> None:
    with running(
        PUBLIC_BASE_URL=own_receiver.url, SANDBOX_PAYOUTS_DAILY_LIMIT_IN_CENTS=str(AMOUNT)
    ) as sandbox:
        made(sandbox, reference)
        limits = read(sandbox, "limits")
        shown = (limits["dailyLimit"], limits["limits"]["dailyAvailable"])
        assert shown == (AMOUNT, 0)

        body = batch(sandbox, f"{reference}-2")
        assert refusal(send(sandbox, body)) == (400, "EXC_017")
        sandbox.control("clock", offset_seconds=DAY)
        assert send(sandbox, body).status_code == 201


def test_an_account_that_is_not_active_pays_nobody(sandbox: StandIn, reference: str) -> None:
    for unusable in (account(sandbox, "IN_REVIEW")["id"], "nobody"):
        answer = send(sandbox, batch(sandbox, reference, accountId=unusable))
        assert refusal(answer) == (400, "EXC_019")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"reference": ""}, "reference"),
        ({"paymentType": "GIFT"}, "paymentType"),
        ({"transactions": []}, "transactions"),
        ({"transactionStatus": "PENDING"}, "transactionStatus"),
        ({"dispersionDatetime": "2026-12-01T10:00"}, "dispersionDatetime"),
    ],
)
def test_a_batch_with_a_wrong_field_is_not_taken(
    sandbox: StandIn, reference: str, change: dict[str, object], field: str
) -> None:
    answer = send(sandbox, batch(sandbox, reference) | change)

    assert refusal(answer) == (400, "EXC_002")
    assert field in answer.json()["message"]
    assert read(sandbox, "payouts", reference=reference)["records"] == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("legalIdType", "PASSPORT"),
        ("legalId", None),
        ("bankId", "BANCOLOMBIA"),
        ("accountType", "DEPOSITO"),
        ("accountNumber", "12345"),
        ("accountNumber", "000000"),
        ("name", ""),
        ("amount", 0),
        ("amount", 45.5),
        ("email", "ana"),
    ],
)
def test_a_line_with_a_wrong_field_is_named(
    sandbox: StandIn, reference: str, field: str, value: object
) -> None:
    answer = send(sandbox, batch(sandbox, reference, line(sandbox, **{field: value})))

    assert refusal(answer) == (400, "EXC_002")
    assert f"transactions[0].{field}" in answer.json()["message"]


def test_lines_fail_by_themselves_and_their_money_comes_back(
    own_sandbox: StandIn, receiver: Receiver, reference: str
) -> None:
    before = balance(own_sandbox)
    good, bad = line(own_sandbox), line(own_sandbox, accountNumber="12340011", amount=700)

    payout = made(own_sandbox, reference, good, bad)
    assert balance(own_sandbox) == before - AMOUNT - 700
    events(receiver, reference, "payout")

    records = read(own_sandbox, f"payouts/{payout}/transactions")["records"]
    assert [row["status"] for row in records] == ["APPROVED", "FAILED"]
    reason = {"code": "D11", "message": "La cuenta no corresponde al documento"}
    assert (records[0]["failureReason"], records[1]["failureReason"]) == (None, reason)
    assert read(own_sandbox, f"payouts/{payout}")["status"] == "TOTAL_PAYMENT"
    assert balance(own_sandbox) == before - AMOUNT


def test_a_batch_may_be_told_to_fail(
    own_sandbox: StandIn, receiver: Receiver, reference: str
) -> None:
    before = balance(own_sandbox)

    made(own_sandbox, reference, transactionStatus="FAILED")

    told = events(receiver, reference, "payout")[0].json["data"]["payout"]
    assert told["status"] == "TOTAL_PAYMENT"
    assert balance(own_sandbox) == before


def test_a_test_decides_line_by_line_what_the_bank_does(
    own_sandbox: StandIn, receiver: Receiver, reference: str
) -> None:
    before = balance(own_sandbox)
    own_sandbox.control("payouts/next", status="FAILED", code="D19")
    own_sandbox.control("payouts/next", status="PENDING", next=2)
    lines = [line(own_sandbox, reference=f"{reference}-{number}") for number in "123"]
    payout = made(own_sandbox, reference, *lines)

    events(receiver, reference, "payout")
    assert read(own_sandbox, f"payouts/{payout}")["status"] == "PARTIAL_PAYMENT"
    settle = {"reference": reference, "transaction": f"{reference}-2", "status": "APPROVED"}
    assert own_sandbox.control("payouts/settle", **settle)["delivered"] is True
    last = own_sandbox.control("payouts/settle", payoutId=payout, status="CANCELLED")

    shown = last["payout"]
    assert isinstance(shown, dict)
    assert shown["status"] == "TOTAL_PAYMENT"
    statuses = [row["status"] for row in shown["transactions"]]
    assert statuses == ["FAILED", "APPROVED", "CANCELLED"]
    assert balance(own_sandbox) == before - AMOUNT
    over = own_sandbox.post("/_control/payouts/settle", json=settle)
    assert over.status_code == 422


def test_a_batch_that_nobody_approves_gives_everything_back(
    own_sandbox: StandIn, receiver: Receiver, reference: str
) -> None:
    before = balance(own_sandbox)
    own_sandbox.control("payouts/next", status="PENDING")
    made(own_sandbox, reference)

    own_sandbox.control("payouts/settle", reference=reference, status="REJECTED")

    told = events(receiver, reference, "payout")[-1].json["data"]["payout"]
    assert told["status"] == "REJECTED"
    assert balance(own_sandbox) == before


def test_events_of_payouts_are_tried_again_and_any_2xx_will_do(
    own_receiver: Receiver, reference: str
) -> None:
    own_receiver.statuses = [500, 202]
    with running(
        PUBLIC_BASE_URL=own_receiver.url, SANDBOX_PAYOUTS_RETRY_SECONDS="0.05,0.05,0.05"
    ) as sandbox:
        made(sandbox, reference, line(sandbox, reference=reference))
        received = own_receiver.events_of(reference, count=3)
        again = sandbox.control("payouts/events/resend", reference=reference, times=2, shuffle=True)

        assert again["count"] == 4
        bodies = [request.body for request in own_receiver.events_of(reference, count=7)]
        assert {bodies.count(body) for body in bodies} == {3, 4}
        assert len({json.loads(request.body)["event"] for request in received}) == 2


def test_the_witness_knows_batches_by_their_id(own_sandbox: StandIn, reference: str) -> None:
    payout = made(own_sandbox, reference)

    books = own_sandbox.get("/_control/wompi/books").json()["payouts"]
    listed = own_sandbox.get("/_control/payouts", params={"reference": reference}).json()

    assert list(books) == [payout]
    assert (books[payout]["reference"], books[payout]["amountInCents"]) == (reference, AMOUNT)
    assert books[payout]["idempotencyKey"]
    assert [row["amountInCents"] for row in books[payout]["transactions"]] == [AMOUNT]
    assert [row["id"] for row in listed["payouts"]] == [payout]
    assert len(listed["accounts"]) == 2


def test_the_service_says_how_it_is(sandbox: StandIn) -> None:
    assert read(sandbox, "health")["status"] == "HEALTHY"
