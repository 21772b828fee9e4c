"""What was documented and goes back has a credit note, on the ledger and in reports (FIN-09)."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import transaction
from django.utils import timezone

from finances.models import CounterPayment, Refund, RefundNote, SalesDocument
from finances.models.payees import PayeeKind
from finances.selectors.ledger import verify
from finances.services.refunds import Wish, approve_refund, reject_refund, request_refund
from finances.steps.counter import take_in_person
from finances.steps.recognition import recognise, take_back
from finances.tests.books import books
from finances.tests.credits import VISIT, give
from finances.tests.earnings import payee, rules
from finances.tests.reporting import of_day
from finances.tests.sales import earning, number_now, sold
from finances.types import Account, Earning
from users.models import User
from users.tests.factories import UserFactory

D = Decimal
THING = UUID(int=77)


class Desk:
    """A client who paid for a thing in person, and whoever sits at the desk."""

    def __init__(self) -> None:
        self.ana: User = UserFactory.create()
        self.clerk, self.boss = UserFactory.create(staff=True), UserFactory.create(admin=True)

    def pay(self, amount: int) -> CounterPayment:
        with transaction.atomic():
            return take_in_person(
                payable_kind=VISIT, payable_id=THING, client_id=self.ana.pk, amount=D(amount),
                currency="COP", method="card", tip=D(0), tip_party=None, actor_id=self.clerk.pk,
                cause_id=uuid4(), now=timezone.now(),
            )  # fmt: skip

    def earn(self, amount: int, tax: str = "vat") -> Earning:
        """What was held for the thing is earned: a document of its own."""
        one = earning(self.ana.pk, sold(amount, tax), source=Account.DEPOSITS_HELD)
        one = replace(one, sale=replace(one.sale, payable_id=THING))
        with transaction.atomic():
            recognise([one], now=timezone.now())
            number_now()
        return one

    def ask(self, payment: CounterPayment, amount: int, **more: Any) -> Refund:
        """Out of the studio's goodwill, as credit."""
        wish = Wish(
            **{
                "payment_id": payment.pk,
                "amount": D(amount),
                "source": "goodwill",
                "destination": "credit",
                "reason": "no quedó contenta",
            }
            | more
        )
        refund = request_refund(
            refund_id=uuid4(), wish=wish, actor_id=self.clerk.pk, now=timezone.now()
        )
        number_now()
        return refund


@pytest.fixture
def desk(db: None) -> Desk:
    return Desk()


def notes() -> list[tuple[int, int, int | None]]:
    """Each note's total, its tax, its number."""
    rows = SalesDocument.objects.filter(kind="credit_note").order_by("pk")
    return [(int(row.total), int(row.tax), row.number) for row in rows]


def open_books() -> dict[str, int]:
    return {name: int(total) for name, total in books().items() if total}


def test_a_part_goes_back_with_its_tax_and_a_note_in_its_own_series(desk: Desk, api: Any) -> None:
    payment = desk.pay(119_000)
    desk.earn(119_000)

    refund = desk.ask(payment, 59_500)

    assert notes() == [(-59_500, -9_500, 1)]
    assert open_books() == {
        "card_terminal": 119_000, "revenue_services": -50_000, "vat_payable": -9_500,
        "client_credit": -59_500,
    }  # fmt: skip
    note = SalesDocument.objects.get(kind="credit_note")
    sale = SalesDocument.objects.get(kind="sale")
    assert (note.corrects, note.reason, note.client_id) == (sale, "no quedó contenta", desk.ana.pk)
    assert verify() == []
    shown = api.as_(desk.boss).get("/api/v1/refunds").json()["results"][0]
    assert (shown["id"], shown["credit_notes"]) == (str(refund.pk), [str(note.pk)])
    mine = api.as_(desk.ana).get("/api/v1/sales-documents").json()["results"]
    assert {row["kind"] for row in mine} == {"sale", "credit_note"}


