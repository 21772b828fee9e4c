"""A document for whatever is earned: its lines, its taxes, what takes it back (FIN-09)."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from core.models import Location
from finances.models import (
    DocumentSeries,
    FinanceSettings,
    LedgerTransaction,
    SalesDocument,
    SalesLine,
)
from finances.selectors.ledger import verify
from finances.services.credit import expire_ended_credit
from finances.steps.recognition import recognise, take_back
from finances.tests.books import books
from finances.tests.credits import NOON, give
from finances.tests.places import make_place
from finances.tests.sales import earn, earning, note_for, number_now, sold
from finances.types import Account
from users.tests.factories import UserFactory

D = Decimal


@pytest.fixture
def ana(db: None) -> UUID:
    client: UUID = UserFactory.create().pk
    return client


@pytest.fixture
def place(db: None) -> Location:
    return make_place()


def test_what_is_earned_is_revenue_and_tax_and_the_document_says_the_same(
    ana: UUID, place: Location
) -> None:
    therapist, shelf = uuid4(), uuid4()
    lines = [
        sold(119_000, "vat", staff_id=therapist, staff_name="Luz", category_id=shelf),
        sold(54_000, "consumption"),
        sold(60_000, "none", discount=D(10_000)),
    ]

    earn(earning(ana, *lines, location_id=place.pk))

    assert books() == {
        "promotions": 223_000,
        "revenue_services": -200_000,
        "vat_payable": -19_000,
        "consumption_tax_payable": -4_000,
    }
    document = SalesDocument.objects.get()
    assert (document.base, document.tax, document.total, document.discount) == (
        200_000, 23_000, 223_000, 10_000,
    )  # fmt: skip
    assert (document.client_id, document.location_id, document.account) == (
        ana, place.pk, "revenue_services",
    )  # fmt: skip
    assert document.seller["tax_id"] == "900123456-8"
    first, *_ = written = list(document.lines.order_by("position"))
    assert [(line.base, line.tax, line.total) for line in written] == [
        (100_000, 19_000, 119_000), (50_000, 4_000, 54_000), (50_000, 0, 50_000),
    ]  # fmt: skip
    assert (first.staff_id, first.staff_name, first.category_id) == (therapist, "Luz", shelf)
    assert verify() == []


def test_the_same_cause_earns_and_documents_once(ana: UUID) -> None:
    one = earning(ana)

    assert [earn(one), earn(one)] == [1, 0]
    assert SalesDocument.objects.count() == 1


def test_earning_and_documenting_cost_the_same_however_many_lines(
    ana: UUID, django_assert_num_queries: Any
) -> None:
    earn(earning(ana))  # and the rules are read
    for lines in (1, 12):
        with transaction.atomic(), django_assert_num_queries(2):  # the ledger, the document
            recognise([earning(ana, *[sold()] * lines)], now=NOON)
    with transaction.atomic(), django_assert_num_queries(4):  # three movements, three documents
        recognise([earning(ana) for _ in range(3)], now=NOON)


def test_the_usual_tax_is_the_owners_to_choose(ana: UUID) -> None:
    FinanceSettings.objects.create(default_tax_category="vat", vat_percent=16)

    earn(earning(ana, sold(116_000)))

    assert books()["vat_payable"] == -16_000
    assert SalesLine.objects.get().tax_rate == 16


def test_each_place_and_each_kind_counts_for_itself(ana: UUID, place: Location) -> None:
    other = make_place("Usaquén")
    where = [place.pk, other.pk, None, place.pk, None]

    earn(*[earning(ana, location_id=one) for one in where])

    found = SalesDocument.objects.order_by("pk").values_list("location_id", "number")
    assert list(found) == [(place.pk, 1), (other.pk, 1), (None, 1), (place.pk, 2), (None, 2)]
    labels = {series.label for series in DocumentSeries.objects.all()}
    assert len(labels) == 3


def test_what_belongs_to_no_place_is_sold_by_the_first_there_is(ana: UUID, place: Location) -> None:
    make_place("Usaquén")

    earn(earning(ana))

    assert SalesDocument.objects.get().seller["name"] == place.name


def undo(ana: UUID, amount: object, cause: tuple[str, UUID], now: Any = NOON) -> bool:
    with transaction.atomic():
        done = take_back(
            client_id=ana,
            amount=D(str(amount)),
            currency="COP",
            held_in=Account.DEPOSITS_HELD,
            revenue=Account.REVENUE_SERVICES,
            earned_by=cause,
            cause_kind="tests.undone",
            cause_id=UUID(int=int(D(str(amount)))),
            reason="no ocurrió",
            now=now,
        )
        number_now()
    return done


def test_what_is_taken_back_has_a_note_and_gives_the_tax_back(ana: UUID, place: Location) -> None:
    one = earning(ana, sold(119_000, "vat"), sold(50_000, "none"), location_id=place.pk)
    earn(one)
    cause = (one.cause_kind, one.cause_id)

    assert undo(ana, 100_000, cause)
    assert not undo(ana, 100_000, cause)  # a repeat
    assert undo(ana, 69_000, cause)

    assert {name: total for name, total in books().items() if total} == {
        "promotions": 169_000, "deposits_held": -169_000,
    }  # fmt: skip
    first, second = SalesDocument.objects.filter(kind="credit_note").order_by("pk")
    assert (first.total, first.tax, first.number, second.number) == (-100_000, -15_966, 1, 2)
    assert [(line.total, line.tax) for line in second.lines.order_by("position")] == [
        (-19_000, -3_034), (-50_000, 0),
    ]  # fmt: skip
    assert (first.reason, first.client_id, first.location_id) == ("no ocurrió", ana, place.pk)
    assert verify() == []
    with pytest.raises(ValueError, match="does not lie within"):
        undo(ana, 1, cause)


def test_what_is_older_than_documents_is_taken_back_without_a_note(ana: UUID) -> None:
    assert undo(ana, 5_000, ("tests.old", UUID(int=1)))

    assert books() == {"revenue_services": 5_000, "deposits_held": -5_000}
    assert not SalesDocument.objects.exists()


def test_a_note_for_a_refund_says_what_of_it_is_tax(ana: UUID) -> None:
    one = earning(ana, sold(119_000, "vat"))
    earn(one)

    with transaction.atomic():
        note = note_for((one.cause_kind, one.cause_id), 59_500, "media devolución", uuid4())

    assert (note.sum("base"), note.sum("tax"), note.sum("total")) == (-50_000, -9_500, -59_500)
    assert SalesDocument.objects.get(kind="credit_note").corrects.kind == "sale"
    assert verify() == []


@pytest.mark.django_db(transaction=True)
def test_credit_that_nobody_spent_is_documented_when_it_ends() -> None:
    client = UserFactory.create().pk
    lot = give(client, 48_000, valid_days=1)

    assert expire_ended_credit(now=NOON + timedelta(days=3)) == 1

    document = SalesDocument.objects.get()
    assert (document.cause_id, document.total, document.tax, document.number) == (
        lot.pk, 48_000, 0, 1,
    )  # fmt: skip
    assert document.lines.get().kind == "forfeit"
    assert verify() == []


FORBIDDEN = [
    "UPDATE finances_salesdocument SET reason = 'otra'",
    "UPDATE finances_salesdocument SET number = number + 1",
    "DELETE FROM finances_salesdocument",
    "UPDATE finances_salesline SET staff_name = 'otra'",
    "DELETE FROM finances_salesline",
    "UPDATE finances_documentseries SET last_number = last_number - 1",
    "UPDATE finances_documentseries SET prefix = 'OTRA'",
    "DELETE FROM finances_documentseries",
    "INSERT INTO finances_salesline (document_id, position, kind, description, staff_name,"
    " category_name, quantity, list_price, discount, tax_category, tax_rate, base, tax, total)"
    " SELECT id, 9, 'service', '', '', '', 1, 0, 0, 'none', 0, 0, 0, 0 FROM finances_salesdocument",
]


@pytest.mark.parametrize("statement", FORBIDDEN)
def test_what_is_issued_stays_as_it_is(ana: UUID, statement: str) -> None:
    earn(earning(ana))

    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_a_document_that_is_not_its_lines_is_refused(ana: UUID) -> None:
    amounts = {"discount": 0, "base": 5, "tax": 0, "total": 5}
    with pytest.raises(IntegrityError, match="not the sum of its lines"), transaction.atomic():
        SalesDocument.objects.create(
            kind="sale",
            client_id=ana,
            currency="COP",
            issued_at=NOON,
            payable_kind="x",
            payable_id=ana,
            account="x",
            cause_kind="x",
            cause_id=ana,
            **amounts,
        )


def test_verify_sees_what_was_earned_without_a_document(ana: UUID) -> None:
    earn(earning(ana))
    later = earning(ana)
    earn(later)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")  # triggers off
        cursor.execute(
            "DELETE FROM finances_salesline WHERE document_id IN"
            " (SELECT id FROM finances_salesdocument WHERE number = 2)"
        )
        cursor.execute("DELETE FROM finances_salesdocument WHERE number = 2")
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")

    assert [(finding.text, finding.is_explained) for finding in verify()] == [
        (f"tests.completed {later.cause_id} earned 119000.00 and 0 tax, its document says None and"
         " None", False),
        (f"series {DocumentSeries.objects.get().pk} has given 2 numbers to 1 documents, up to 1",
         False),
    ]  # fmt: skip


def test_what_was_earned_before_there_were_documents_is_explained(ana: UUID) -> None:
    undo(ana, 5_000, ("tests.old", UUID(int=1)), now=NOON - timedelta(days=1))
    earn(earning(ana))

    assert [finding.is_explained for finding in verify()] == [True]
    assert LedgerTransaction.objects.count() == 2
