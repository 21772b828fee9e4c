"""What visits, classes and packages sell is on documents, to the peso (FIN-09, FIN-11)."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from core.models import Location
from finances.models import SalesDocument, SalesLine
from finances.tests.books import books as ledger
from spa.models import ClientPackage, Service
from spa.selectors.pricing import Wishes
from spa.services.attendance import check_in, complete, mark_no_show
from spa.services.classes import finish_session
from spa.services.package_endings import expire_packages
from spa.tests.classes import PRICE, a_class
from spa.tests.classes import certain as enrolled
from spa.tests.conftest import MONDAY_TEN, NOW, Book, rule_that
from spa.tests.factories import ServiceFactory
from spa.tests.ledger import settle_visits
from spa.tests.packages import offer, sold
from spa.tests.paying import stored, voucher
from spa.tests.visits import AFTER, LATE, balance, books, cancel, certain, taking
from users.models import User
from users.tests.factories import UserFactory

SERVED = MONDAY_TEN + timedelta(hours=1)
OVER = SERVED + timedelta(hours=1)


@pytest.fixture
def desk(db: None) -> User:
    """Who presses the buttons."""
    return UserFactory.create(staff=True)


@pytest.fixture
def taxed(service: Service) -> Service:
    """A massage of 120 000, with VAT."""
    Service.objects.filter(pk=service.pk).update(tax_category="vat")
    return service


def serve(visit: Any, desk: User) -> None:
    complete(appointment_id=visit.pk, actor_id=desk.pk, now=SERVED)


def lines(**of: Any) -> list[tuple[str, Decimal, Decimal, Decimal]]:
    """What each line says, in order: what, price, discount, total."""
    rows = SalesLine.objects.filter(**of).order_by("document_id", "position")
    return list(rows.values_list("description", "list_price", "discount", "total"))


def test_a_visit_that_is_paid_in_parts_is_documented_in_parts(
    book: Book, taxed: Service, desk: User
) -> None:
    visit = certain(book)
    serve(visit, desk)
    taking(desk)(appointment_id=visit.pk, amount=Decimal(50_001), now=OVER)
    settle_visits(balance(visit, now=OVER, amount="21999.00"), now=OVER)

    documents = list(SalesDocument.objects.order_by("pk"))
    assert [(one.total, one.payable_id) for one in documents] == [
        (48_000, visit.pk), (50_001, visit.pk), (21_999, visit.pk),
    ]  # fmt: skip
    # 120 000 with 19 % hold 19 160 of tax, however they are paid.
    assert sum(one.tax for one in documents) == 19_160
    assert -ledger()["vat_payable"] == 19_160
    assert -ledger()["revenue_services"] == 120_000 - 19_160


def test_a_line_says_who_gave_it_and_where_it_stands_in_the_catalogue(
    book: Book, service: Service, desk: User
) -> None:
    voucher(value=20)
    visit = stored(book(wishes=Wishes(voucher="VEINTE")))
    taking(desk)(appointment_id=visit.pk, amount=visit.total, now=NOW)
    serve(visit, desk)

    (line,) = SalesLine.objects.select_related("document")
    assert (line.list_price, line.discount, line.total) == (120_000, 24_000, 96_000)
    assert (line.item_id, line.category_id) == (service.pk, service.category_id)
    assert line.category_name == service.category.name
    assert line.staff_id == visit.staff_id
    assert line.staff_name
    document = line.document
    assert (document.location_id, document.client_id) == (visit.location_id, visit.client_id)
    assert document.discount == 24_000


def test_completing_costs_two_statements_for_its_document(
    book: Book, desk: User, django_assert_max_num_queries: Any
) -> None:
    visit, rival = certain(book), UserFactory.create().pk
    other = certain(book, client_id=rival, start=MONDAY_TEN + timedelta(hours=2))
    complete(appointment_id=other.pk, actor_id=desk.pk, now=OVER)  # and the rules are read

    with django_assert_max_num_queries(14):  # the lines and the document are two of them
        serve(visit, desk)


def test_a_session_of_a_package_is_documented_for_who_paid_and_who_gave_it(
    book: Book, service: Service, client_user: User, desk: User
) -> None:
    mine = sold(offer(service, sessions=3, price=200_000), client_id=client_user.pk, now=NOW)
    mine.package.tax_category = "reduced_vat"
    mine.package.save()
    other = ServiceFactory.create(locations=service.locations.all(), price=50_000, name="Facial")
    wishes = Wishes(package=mine.code)
    visit = stored(book(service_ids=[other.pk, service.pk], wishes=wishes))
    taking(desk)(appointment_id=visit.pk, amount=Decimal(50_000), now=NOW)

    serve(visit, desk)

    paid, session = SalesDocument.objects.order_by("pk")
    assert (paid.payable_id, paid.total) == (visit.pk, 50_000)
    assert lines(document=paid) == [("Facial", 50_000, 0, 50_000)]
    assert (session.payable_kind, session.payable_id) == ("spa.package", mine.pk)
    assert (session.total, session.tax, session.location_id) == (
        66_667, 3_175, visit.location_id,
    )  # fmt: skip
    (line,) = session.lines.all()
    assert (line.description, line.kind) == (f"{mine.name}: {service.name}", "service")
    assert line.staff_id == visit.staff_id
    assert books()["vat_payable"] == 3_175


def test_sessions_nobody_used_are_documented_when_they_end(
    service: Service, client_user: User
) -> None:
    mine = sold(offer(service, sessions=3, price=200_000), client_id=client_user.pk, now=NOW)
    ClientPackage.objects.update(expires_at=NOW)

    expire_packages(now=NOW + timedelta(days=1))

    document = SalesDocument.objects.get()
    assert (document.total, document.location_id, document.account) == (
        200_000, None, "revenue_packages",
    )  # fmt: skip
    assert lines() == [(f"Sesiones vencidas: {mine.name}", 200_000, 0, 200_000)]
    books()


def test_everybody_in_a_class_has_a_document_with_its_tax(location: Location) -> None:
    yoga = a_class(location, tax_category="consumption")
    people = [enrolled(yoga) for _ in range(2)]

    assert finish_session(session_id=yoga.pk, now=OVER)

    documents = SalesDocument.objects.order_by("pk")
    assert {one.client_id for one in documents} == {place.client_id for place in people}
    line = SalesLine.objects.filter(document=documents[0]).get()
    assert (line.kind, line.total, line.tax_category) == ("class", PRICE, "consumption")
    assert (line.staff_id, line.item_id) == (yoga.instructor_id, yoga.class_type_id)
    books()


def test_money_that_is_kept_is_documented_without_tax(book: Book, taxed: Service) -> None:
    visit = certain(book)

    cancel(visit, now=LATE)

    document = SalesDocument.objects.get()
    assert (document.total, document.tax, document.account) == (48_000, 0, "revenue_forfeited")
    assert lines() == [(f"No devuelto: {visit.title}", 48_000, 0, 48_000)]
    books()


def test_who_came_after_all_gets_a_credit_note_and_is_sold_the_visit(
    book: Book, taxed: Service, desk: User
) -> None:
    rule_that(no_show_credit_percent=25)
    visit = certain(book)
    asked: dict[str, Any] = {"appointment_id": visit.pk, "actor_id": desk.pk}
    mark_no_show(**asked, now=AFTER)
    check_in(**asked, reason="estaba en la sala", now=AFTER + timedelta(minutes=5))
    serve(visit, desk)

    kept, note, sale = SalesDocument.objects.order_by("pk")
    assert (kept.total, note.total, note.corrects_id) == (36_000, -36_000, kept.pk)
    assert (sale.total, sale.tax) == (36_000, 5_748)
    assert books()["revenue_services"] == 36_000 - 5_748


def test_a_visit_whose_lines_are_not_its_total_is_sold_whole(book: Book, desk: User) -> None:
    visit = certain(book)
    visit.items.update(price=1)

    serve(visit, desk)

    assert lines() == [(visit.title, 48_000, 0, 48_000)]