def test_the_report_has_it_and_agrees_with_the_ledger(desk: Desk) -> None:
    payment = desk.pay(119_000)
    desk.earn(119_000)
    desk.ask(payment, 59_500)

    report = of_day(timezone.localdate(), now=timezone.now() + timedelta(minutes=1))

    assert {control.difference for control in report.controls} == {"0.00"}
    found = {control.key: control.report for control in report.controls}
    assert (found["revenue"], found["tax"]) == ("50000.00", "9500.00")


def test_the_newest_document_first_and_what_has_none_is_out_of_other_income(desk: Desk) -> None:
    payment = desk.pay(200_000)
    desk.earn(100_000, "none")
    desk.earn(50_000, "none")

    desk.ask(payment, 60_000)
    assert [total for total, _, _ in notes()] == [-50_000, -10_000]
    desk.ask(payment, 120_000)

    assert [total for total, _, _ in notes()] == [-50_000, -10_000, -90_000]
    found = open_books()
    assert (found.get("revenue_services"), found["refunds"]) == (None, 30_000)
    assert RefundNote.objects.count() == 3
    assert verify() == []


def test_what_is_not_documented_yet_has_no_note(desk: Desk) -> None:
    payment = desk.pay(100_000)

    desk.ask(payment, 40_000)
    desk.earn(100_000)

    assert notes() == []
    assert open_books()["refunds"] == 40_000
    assert verify() == []


def test_credit_that_goes_out_takes_back_nothing_that_was_sold(desk: Desk) -> None:
    payment = desk.pay(100_000)
    desk.earn(100_000)
    give(desk.ana.pk, 30_000, now=timezone.now())
    payee(desk.ana.pk, kind=PayeeKind.CLIENT)

    desk.ask(payment, 30_000, source="credit", destination="bank")

    assert notes() == []
    assert open_books()["revenue_services"] < 0
    assert verify() == []


def test_a_note_is_written_when_a_second_person_agrees_and_not_before(desk: Desk) -> None:
    rules(refund_approval_above=0)
    payment = desk.pay(100_000)
    desk.earn(100_000)
    first, second = desk.ask(payment, 10_000), desk.ask(payment, 20_000)
    assert notes() == []

    approve_refund(refund_id=first.pk, actor_id=desk.boss.pk, now=timezone.now())
    reject_refund(
        refund_id=second.pk, actor_id=desk.boss.pk, reason="ya se hizo", now=timezone.now()
    )

    assert [total for total, _, _ in notes()] == [-10_000]
    assert verify() == []


def test_what_a_refund_took_off_is_not_taken_off_twice_when_the_sale_never_was(desk: Desk) -> None:
    payment = desk.pay(100_000)
    one = desk.earn(100_000)
    desk.ask(payment, 70_000)
    again: dict[str, Any] = {
        "client_id": desk.ana.pk, "amount": D(100_000), "currency": "COP",
        "held_in": Account.DEPOSITS_HELD, "revenue": Account.REVENUE_SERVICES,
        "earned_by": (one.cause_kind, one.cause_id), "cause_kind": "tests.undone",
        "cause_id": UUID(int=5), "reason": "no ocurrió", "now": timezone.now(),
    }  # fmt: skip

    with transaction.atomic():
        assert take_back(**again)
        assert not take_back(**again)
        number_now()

    assert [total for total, _, _ in notes()] == [-70_000, -30_000]
    found = open_books()
    assert (found["deposits_held"], found["refunds"]) == (-100_000, 70_000)
    assert "revenue_services" not in found
    assert verify() == []
    with pytest.raises(ValueError, match="does not lie within"), transaction.atomic():
        take_back(**again | {"cause_id": UUID(int=6)})


def test_verifying_finds_a_refund_of_what_was_sold_without_its_note(desk: Desk) -> None:
    payment = desk.pay(100_000)
    desk.earn(100_000)
    refund = desk.ask(payment, 10_000)
    assert verify() == []

    RefundNote.objects.filter(refund=refund).delete()

    said = [finding.text for finding in verify()]
    assert any("without a credit note" in text and str(refund.pk) in text for text in said)
