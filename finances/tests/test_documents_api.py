"""Documents and receipts over HTTP: whose they are, what they say, as JSON and as PDF."""

from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.urls import reverse

from core.models import Location
from finances.domain.printing import draw, in_words
from finances.models import DocumentSeries, SalesDocument
from finances.selectors.papers import print_document, print_receipt
from finances.tests.credits import NOON, VISIT, give, reserve, use
from finances.tests.payables import FakePayable
from finances.tests.places import make_place
from finances.tests.sales import earn, earning, note_for, number_now, sold
from finances.tests.test_counter import take
from finances.tests.wires import Wire
from users.models import User
from users.tests.factories import UserFactory

DOCUMENTS = "/api/v1/sales-documents"
D = Decimal


@pytest.fixture
def place(db: None) -> Location:
    return make_place()


@pytest.fixture
def ana(db: None) -> User:
    return UserFactory.create(first_name="Ana", last_name="Núñez")


@pytest.fixture
def desk(db: None) -> User:
    return UserFactory.create(staff=True)


@pytest.fixture
def document(ana: User, place: Location) -> SalesDocument:
    """A massage with VAT and one without, the first one cheaper by a voucher."""
    lines = [
        sold(129_000, "vat", discount=D(10_000), staff_name="Luz"),
        sold(40_000, "none", description="Té"),
    ]
    earn(earning(ana.pk, *lines, location_id=place.pk))
    return SalesDocument.objects.get()


def pay_for(document: SalesDocument, ana: User, desk: User) -> None:
    """100 000 in cash, the rest with credit."""
    take(ana, desk, payable_id=document.payable_id, amount=D(100_000), now=NOON)
    give(ana.pk, 59_000)
    reserve(ana.pk, 59_000, document.payable_id)
    use(document.payable_id)


def test_a_document_says_what_was_sold_and_how_it_was_paid(
    api: Any, ana: User, desk: User, document: SalesDocument
) -> None:
    pay_for(document, ana, desk)

    answer = api.as_(ana).get(f"{DOCUMENTS}/{document.pk}").json()

    assert answer["number"] == f"{DocumentSeries.objects.get().label}-1"
    assert (answer["base"], answer["tax"], answer["total"]) == (
        "140000.00", "19000.00", "159000.00",
    )  # fmt: skip
    massage, tea = answer["lines"]
    assert (massage["list_price"], massage["discount"], massage["tax"]) == (
        "129000.00", "10000.00", "19000.00",
    )  # fmt: skip
    assert (tea["description"], tea["tax_category"]) == ("Té", "none")
    assert answer["paid_by"] == [
        {"method": "cash", "amount": "100000.00"},
        {"method": "credit", "amount": "59000.00"},
    ]


@pytest.mark.parametrize("path", ["", "/pdf"])
@pytest.mark.parametrize(("who", "status"), [("stranger", 404), ("owner", 200), ("staff", 200)])
def test_who_sees_a_document(
    api: Any, ana: User, desk: User, document: SalesDocument, path: str, who: str, status: int
) -> None:
    people = {"owner": ana, "staff": desk, "stranger": UserFactory.create()}

    answer = api.as_(people[who]).get(f"{DOCUMENTS}/{document.pk}{path}")

    assert answer.status_code == status


def test_a_page_of_documents_costs_the_same_whatever_its_length(
    api: Any, ana: User, desk: User, place: Location, django_assert_num_queries: Any
) -> None:
    caller = api.as_(ana)
    for number in (1, 5):
        earn(*[earning(ana.pk, location_id=place.pk) for _ in range(number)])
        with django_assert_num_queries(3):  # who asks, the count, documents with their series
            page = caller.get(DOCUMENTS).json()
    assert page["count"] == 6
    assert api.as_(UserFactory.create()).get(DOCUMENTS).json()["count"] == 0
    query = f"?location={place.pk}&kind=sale&client={ana.pk}&issued_after={NOON:%Y-%m-%dT%H:%M}Z"
    assert api.as_(desk).get(DOCUMENTS + query).json()["count"] == 6
    assert api.as_(desk).get(f"{DOCUMENTS}?kind=credit_note").json()["count"] == 0


def test_a_document_is_the_same_pdf_every_time(
    api: Any, ana: User, desk: User, document: SalesDocument
) -> None:
    pay_for(document, ana, desk)
    caller, path = api.as_(ana), f"{DOCUMENTS}/{document.pk}/pdf"

    first = caller.get(path, headers={"Accept": "application/pdf"})
    second = caller.get(path)

    assert (first.status_code, first["Content-Type"]) == (200, "application/pdf")
    assert first.content.startswith(b"%PDF-")
    assert first.content.rstrip().endswith(b"%%EOF")
    assert first.content == second.content
    assert f"{document}.pdf" in first["Content-Disposition"]
    missing = caller.get(f"{DOCUMENTS}/{uuid4()}/pdf", headers={"Accept": "application/pdf"})
    assert (missing.status_code, missing["Content-Type"]) == (404, "application/problem+json")


def test_what_a_document_says_on_paper(ana: User, desk: User, document: SalesDocument) -> None:
    pay_for(document, ana, desk)

    paper = print_document(document)

    assert paper.title == f"Documento de venta {document}"
    assert (paper.seller, paper.seller_facts[0]) == ("Chicó", "NIT 900123456-8")
    assert dict(paper.facts) == {"Fecha": "01/12/2026 12:00", "Cliente": "Ana Núñez"}
    assert [(row.words, row.below, row.tax) for row in paper.items] == [
        ("Masaje relajante", "Luz", "IVA 19 %"), ("Té", "", "—"),
    ]  # fmt: skip
    assert list(paper.totals) == [
        ("Descuentos incluidos", "$ 10.000"),
        ("Base", "$ 140.000"),
        ("IVA 19 %", "$ 19.000"),
        ("Total", "$ 159.000"),
    ]
    assert list(paper.paid_by) == [("Efectivo", "$ 100.000"), ("Saldo a favor", "$ 59.000")]


def test_whatever_people_are_called_can_be_printed(document: SalesDocument) -> None:
    paper = replace(print_document(document), seller="Uñas & <b>Spa", footer="a < b & c")

    assert draw(paper).startswith(b"%PDF-")


def test_what_a_place_is_called_later_does_not_change_its_documents(
    document: SalesDocument, place: Location
) -> None:
    before = print_document(document)
    Location.objects.filter(pk=place.pk).update(name="Otra", tax_id="800197268-4")

    assert print_document(SalesDocument.objects.get()) == before


def test_a_note_says_what_it_corrects_and_why(document: SalesDocument) -> None:
    note_for((document.cause_kind, document.cause_id), 119_000, "no ocurrió", uuid4())
    number_now()
    note = SalesDocument.objects.get(kind="credit_note")

    paper = print_document(note)

    assert paper.title == f"Nota crédito {note}"
    assert dict(paper.facts)["Corrige"] == str(document)
    assert paper.totals[-1] == ("Total", "-$ 119.000")
    assert not paper.paid_by


@pytest.mark.parametrize(
    ("amount", "currency", "words"),
    [
        ("119000.00", "COP", "$ 119.000"),
        ("-1234567.00", "COP", "-$ 1.234.567"),
        ("1234.50", "USD", "$ 1.234,50 USD"),
        ("0", "COP", "$ 0"),
    ],
)
def test_amounts_are_written_as_people_here_write_them(
    amount: str, currency: str, words: str
) -> None:
    assert in_words(D(amount), currency) == words


def test_a_receipt_for_money_that_was_taken_in_person(
    api: Any, ana: User, desk: User, place: Location, payable: FakePayable
) -> None:
    tip = {"tip": D(8_000), "tip_party": UUID(int=99)}
    taken = take(ana, desk, payable_kind=VISIT, location_id=place.pk, **tip)

    paper = print_receipt(payment_id=taken.pk, client_id=ana.pk)
    answer = api.as_(ana).get(f"/api/v1/payments/{taken.pk}/receipt")

    assert list(paper.totals) == [
        ("Saldo pendiente: Masaje relajante", "$ 72.000"),
        ("Propina", "$ 8.000"),
        ("Total recibido", "$ 80.000"),
    ]
    assert dict(paper.facts)["Medio de pago"] == "Efectivo"
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    stranger = api.as_(UserFactory.create())
    assert stranger.get(f"/api/v1/payments/{taken.pk}/receipt").status_code == 404


def test_a_receipt_online_is_there_once_the_money_is(
    api: Any, wire: Wire, payment: Any, place: Location
) -> None:
    caller = api.as_(payment.client)
    early = caller.get(f"/api/v1/payments/{payment.pk}/receipt")
    wire.deliver(wire.pay(payment))

    paper = print_receipt(payment_id=payment.pk, client_id=payment.client_id)

    assert (early.status_code, early.json()["code"]) == (409, "FIN-PAYMENT-NOT-PAID")
    assert dict(paper.facts)["Referencia"] == payment.reference
    assert paper.seller == place.name
    assert paper.totals[-1] == ("Total recibido", "$ 48.000")
    assert caller.get(f"/api/v1/payments/{payment.pk}/receipt").status_code == 200


def test_the_desk_prints_documents_and_chooses_prefixes_before_the_first(
    client: Client, admin_user: User, document: SalesDocument, place: Location
) -> None:
    client.force_login(admin_user)
    pdf = client.get(reverse("admin:finances_salesdocument_pdf", args=[document.pk]))
    page = client.get(reverse("admin:finances_salesdocument_change", args=[document.pk]))
    add = reverse("admin:finances_documentseries_add")
    typed = {"location": str(place.pk), "kind": "credit_note"}
    refused = client.post(add, {**typed, "prefix": "V7"})
    made = client.post(add, {**typed, "prefix": "NOTAS"})
    used = client.get(
        reverse(
            "admin:finances_documentseries_change",
            args=[DocumentSeries.objects.get(kind="sale").pk],
        )
    )

    assert pdf.content.startswith(b"%PDF-")
    assert page.status_code == 200
    assert refused.status_code == 200
    assert made.status_code == 302
    assert DocumentSeries.objects.get(kind="credit_note").label == "NOTAS"
    assert 'name="prefix"' not in used.content.decode()
